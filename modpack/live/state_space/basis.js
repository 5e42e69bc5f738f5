import { row } from "../engine/tensors.js";

/** Three directions in the space of the rates; as modpack.measures.basis. */

/** Coordinates of a state in a basis, in half widths of the view. */
export function project({ vectors, centre, extent }, r) {
  return vectors.map((vector) => {
    let sum = 0;
    for (let i = 0; i < r.length; i++) sum += vector[i] * (r[i] - centre[i]);
    return sum / extent;
  });
}

/** The state with some coordinates, in half widths of the view, in the space of a basis. */
export function stateAt({ vectors, centre, extent }, coordinates) {
  return centre.map((value, i) =>
    vectors.reduce((sum, vector, k) => sum + coordinates[k] * extent * vector[i], value),
  );
}

const WIDER = 1.1; // a view is wider by this factor than what it has to hold
const READ_AS = ["read as cos", "read as sin", "read as fixation"];

const product = (first, second) => first.reduce((sum, value, i) => sum + value * second[i], 0);

/** Directions made perpendicular and of length one, by the method of Gram and Schmidt. */
function orthonormal(directions) {
  const found = [];
  for (const direction of directions) {
    const rest = found.reduce((left, unit) => {
      const along = product(left, unit);
      return left.map((value, i) => value - along * unit[i]);
    }, direction);
    const length = Math.sqrt(product(rest, rest));
    found.push(rest.map((value) => value / length));
  }
  return found;
}

/** What the outputs read, of a view that holds some states. */
export function basisOfOutputs({ tensors: { W_out: read } }, states) {
  const vectors = orthonormal([1, 2, 0].map((k) => row(read, k)));
  const centre = states[0].map(
    (_, i) => states.reduce((sum, state) => sum + state[i], 0) / states.length,
  );
  const wide = (state) => Math.max(...project({ vectors, centre, extent: 1 }, state).map(Math.abs));
  const extent = WIDER * states.reduce((most, state) => Math.max(most, wide(state)), 0);
  return { vectors, centre, extent, axes: READ_AS, label: "what the outputs read" };
}
