import { explore, situationOf } from "../../modpack/live/state_space/compute.js";
import { moved, viewOf } from "../../modpack/live/state_space/view.js";
import { project } from "../../modpack/live/state_space/basis.js";
import { solve } from "../../modpack/live/engine/tensors.js";
import { readLandscape } from "../../modpack/live/state_space/landscape.js";
import { pageOf, serve, viewOn } from "./harness.mjs";

const read = ({ networks, landscape }) => [
  pageOf(networks),
  readLandscape(landscape.description, viewOn(landscape.numbers)),
];

serve({
  /** What the figure computes in many states, by form. */
  explored({ states, ...source }) {
    const [networks, landscape] = read(source);
    return states.map((state) => {
      const situation = situationOf(networks, landscape, state);
      const entries = landscape.forms.map((form) => {
        const { points, slow, trial, path, end, basis } = explore(
          networks,
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
    const [networks, landscape] = read(source);
    return landscape.forms.map((form) => {
      const dynamics = networks.members[form][0].under(context);
      const dead = new Float64Array(dynamics.nNeurons).fill(1);
      dead.fill(0.25, 3, 9);
      return ["softplus", "tanh", "relu", "identity"].map((activation) => {
        const changed = Object.assign(networks.members[form][0].under(context), {
          activation,
          gate: dead,
        });
        return [...changed.jacobian(Float64Array.from(r), Float64Array.from(u)).data];
      });
    });
  },

  views({ states, offset }) {
    return states.map((state) => ({
      ...viewOf(state),
      moved: moved([state.x, state.y, state.z], viewOf(state), offset),
    }));
  },
});
