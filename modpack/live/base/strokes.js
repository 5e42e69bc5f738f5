/** One line and one mark for one thing, as modpack/strokes.py has them for the figures of chapters. */

export const SOLID = [];
export const DASHED = [6, 3];
export const DOTTED = [2, 3];

/** Of things that have one colour, in their order: of two tasks the first solid and the second dashed. */
export const IN_ORDER = [SOLID, DASHED, DOTTED];

/** What a border of a legend is called that has the look of a line. */
export const BORDERS = new Map([
  [SOLID, "solid"],
  [DASHED, "dashed"],
  [DOTTED, "dotted"],
]);

export const BOUND = DASHED; // and what was asked for beside what was done
export const ONSET = DOTTED; // of an epoch
export const UNSTABLE = DOTTED; // part of a branch

const corners = (count, turned) =>
  Array.from({ length: count }, (_, k) => {
    const angle = turned + (2 * Math.PI * k) / count;
    return [Math.sin(angle), -Math.cos(angle)];
  });
const star = corners(10, 0).map(([x, y], k) => (k % 2 ? [x / 2.5, y / 2.5] : [x, y]));
const [near, far] = [0.35, 1];
// biome-ignore format: the corners of a thick cross
const cross = [
  [-near, -far], [near, -far], [near, -near], [far, -near], [far, near], [near, near],
  [near, far], [-near, far], [-near, near], [-far, near], [-far, -near], [-near, -near],
];

/** The outline of the mark of each kind of event, from -1 to 1, and the character that looks like it. */
export const EVENTS = {
  "saddle-node": { outline: corners(4, 0), sign: "◇" },
  transcritical: { outline: corners(4, Math.PI / 4), sign: "□" },
  pitchfork: { outline: corners(3, 0), sign: "△" },
  Hopf: { outline: corners(3, Math.PI), sign: "▽" },
  flip: { outline: corners(24, 0), sign: "○" },
  "Neimark-Sacker": { outline: cross, sign: "✚" },
  degenerate: { outline: star, sign: "☆" },
};

/** Draw the mark of an event in the pen's colours. */
export function drawEvent(pen, kind, [x, y], radius) {
  pen.beginPath();
  for (const [across, down] of EVENTS[kind].outline)
    pen.lineTo(x + radius * across, y + radius * down);
  pen.closePath();
  pen.fill();
  pen.stroke();
}
