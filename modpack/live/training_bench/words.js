import { percent } from "../base/words.js";
import { HELD, PLACES, UNDECIDED, formsOf, lastLearned, outcomeOf } from "./compute.js";

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

/** What the button does that lets the networks learn. */
export function wordButton({ isBegun, isTraining, isFinished }, { last, learn }) {
  if (isTraining) return "Pause";
  if (isFinished) return "Train again";
  if (isBegun) return "Go on";
  return last === UNDECIDED && learn === UNDECIDED ? "Train without a guess" : "Train";
}

const ALL = ["", "yes", "both", "all three"]; // by the number of networks
const NONE = ["", "no", "neither", "none"];

/** What may be predicted of some networks, or has become of them. */
export function wordLearn(value, state) {
  const forms = formsOf(state);
  if (value === UNDECIDED) return "–";
  if (value === "all") return ALL[forms.length];
  if (value === "none") return NONE[forms.length];
  return `only ${value
    .split("-")
    .map((place) => forms[PLACES.indexOf(place)])
    .join(" and ")}`;
}

/** What became of what the reader predicted. */
function wordPrediction(runs, labels, state, names) {
  const lasts = runs.map((run) => {
    const found = lastLearned(run).map((k) => labels[k]);
    return `${found.join(" and ")} (${run.form})`;
  });
  const came = ` Last came ${lasts.join(", ")}`;
  const mine = `; you said ${labels[names.indexOf(state.last)]}.`;
  const said = came + (state.last === UNDECIDED ? "." : mine);
  if (state.learn === UNDECIDED) return said;
  const [guess, real] = [state.learn, outcomeOf(runs)].map((value) => wordLearn(value, state));
  return `${said} Which learn all tasks? You said ${guess}; it is ${real}.`;
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
