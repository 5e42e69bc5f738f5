import { epochName, wordResponse } from "../base/words.js";

/** What the state space shows, in words. */

/** What the coordinates are called in the menu of the diagram. */
export const AXES = [
  "first axis",
  "second axis",
  "third axis",
  "direction of the response (faint: too short)",
  "length of the response",
];

const count = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;

export function wordPoints(points) {
  if (points.length === 0) return "no fixed point";
  const stable = points.filter(({ nUnstable }) => nUnstable === 0).length;
  const guessed = points.filter(({ isExact }) => !isExact).length;
  const note = guessed ? `, ${guessed} of them interpolated` : "";
  const only = stable === 1 ? "stable" : "unstable";
  const kinds = points.length === 1 ? only : `${stable} stable`;
  return `${count(points.length, "fixed point")}, ${kinds}${note}`;
}

function wordSlow(slow) {
  if (slow === null || slow.states.length === 0) return "";
  return `; ${count(slow.states.length, "slow point")} found at mix ${slow.mix.toFixed(2)}`;
}

const ENDS = {
  turned: "an answer turned between",
  cancelled: "no answer",
  fixating: "fixation",
  other: "another answer",
};

function wordAnswer(end, labels, criterion) {
  const what = { ...labels, ...ENDS }[end.choice];
  return `${what} (${wordResponse(end, criterion)})`;
}

export function wordEnd(end, labels, { still }, criterion) {
  const verb = end.speed > still ? "is still moving, now at" : "ends at";
  const where = end.point === null ? "" : `, point\u00a0${end.point + 1}`;
  return `${verb} ${wordAnswer(end, labels, criterion)}${where}`;
}

export function wordEvents(branches) {
  const events = branches.flatMap((branch) => branch.events);
  if (events.length === 0) return "no events";
  return events
    .toSorted((first, second) => first.mix - second.mix)
    .map(({ kind, mix }) => `${kind} at ${mix.toFixed(3)}`)
    .join(", ");
}

/** What the picture of a form shows, and how to operate it. */
export function wordPicture(form, { epoch, solid }) {
  const drag = solid ? "Drag to turn; drag the start, or use" : "Drag the start, or use";
  return `State space of the ${form} network under the input during ${epochName(epoch)}. ${drag} the arrow keys.`;
}

/** What is on show, in a sentence for every form. */
export function words({ state, results, situation, landscape, networks, search }) {
  const { labels } = situation;
  const forms = Object.entries(results).map(([form, { points, slow, end }]) => {
    const where = wordEnd(end, labels, landscape, networks.criterion);
    return `${form}: ${wordPoints(points)}${wordSlow(slow)}; this start ${where}`;
  });
  const mixed = `Mix ${state.mix.toFixed(2)} of ${labels.a} and ${labels.b}`;
  const note = search === null ? "" : " The page is still looking for fixed points.";
  return `${mixed}, input during ${epochName(state.epoch)}. ${forms.join(". ")}.${note}`;
}
