import { HELD } from "./compute.js";

/** What the figure says in words. */

/** How far a run is, in a few words. */
export function wordRun({ report, error, steps }, labels) {
  if (error) return `stopped: ${error}`;
  if (!report) return "not trained yet";
  const { performance } = report;
  const held = performance.filter((value) => value >= HELD).length;
  const worst = performance.indexOf(Math.min(...performance));
  const all = held === performance.length;
  const rest = all
    ? ""
    : `; ${labels[worst]} is last, at ${Math.round(100 * performance[worst])} %`;
  return `step ${report.step} of ${steps}: ${held} of ${performance.length} tasks${rest}`;
}

export function words(runs, labels) {
  return `${runs.map((run) => `${run.form}: ${wordRun(run, labels)}`).join(". ")}.`;
}
