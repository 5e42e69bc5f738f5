import { flag, percentages } from "../base/links.js";
import { clamp } from "../base/panel.js";

/** What a prediction is, in numbers; mirrors the properties of Prediction in figure.py. */

export const STEP = 5; // percent
export const BEFORE = 50; // percent: where a curve begins that the keyboard draws

export const toLevel = (value) => STEP * Math.round(clamp(value, [0, 100]) / STEP);

/** A guess of `count` numbers after a stroke from one point (index, percent) to another. */
export function afterStroke(guess, count, [start, from], [end, to]) {
  const whole = guess.length ? guess : new Array(count).fill(toLevel(from));
  return whole.map((value, k) => {
    if (k < Math.min(start, end) || k > Math.max(start, end)) return value;
    const share = start === end ? 1 : (k - start) / (end - start);
    return toLevel(from + share * (to - from));
  });
}

/** Mean of several lists of numbers, place by place. */
export function meanOf(lists) {
  return lists[0].map((_, k) => lists.reduce((sum, list) => sum + list[k], 0) / lists.length);
}

/** How far a guess is from the mean curve of every form: the mean absolute difference. */
export function scoresOf(guess, curves) {
  const distance = (mean) =>
    mean.reduce((sum, value, k) => sum + Math.abs(guess[k] / 100 - value), 0) / mean.length;
  return Object.fromEntries(
    Object.entries(curves).map(([form, lists]) => [form, distance(meanOf(lists))]),
  );
}

/** Readers of the state in a link. */
export function schemaOf(count) {
  return { guess: percentages(count), committed: flag };
}

export const isPossible = ({ guess, committed }) => !committed || guess.length > 0;
