import { walk, Curve } from "../../modpack/live/engine/continuation.js";
import { Dynamics } from "../../modpack/live/engine/dynamics.js";
import { growing } from "../../modpack/live/engine/fixedpoints.js";
import { search } from "../../modpack/live/state_space/search.js";
import { explore, situationOf } from "../../modpack/live/state_space/compute.js";
import { moved, viewOf } from "../../modpack/live/state_space/view.js";
import { project } from "../../modpack/live/state_space/basis.js";
import { labelsBeside } from "../../modpack/live/state_space/labels.js";
import { solve } from "../../modpack/live/engine/tensors.js";
import { readLandscape, unexplored } from "../../modpack/live/state_space/landscape.js";
import { pageOf, serve, viewOn } from "./harness.mjs";

const read = ({ networks, landscape }) => [
  pageOf(networks),
  readLandscape(landscape.description, viewOn(landscape.numbers)),
];

/** One tanh neuron with a weight whose threshold is half the difference of the context's two numbers. */
const neuron = (weight) => ({
  under: ([a, b]) =>
    new Dynamics({
      W: { shape: [1, 1], data: Float64Array.of(weight) },
      W_in: { shape: [1, 1], data: Float64Array.of(0) },
      b: Float64Array.of((b - a) / 2),
      slope: Float64Array.of(1),
      ...{ gate: null, activation: "tanh", output: "identity", dt: 20, tau: 100 },
    }),
});

/** What the figure shows in some states, by form. */
const shownIn = (networks, landscape, state) => {
  const situation = situationOf(networks, landscape, state);
  const entries = landscape.forms.map((form) => [
    form,
    explore(networks, landscape, situation, state, form),
  ]);
  return Object.fromEntries(entries);
};

serve({
  /** Places of labels beside points. */
  labels: ({ cases }) =>
    cases.map(({ points, sizes, radius, limits }) => labelsBeside(points, sizes, radius, limits)),

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

  /** What the page finds by itself: views, epochs, and fixed points and ends in many states. */
  searched({ networks: source, description, states }) {
    const networks = pageOf(source);
    const landscape = unexplored(networks, description);
    for (const _ of search(networks, landscape));
    const shown = states.map((state) =>
      Object.entries(shownIn(networks, landscape, state)).map(([form, { points, end }]) => [
        form,
        { points: points.map((each) => ({ ...each, state: [...each.state] })), end },
      ]),
    );
    const plain = ({ vectors, centre, extent }) => ({
      ...{ vectors: vectors.map((each) => [...each]), centre: [...centre], extent },
    });
    return {
      epochs: landscape.epochs,
      bases: landscape.forms.map((form) => [form, plain(landscape.bases[form].outputs)]),
      shown: shown.map(Object.fromEntries),
    };
  },

  /** Mix, rate and growing modes on a branch of one neuron, and which of its points are folds. */
  walked({ weight, start, direction }) {
    const curve = new Curve(
      neuron(weight),
      [
        [1, -1],
        [-1, 1],
      ],
      Float64Array.of(0),
    );
    return [...walk(curve, Float64Array.from(start), direction)]
      .filter(Boolean)
      .map(({ x: [rate, mix], nUnstable, isFold = false }) => ({ mix, rate, nUnstable, isFold }));
  },

  growing: ({ matrices, alpha }) =>
    matrices.map((rows) =>
      growing({ shape: [rows.length, rows.length], data: Float64Array.from(rows.flat()) }, alpha),
    ),

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
