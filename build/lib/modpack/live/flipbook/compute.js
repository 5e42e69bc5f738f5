import { numberBetween } from "../base/links.js";

/** Which frame the sliders of a flipbook choose, as in figure.py, and its picture. */

const TOLERANCE = 1e-6; // steps of a slider

/** How many steps a value is above the lowest. */
const stepsOf = ([low, , step], value) => (value - low) / step;

/** A reader of the values that a slider takes between two limits. */
export function stepBetween(low, high, step) {
  const read = numberBetween(low, high);
  return (text) => {
    const steps = stepsOf([low, high, step], read(text));
    return Math.abs(steps - Math.round(steps)) < TOLERANCE ? read(text) : undefined;
  };
}

/** The frame at the values of some sliders, given their limits; the last slider runs fastest. */
export function frameAt(limits, values) {
  return limits.reduce((index, each, k) => {
    const [position, last] = [values[k], each[1]].map((value) => Math.round(stepsOf(each, value)));
    return index * (last + 1) + position;
  }, 0);
}

/** An address that holds a picture whole, so that there is nothing to load which could fail. */
export function addressOf({ buffer, byteOffset, byteLength }) {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  const text = bytes.reduce((whole, byte) => whole + String.fromCharCode(byte), "");
  return `data:image/png;base64,${btoa(text)}`;
}
