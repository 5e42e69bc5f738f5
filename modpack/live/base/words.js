/** Words that several live figures use. */

const EPOCH_NAMES = {
  settle: "fixation",
  stimulus1: "stimulus 1",
  delay1: "delay 1",
  stimulus2: "stimulus 2",
  delay2: "delay 2",
  grace: "go",
};

/** How readers are told an epoch; the unscored start is part of fixation. */
export const epochName = (epoch) => EPOCH_NAMES[epoch] ?? epoch;

/** What a network can make of a trial of two tasks, by choice. */
export const choiceNames = ({ a, b }) => ({
  a,
  b,
  turned: "turned between",
  cancelled: "cancelled",
  fixating: "fixating",
  other: "other",
});

/** Where a network responds and how strongly, or that it does not. */
export function wordResponse({ angle, length, fixation }, { fixation_threshold }) {
  if (fixation > fixation_threshold) return "keeps fixating";
  return `${degrees(angle)}, length\u00a0${length.toFixed(2)}`;
}

export const degrees = (angle) => `${Math.round((angle * 180) / Math.PI) % 360}°`;
export const percent = (fraction) => `${Math.round(100 * fraction)}\u00a0%`;
