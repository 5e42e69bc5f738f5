import {
  branch,
  contextOf,
  findBranch,
  fixedPoints,
  plainField,
  readPair,
  trajectory,
  valueAt,
} from "../../modpack/live/phase_plane/compute.js";
import { nullclines } from "../../modpack/live/phase_plane/nullclines.js";
import { words } from "../../modpack/live/phase_plane/words.js";
import { ticks } from "../../modpack/live/base/axes.js";
import { serve, viewOn } from "./harness.mjs";

const pairOf = ({ description, numbers }) => readPair(description, viewOn(numbers));

serve({
  /** What the page computes in many states. */
  computed({ states, size, steps, ...source }) {
    const pair = pairOf(source);
    const { u } = pair;
    return states.map((state) => {
      const dynamics = pair.network.under(contextOf(state));
      const points = fixedPoints(dynamics, u, size);
      const path = trajectory(dynamics, u, [state.r1, state.r2], steps);
      return {
        context: [...contextOf(state)],
        states: points.map((point) => point.state),
        stable: points.map((point) => point.isStable),
        path,
        branch: branch(pair, state),
        words: words({ state, points, path }),
      };
    });
  },

  /** The field of two numbers beside that of the engine. */
  fields({ states, at, ...source }) {
    const pair = pairOf(source);
    return states.map((state) => {
      const dynamics = pair.network.under(contextOf(state));
      const field = plainField(dynamics, pair.u);
      return at.map((r) => [
        field(...r),
        [...dynamics.field(r, pair.u)],
        [...dynamics.jacobian(r, pair.u).data],
      ]);
    });
  },

  /** The field along each nullcline. */
  nullclines({ states, size, ...source }) {
    const pair = pairOf(source);
    return states.map((state) => {
      const dynamics = pair.network.under(contextOf(state));
      return nullclines(dynamics, pair.u, size).map((segments, neuron) =>
        segments.flat().map((r) => dynamics.field(r, pair.u)[neuron]),
      );
    });
  },

  /** The knobs turned so that the nullcline of neuron 1 goes through a point, and its field there. */
  turned({ states, at, ...source }) {
    const pair = pairOf(source);
    return states.map((state) => {
      const turnedTo = { ...state, [state.knob]: valueAt(pair, state, at) };
      return pair.network.under(contextOf(turnedTo)).field(at, pair.u)[0];
    });
  },

  /** Fixed points over a range of the chosen knob. */
  found({ state, size, values, ...source }) {
    const found = new Array(values.length).fill(null);
    const steps = [...findBranch(pairOf(source), state, size, values, found)].length;
    return { found, steps };
  },

  ticks({ limits }) {
    return limits.map(ticks);
  },
});
