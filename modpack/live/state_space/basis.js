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
