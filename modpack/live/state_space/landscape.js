import { chosenTrial } from "../base/trial.js";
import { row } from "../engine/tensors.js";
import { readTensors } from "../engine/data.js";
import { EPOCHS } from "../engine/tasks/generation.js";
import { basisOfOutputs } from "./basis.js";

const DIRECTIONS = Array.from({ length: 8 }, (_, k) => 45 * k); // of the stimulus in trials that show where states are
const N_STARTS = 12;

const rows = (tensor) => Array.from({ length: tensor.shape[0] }, (_, k) => row(tensor, k));

function mapEntries(object, change) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

function readBasis({ table, ...rest }, view) {
  const { vectors, centre } = readTensors(table, view);
  return { ...rest, vectors: rows(vectors), centre: centre.data };
}

function readBranch({ table, n_unstable: nUnstable, events }, view) {
  const { mix, states } = readTensors(table, view);
  const folds = new Set(events.filter(({ kind }) => kind === "saddle-node").map((e) => e.point));
  return { mix: mix.data, states, nUnstable, events, folds };
}

/** The landscape that landscape.py wrote. */
export function readLandscape(description, view) {
  const { bases, branches, slow, starts } = description;
  const readSlow = ({ mix, table }) => ({ mix, states: rows(readTensors(table, view).states) });
  return {
    ...description,
    bases: mapEntries(bases, (byKey) => mapEntries(byKey, (basis) => readBasis(basis, view))),
    branches: mapEntries(branches, (byEpoch) =>
      mapEntries(byEpoch, (each) => each.map((branch) => readBranch(branch, view))),
    ),
    slow: mapEntries(slow, (byEpoch) => mapEntries(byEpoch, (found) => found.map(readSlow))),
    starts: mapEntries(readTensors(starts, view), rows),
  };
}

/** The trial of task a that a landscape shows. */
export function trialShown({ tasks, preset }, { tasks: [a], shown }) {
  return chosenTrial(
    tasks.find(({ name }) => name === a),
    preset,
    shown,
  );
}

/** The states that a network visits in trials of both tasks, every task under its own context. */
function visitedBy(network, { tasks, contexts, preset }, { tasks: pair, shown }) {
  const within = ([name, angle]) => {
    const task = tasks.find((each) => each.name === name);
    const settings = { ...shown, angle, angle2: (angle + 180) % 360 };
    const { patterns, epochIndex } = chosenTrial(task, preset, settings);
    const states = network.under(contexts[name]).simulate(patterns, epochIndex);
    return rows({ shape: [epochIndex.length, network.nNeurons], data: states });
  };
  return pair.flatMap((name) => DIRECTIONS.map((angle) => [name, angle])).flatMap(within);
}

const spread = (states, n) =>
  Array.from({ length: n }, (_, k) => states[Math.floor((k * (states.length - 1)) / (n - 1))]);

/** The epochs in which an input may be held: those of the trial on show that last. */
function epochsIn({ onsets }) {
  const lasts = (_, k) => onsets[k + 1] > onsets[k];
  return EPOCHS.filter(lasts).filter((epoch) => !["settle", "grace"].includes(epoch)); // like their next ones
}

/** A landscape of networks that nobody has looked at: views and starts, and no branches yet (search.js). */
export function unexplored(networks, description) {
  const { forms, members } = networks;
  const byForm = (of) => Object.fromEntries(forms.map((form) => [form, of(form)]));
  const network = (form) => members[form][description.seed];
  const visited = byForm((form) => visitedBy(network(form), networks, description));
  const epochs = epochsIn(trialShown(networks, description));
  return {
    ...{ ...description, forms, epochs, keys: ["outputs"], slow: {}, choices: {} },
    bases: byForm((form) => ({ outputs: basisOfOutputs(network(form), visited[form]) })),
    branches: byForm(() => Object.fromEntries(epochs.map((epoch) => [epoch, []]))),
    starts: mapEntries(visited, (states) => spread(states, N_STARTS)),
  };
}
