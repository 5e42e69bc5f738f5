/** Replays in Node what test_space.py has written, as mixer.mjs does for the mixer. */
import { readFileSync } from "node:fs";

import { readNetworks } from "../../modpack/live/engine.js";
import { explore, schemaOf, situationOf } from "../../modpack/live/explore.js";
import { stateFrom, writeFragment } from "../../modpack/live/links.js";
import { moved, viewOf } from "../../modpack/live/portrait.js";
import { jacobian, project, readLandscape, solve } from "../../modpack/live/rest.js";

function viewOn(path) {
  const bytes = readFileSync(path);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function read({ networks, landscape }) {
  return [
    readNetworks(networks.description, viewOn(networks.numbers)),
    readLandscape(landscape.description, viewOn(landscape.numbers)),
  ];
}

const CALLS = {
  /** What the figure computes in many states, by form. */
  explored({ states, ...source }) {
    const [page, landscape] = read(source);
    return states.map((state) => {
      const situation = situationOf(page, landscape, state);
      const entries = landscape.forms.map((form) => {
        const { points, slow, trial, path, end, basis } = explore(
          page,
          landscape,
          situation,
          state,
          form,
        );
        const shown = points.map((point) => ({
          ...point,
          state: [...point.state],
          coordinates: project(basis, point.state).map((value) => value * basis.extent),
        }));
        return [form, { points: shown, slow: slow?.mix, trial: [...trial], path: [...path], end }];
      });
      return Object.fromEntries(entries);
    });
  },

  /** Solutions of linear equations. */
  solved({ systems }) {
    return systems.map(({ matrix, right }) => {
      const data = Float64Array.from(matrix.flat());
      return [...solve({ shape: [right.length, right.length], data }, Float64Array.from(right))];
    });
  },

  /** The Jacobian of every form at a state. */
  jacobians({ context, r, u, ...source }) {
    const [page, landscape] = read(source);
    return landscape.forms.map((form) => {
      const dynamics = page.networks[form][0].under(context);
      const dead = new Float64Array(dynamics.nNeurons).fill(1);
      dead.fill(0.25, 3, 9);
      return ["softplus", "tanh", "relu", "identity"].map((activation) => {
        const changed = Object.assign(page.networks[form][0].under(context), {
          activation,
          gate: dead,
        });
        return [...jacobian(changed, Float64Array.from(r), Float64Array.from(u)).data];
      });
    });
  },

  /** What fragments say: a state, null, or "refused". */
  fragments({ hashes, limits, initial, ...source }) {
    const [, landscape] = read(source);
    const schema = schemaOf(landscape, limits);
    return hashes.map((hash) => {
      try {
        return stateFrom(hash, "space", { schema, initial });
      } catch (error) {
        return error instanceof RangeError ? "refused" : String(error);
      }
    });
  },

  written({ states }) {
    return states.map((state) => writeFragment("", "space", state));
  },

  views({ states, offset }) {
    return states.map((state) => ({
      ...viewOf(state),
      moved: moved([state.x, state.y, state.z], viewOf(state), offset),
    }));
  },
};

const { call, ...inputs } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(CALLS[call](inputs)));
