import { row } from "../engine/tensors.js";
import { readTensors } from "../engine/data.js";

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
