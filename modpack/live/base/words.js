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

export const degrees = (angle) => `${Math.round((angle * 180) / Math.PI) % 360}°`;
export const percent = (fraction) => `${Math.round(100 * fraction)}\u00a0%`;
