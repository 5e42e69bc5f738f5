import { make } from "../base/panel.js";

/** What the marks in the pictures of a state space mean. */

const PORTRAIT = {
  start: "start (drag it) and where it goes",
  background: "other starts",
  trial: "the trial, thick in this epoch",
  stable: "stable fixed point",
  unstable: "unstable",
  slow: "slow point",
  branch: "its way over all mixes",
};

function entry(mark, text) {
  const picture = make("span", `modpack-mark modpack-${mark}`, { ariaHidden: "true" });
  return make("span", "", {}, picture, text);
}

/** `choices`: the labels of the tasks if the diagrams show which of them is done. */
export function makeLegend({ hasDiagrams, choices }) {
  const entries = Object.entries(PORTRAIT);
  if (hasDiagrams) entries.push(["event", "event on the way"]);
  if (hasDiagrams && choices)
    entries.push(["trial", `trials answered as ${choices[0]}`], ["dashed", `as ${choices[1]}`]);
  return make("p", "modpack-legend", {}, ...entries.map((each) => entry(...each)));
}
