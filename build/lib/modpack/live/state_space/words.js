import { degrees } from "../base/panel.js";

/** What the state space shows, in words. */

const EPOCH_WORDS = {
  stimulus1: "stimulus",
  stimulus2: "stimulus 2",
  delay1: "delay",
  delay2: "delay 2",
};
export const nameOf = (epoch) => EPOCH_WORDS[epoch] ?? epoch;

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

export function wordSlow(slow) {
  if (slow === null || slow.states.length === 0) return "";
  return `; ${count(slow.states.length, "slow point")} found at mix ${slow.mix.toFixed(2)}`;
}

function wordAnswer({ choice, angle, fixation }, labels, { fixation_threshold }) {
  const isFixating = fixation > fixation_threshold;
  if (choice === "a" || choice === "b")
    return isFixating
      ? `${labels[choice]} (keeps fixating)`
      : `${labels[choice]} (${degrees(angle)})`;
  if (isFixating) return "fixation";
  return `${choice === "blend" ? "an answer in between" : "neither answer"} (${degrees(angle)})`;
}

export function wordEnd(end, labels, { still }, criterion) {
  const verb = end.speed > still ? "is still moving, now at" : "ends at";
  const where = end.point === null ? "" : `, point\u00a0${end.point + 1}`;
  return `${verb} ${wordAnswer(end, labels, criterion)}${where}`;
}

export function wordEvents(tracks) {
  const events = tracks.flatMap((track) => track.events);
  if (events.length === 0) return "no events";
  return events
    .toSorted((first, second) => first.mix - second.mix)
    .map(({ kind, mix }) => `${kind} at ${mix.toFixed(3)}`)
    .join(", ");
}
