import { degrees, percent } from "../base/panel.js";

// ---------------------------------------------------------------------------------------- worded

export function wordAnswer({ said, made: kind }, labels, { fixation_threshold }) {
  const where = said.fixation > fixation_threshold ? "keeps fixating" : degrees(said.angle);
  const what = {
    a: labels.a,
    b: labels.b,
    blend: "in between",
    neither: "neither",
    both: "as both ask",
  };
  return `${what[kind]} (${where})`;
}

export function wordCurve(fractions, labels) {
  if (!fractions) return "not yet computed";
  const names = [labels.a, labels.b, "in between", "neither"];
  return names
    .map((name, k) => `${name} ${percent(fractions[k])}`)
    .filter((_, k) => fractions[k] > 0)
    .join(", ");
}
