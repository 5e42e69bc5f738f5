/** Places for numbers beside points, where they hide neither each other nor a point. */

// biome-ignore format: the eight sides of a point, the first the best
const SIDES = [[1, -1], [-1, -1], [1, 1], [-1, 1], [0, -1], [0, 1], [1, 0], [-1, 0]];
const DISTANCES = [1, 2];

const boxAround = ([x, y], [width, height]) => [
  [x - width / 2, y - height / 2],
  [x + width / 2, y + height / 2],
];

const doOverlap = ([low1, high1], [low2, high2]) =>
  [0, 1].every((axis) => low1[axis] < high2[axis] && low2[axis] < high1[axis]);

/**
 * The centre of a label for every point: on the first side that is free, or on that where least is in the way.
 *
 * @param points Places in px.
 * @param sizes Width and height of every label in px.
 * @param radius Of the points' marks in px.
 * @param limits Smallest and largest number that a label may reach, in both directions.
 */
export function labelsBeside(points, sizes, radius, [low, high]) {
  const taken = points.map((point) => boxAround(point, [2 * radius, 2 * radius]));
  const cost = (box) => {
    const isOutside = box.flat().some((number) => number < low || number > high);
    return taken.filter((other) => doOverlap(box, other)).length + (isOutside ? 1 : 0);
  };
  return points.map(([x, y], k) => {
    const [width, height] = sizes[k];
    const places = DISTANCES.flatMap((distance) =>
      SIDES.map(([across, down]) => [
        x + across * distance * (radius + 1 + width / 2),
        y + down * distance * (radius + height / 2),
      ]),
    );
    const costs = places.map((place) => cost(boxAround(place, sizes[k])));
    const best = places[costs.indexOf(Math.min(...costs))];
    taken.push(boxAround(best, sizes[k]));
    return best;
  });
}
