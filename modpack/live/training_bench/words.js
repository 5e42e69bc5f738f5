import { percent } from "../base/words.js";
import { NOTHING, UNDECIDED, doesAll, lastLearned, HELD } from "./compute.js";

/** What the figure says in words. */

/** How far a run is, in a few words. */
export function wordRun({ report, error, steps }, labels) {
  if (error) return `stopped: ${error}`;
  if (!report) return "not trained yet";
  const { performance } = report;
  const held = performance.filter((value) => value >= HELD).length;
  const worst = performance.indexOf(Math.min(...performance));
  const all = held === performance.length;
  const rest = all ? "" : `; ${labels[worst]} is last, at ${percent(performance[worst])}`;
  return `step ${report.step} of ${steps}: ${held} of ${performance.length} tasks${rest}`;
}

/** What may be predicted of two networks, or of one. */
export function wordLearn(value, { first, second }) {
  if (second === NOTHING) return { first: "yes", neither: "no" }[value] ?? "–";
  return (
    { both: "both", first: `only ${first}`, second: `only ${second}`, neither: "none" }[value] ??
    "–"
  );
}

/** Which of the networks do all their tasks, as it may be predicted. */
function outcomeOf([first, second]) {
  if (doesAll(first)) return second && doesAll(second) ? "both" : "first";
  return second && doesAll(second) ? "second" : "neither";
}

/** What became of what the reader predicted. */
function wordPrediction(runs, labels, state, names) {
  const lasts = runs.map((run) => {
    const found = lastLearned(run).map((k) => labels[k]);
    return `${found.join(" and ")} (${run.form})`;
  });
  const outcome = outcomeOf(runs);
  const said = [];
  if (state.last !== UNDECIDED)
    said.push(`${labels[names.indexOf(state.last)]} last; last came ${lasts.join(", ")}`);
  if (state.learn !== UNDECIDED) {
    const [mine, real] = [state.learn, outcome].map((value) => wordLearn(value, state));
    said.push(`all tasks learned: ${mine}; it is ${real}`);
  }
  return said.length === 0
    ? ` Last learned: ${lasts.join(", ")}.`
    : ` You predicted ${said.join(", and ")}.`;
}

/** How far all are, and in the end what was predicted and what came. */
export function words({ runs, isFinished }, labels, state, names) {
  const far = `${runs.map((run) => `${run.form}: ${wordRun(run, labels)}`).join(". ")}.`;
  const isTold = isFinished && runs.every(({ error }) => !error);
  return isTold ? far + wordPrediction(runs, labels, state, names) : far;
}

/** Of which networks a figure below is. */
export function wordTaken({ runs }, label) {
  const [{ config }] = runs;
  const steps = new Set(runs.map(({ report }) => report.step));
  const { nNeurons, contextNoise, seed } = config;
  const forms = runs.map(({ form }) => form).join(" and ");
  return (
    `Trained here on ${label}: ${forms}, ${nNeurons} neurons, noise ${contextNoise} on the context, ` +
    `seed ${seed}, at step ${[...steps].join(" and ")}.`
  );
}
