import { RESPOND, SAME_ANGLE, UNDEFINED, circularDistance } from "./tasks/rules.js";
import { satisfies } from "./tasks/scoring.js";

/** Which of two answers was given; as modpack.measures.choices. */

export const CHOICES = ["a", "b", "blend", "neither"];

/** Sums of angles (rad) in single precision, as in Python, are no more exact than this. */
export const ROUNDING = 1e-5;

/** Whether two rules ask for different things: another kind of answer, or another direction. */
export function opposed(a, b) {
  if (a.kind === UNDEFINED || b.kind === UNDEFINED) return false;
  return a.kind !== b.kind || circularDistance(a.angle, b.angle) >= SAME_ANGLE;
}

/** Which of two answers was given: "a" or "b" alone, a "blend" of both, or "neither". */
export function choice(decoded, a, b, criterion) {
  const [isA, isB] = [a, b].map((each) => satisfies(decoded, each, criterion));
  if (isA !== isB) return isA ? "a" : "b";
  return isA || between(decoded, a, b, criterion) ? "blend" : "neither";
}

/** Whether a response lies on the shorter arc between two directions. */
function between(decoded, a, b, criterion) {
  if (decoded.fixation > criterion.fixation_threshold) return false;
  if (a.kind !== RESPOND || b.kind !== RESPOND) return false;
  const around =
    circularDistance(decoded.angle, a.angle) + circularDistance(decoded.angle, b.angle);
  return around <= circularDistance(a.angle, b.angle) + ROUNDING;
}
