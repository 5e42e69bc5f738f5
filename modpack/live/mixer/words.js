import { degrees, percent } from "../base/words.js";

/** What the mixer shows, in words. */

export function wordAnswer({ decoded, choice }, labels, { fixation_threshold }) {
  const where = decoded.fixation > fixation_threshold ? "keeps fixating" : degrees(decoded.angle);
  const what = {
    a: labels.a,
    b: labels.b,
    blend: "in between",
    neither: "neither",
    both: "as both ask",
  };
  return `${what[choice]} (${where})`;
}

export function wordCurve(fractions, labels) {
  if (!fractions) return "not yet computed";
  const names = [labels.a, labels.b, "in between", "neither"];
  return names
    .map((name, k) => `${name} ${percent(fractions[k])}`)
    .filter((_, k) => fractions[k] > 0)
    .join(", ");
}

/** Said instead of the controls of the context where the page cannot compile other contexts. */
export const wordGrid = ({ steps }) =>
  `This page does not know every form above: Python compiled these networks beforehand at ` +
  `${steps + 1} mixes, and the slider chooses among them. What you see of a trial is simulated in the page.`;
