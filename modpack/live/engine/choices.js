import { SAME_ANGLE, UNDEFINED, circularDistance } from "./tasks/rules.js";
import { satisfies } from "./tasks/scoring.js";

/** Which of two answers was given; as modpack.measures.choices. */

export const CHOICES = ["a", "b", "turned", "cancelled", "fixating", "other"];

/** A response that is shorter than this is no answer. */
export const SHORTEST = 0.5;

/** Sums of angles (rad) in single precision, as in Python, are no more exact than this. */
export const ROUNDING = 1e-5;

/** Whether two rules ask for different things: another kind of answer, or another direction. */
export function opposed(a, b) {
  if (a.kind === UNDEFINED || b.kind === UNDEFINED) return false;
  return a.kind !== b.kind || circularDistance(a.angle, b.angle) >= SAME_ANGLE;
}

/** Whether fixation is released for a response that is too short to be an answer. */
export const isCancelled = ({ length, fixation }, { fixation_threshold }) =>
  fixation <= fixation_threshold && length < SHORTEST;

/** Which of two answers was given: one of CHOICES. */
export function choice(decoded, a, b, criterion) {
  const [isA, isB] = [a, b].map((each) => satisfies(decoded, each, criterion));
  const isFixating = decoded.fixation > criterion.fixation_threshold;
  if (isFixating && isA === isB) return "fixating";
  if (isCancelled(decoded, criterion)) return "cancelled";
  if (isA !== isB) return isA ? "a" : "b";
  return isA || isBetween(decoded.angle, a.angle, b.angle) ? "turned" : "other";
}

/** Whether an angle lies on the shorter arc between two directions; opposite ones have none. */
function isBetween(angle, a, b) {
  const apart = circularDistance(a, b);
  const around = circularDistance(angle, a) + circularDistance(angle, b);
  return around <= apart + ROUNDING && apart <= Math.PI - SAME_ANGLE;
}
