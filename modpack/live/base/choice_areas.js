import { CHOICES } from "../engine/choices.js";
import { make } from "./panel.js";
import { choiceNames } from "./words.js";

/** How often each choice is made along a path of contexts: areas on top of each other. */

/** The choices from below: one end of the path, what may lie between, the other end. */
export const STACK = ["a", "turned", "cancelled", "fixating", "other", "b"];

/** Fill the areas of curve[k], the fractions at positions[k]; `at` places a position and a fraction. */
export function drawChoiceAreas(pen, at, positions, curve, colours) {
  const below = new Array(positions.length).fill(0);
  for (const kind of STACK) {
    const index = CHOICES.indexOf(kind);
    const above = below.map((height, k) => height + curve[k][index]);
    pen.beginPath();
    positions.forEach((position, k) => pen.lineTo(...at([position, above[k]])));
    positions
      .toReversed()
      .forEach((position, k) => pen.lineTo(...at([position, below.at(-1 - k)])));
    pen.fillStyle = colours[kind];
    pen.fill();
    above.forEach((height, k) => (below[k] = height));
  }
}

/** What the colours of the areas mean. */
export function choiceEntries(labels, colours) {
  const names = choiceNames(labels);
  return STACK.map((kind) => {
    const swatch = make("span", "modpack-swatch");
    swatch.style.background = colours[kind];
    return make("span", "", {}, swatch, names[kind]);
  });
}
