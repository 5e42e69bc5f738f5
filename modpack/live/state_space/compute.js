import { mix } from "../engine/context.js";
import { distance, largest } from "../engine/tensors.js";
import { taskAnswer } from "../engine/tasks/rules.js";
import { EPOCHS } from "../engine/tasks/generation.js";
import { decode } from "../engine/tasks/scoring.js";
import { choice } from "../engine/choices.js";
import { flag, numbersWithin, oneOf } from "../base/links.js";
import { fixedPoints, nearestTo, reachOf } from "./branches.js";
import { project, stateAt } from "./basis.js";
import { trialShown } from "./landscape.js";

/** What the state space shows, in numbers; mirrors the properties of StateSpace in figure.py. */

export const COORDINATES = ["first", "second", "third", "direction", "length"];

/** What is the same for all forms: context, trial, its right answers, and the constant input. */
export function situationOf(networks, landscape, state) {
  const [a, b] = landscape.tasks;
  const [task, other] = [a, b].map((name) => networks.tasks.find((each) => each.name === name));
  const trial = trialShown(networks, landscape);
  const epoch = EPOCHS.indexOf(state.epoch);
  return {
    labels: { a: task.label, b: other.label },
    context: mix(networks.contexts[a], networks.contexts[b], state.mix),
    trial,
    answers: [trial.answer, taskAnswer(other, trial.conditions)],
    epoch,
    u: trial.patterns[epoch],
  };
}

/** Start and later states, (time, neuron), under a constant input. */
export function trajectory(dynamics, u, start, duration) {
  const later = dynamics.hold(u, Math.round(duration / dynamics.alpha), start);
  const states = new Float64Array(start.length + later.length);
  states.set(start);
  states.set(later, start.length);
  return states;
}

/** Where a trajectory ends: what the outputs say there, its speed, and the fixed point it is at. */
function endOf(dynamics, states, points, reach, { u, answers }, { near }, { preset, criterion }) {
  const last = states.subarray(-dynamics.nNeurons);
  const decoded = decode(dynamics.readout(last), preset);
  const away = points.map(({ state }) => distance(state, last));
  const nearest = away.indexOf(Math.min(...away));
  return {
    choice: choice(decoded, ...answers, criterion),
    ...decoded,
    speed: largest(dynamics.field(last, u)),
    point: nearest >= 0 && away[nearest] <= near * reach ? nearest : null,
  };
}

/** What the figure shows of the network of one form. */
export function explore(networks, landscape, situation, state, form) {
  const { context, trial, u } = situation;
  const dynamics = networks.members[form][landscape.seed].under(context);
  const basis = landscape.bases[form][state.basis];
  const reach = reachOf(landscape, form);
  const branches = landscape.branches[form][state.epoch];
  const points = fixedPoints(dynamics, u, branches, state.mix, reach);
  const start = stateAt(basis, [state.x, state.y, state.z]);
  const path = trajectory(dynamics, u, start, landscape.duration);
  return {
    dynamics,
    basis,
    branches,
    points,
    slow: nearestTo(landscape.slow[form]?.[state.epoch] ?? [], state.mix),
    trial: dynamics.simulate(trial.patterns, trial.epochIndex),
    path,
    end: endOf(dynamics, path, points, reach, situation, landscape, networks),
  };
}

/** Coordinates of a trajectory, (time, neuron), in a basis. */
function projected(states, n, basis) {
  return Array.from({ length: states.length / n }, (_, t) =>
    project(basis, states.subarray(t * n, (t + 1) * n)),
  );
}

/** Fill background[k] with the trajectory from the k-th stored start, in coordinates; yields after every one. */
export function* fillBackground(networks, landscape, { context, u }, { basis }, form, background) {
  const dynamics = networks.members[form][landscape.seed].under(context);
  for (const [k, start] of landscape.starts[form].entries()) {
    const states = trajectory(dynamics, u, start, landscape.duration);
    background[k] = projected(states, start.length, landscape.bases[form][basis]);
    yield;
  }
}

/** The shown coordinate of a state: of the basis, as a rate, or direction (degrees) or length of the response. */
export function coordinateOf(dynamics, basis, coordinate, preset) {
  const index = COORDINATES.indexOf(coordinate);
  if (index < 3) return (state) => project(basis, state)[index] * basis.extent;
  const said = (state) => decode(dynamics.readout(state), preset);
  if (coordinate === "length") return (state) => said(state).length;
  return (state) => (said(state).angle * 180) / Math.PI;
}

/** Readers of the state in a link. */
export function schemaOf({ epochs, keys, forms }, limits) {
  return {
    ...numbersWithin(limits),
    epoch: oneOf(epochs),
    basis: oneOf(keys),
    form: oneOf(["all", ...forms]),
    solid: flag,
    coordinate: oneOf(COORDINATES),
  };
}
