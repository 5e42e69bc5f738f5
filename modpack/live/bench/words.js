import { percent } from "../base/words.js";

/** What the bench shows, in words. */

export const BROKEN = 0.5; // a task with fewer correct trials than that

export const KEY = {
  bars: "Bars: correct trials of each task, from 0 to 100 %; upright marks: the intact network; dashed line: half. ",
  shades: "Shades: mean rate of each neuron in each task, relative to its largest.",
};

export const meanOf = (numbers) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;

/** Where a unit is most active; `rates` and `orders` are those of every form. */
export function wordUnit(rank, isSilent, { rates, orders }, { forms, tasks }) {
  if (orders === null) return "";
  const favourites = forms.map((form) => {
    const ofUnit = rates[form].map((ofTask) => ofTask[orders[form][rank]]);
    return `${tasks[ofUnit.indexOf(Math.max(...ofUnit))].label} (${form})`;
  });
  return `Neuron ${rank + 1}${isSilent ? " (silent)" : ""} is most active in ${favourites.join(", ")}.`;
}

/** What is left of the tasks. */
export function wordPerformance(estimate, intact, { forms, tasks }) {
  if (estimate === null) return "Not yet computed.";
  const { performance, cancelled } = estimate;
  const left = forms.map((form) => {
    const broken = tasks.filter((_, k) => performance[form][k] < BROKEN).map(({ label }) => label);
    const those = broken.length > 0 && broken.length <= 6 ? `: ${broken.join(", ")}` : "";
    const average = `${percent(meanOf(performance[form]))} (intact ${percent(meanOf(intact[form]))})`;
    const none = `cancelled ${percent(meanOf(cancelled[form]))}`;
    return `${form}: ${average}, ${none}, ${broken.length} of ${tasks.length} tasks broken${those}`;
  });
  return `Correct on average: ${left.join("; ")}. Cancelled: too short to be an answer. Broken: fewer than half correct.`;
}

export const wordState = ({ silenced, noise }, nUnits) =>
  `${silenced.length} of ${nUnits} neurons silent, noise ${noise.toFixed(2)}`;
