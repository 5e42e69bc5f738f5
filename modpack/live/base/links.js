/** The state of live figures as a URL fragment, and the lines that make it again. */

/** Figures that a link may name; where a page has several of a kind, the others end in a digit. */
export const FIGURES = [
  "mixer",
  "prediction",
  "trial",
  "plane",
  "bench",
  "space",
  "flipbook",
  "gating",
  "packed",
  "robustness",
  "stream",
  "training",
];
const NAME = new RegExp(`^(${FIGURES.join("|")})[2-9]?$`);
const LONGEST = 20_000; // enough for the units of a network of thousands

/** A fragment without what programs that pass links on make of some characters, such as %3A. */
function decoded(hash) {
  try {
    return decodeURIComponent(hash);
  } catch {
    return hash; // none that was encoded
  }
}

/** The states that a fragment holds, as text by figure: none if it speaks of no figure, as a place on the page. */
function statesIn(hash) {
  const text = decoded(hash);
  const pairs = text
    .slice(1)
    .split("&")
    .map((part) => part.split("="));
  if (!pairs.some(([name, ...rest]) => NAME.test(name) && rest.length > 0)) return new Map();
  const allowed = text.length <= LONGEST && /^#[\w.:,&=+-]*$/.test(text);
  const known = pairs.every((pair) => pair.length === 2 && NAME.test(pair[0]));
  const states = new Map(pairs);
  if (!allowed || !known || states.size < pairs.length) throw new RangeError("fragment");
  return states;
}

/** Whether a fragment, if it is allowed, holds the state of a figure. */
export function isIn(hash, name) {
  return othersIn(hash, "").some(([each]) => each === name);
}

/** Whether a figure is the first of which a fragment speaks. */
export function isFirstIn(hash, name) {
  return statesIn(hash).keys().next().value === name;
}

/**
 * Read the state of a figure from a URL fragment such as `#mixer=a:fdgo,mix:0.4`.
 *
 * @param schema by key, a function from text to a value, or to undefined if the text is not allowed.
 * @returns the values; null if the fragment does not speak of the figure.
 * @throws {RangeError} if the fragment is none that a figure could have written.
 */
export function readFragment(hash, name, schema) {
  const states = statesIn(hash);
  return states.has(name) ? readState(states.get(name), schema) : null;
}

function readState(text, schema) {
  const entries = text.split(",").map((entry) => {
    const [key, value, ...rest] = entry.split(":");
    const read = Object.hasOwn(schema, key) && value !== undefined && rest.length === 0;
    return [key, read ? schema[key](value) : undefined];
  });
  const keys = new Set(entries.map(([key]) => key));
  const valid = keys.size === entries.length && entries.every(([, value]) => value !== undefined);
  if (!valid) throw new RangeError("state");
  return Object.fromEntries(entries);
}

/** The states of other figures in a fragment; none if it is not allowed. */
function othersIn(hash, name) {
  try {
    const states = statesIn(hash);
    states.delete(name);
    return [...states];
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

/** The fragment that holds a state, beside those of other figures in the present one. */
export function writeFragment(hash, name, state) {
  const plain = (value) => {
    if (Array.isArray(value)) return value.join(".");
    return typeof value === "string" ? value : Number(Number(value).toFixed(6));
  };
  const entries = Object.entries(state).map(([key, value]) => `${key}:${plain(value)}`);
  const states = [...othersIn(hash, name), [name, entries.join(",")]];
  return `#${states.map((pair) => pair.join("=")).join("&")}`;
}

/** A reader of numbers between two limits, as text such as "0.25". */
export function numberBetween(low, high) {
  return (text) => {
    const number = /^-?\d{1,5}(\.\d{1,6})?$/.test(text) ? Number(text) : NaN;
    return number >= low && number <= high ? number : undefined;
  };
}

/** Readers of all sliders, from their limits. */
export function numbersWithin(limits) {
  return Object.fromEntries(
    Object.entries(limits).map(([name, [low, high]]) => [name, numberBetween(low, high)]),
  );
}

/** A reader of whole numbers below a limit. */
export function indexBelow(count) {
  return (text) => (/^\d{1,5}$/.test(text) && Number(text) < count ? Number(text) : undefined);
}

/** A reader of one of several words. */
export function oneOf(words) {
  return (text) => (words.includes(text) ? text : undefined);
}

/** A reader of "0" or "1". */
export function flag(text) {
  return { 0: false, 1: true }[text];
}

/** A reader of different whole numbers below a limit, as text such as "3.17.40"; "" holds none. */
export function indicesBelow(count) {
  const read = indexBelow(count);
  return (text) => {
    const indices = text === "" ? [] : text.split(".").map(read);
    const valid = indices.every((index) => index !== undefined);
    return valid && new Set(indices).size === indices.length ? indices : undefined;
  };
}

/** A reader of percentages in steps of 5, as many as asked for, as text such as "0.55.100"; "" holds none. */
export function percentages(count) {
  const read = indexBelow(101);
  return (text) => {
    const levels = text === "" ? [] : text.split(".").map(read);
    const valid = levels.every((level) => level % 5 === 0);
    return valid && [0, count].includes(levels.length) ? levels : undefined;
  };
}

/** The whole state that a fragment holds, or null; an error if it is not allowed. */
export function stateFrom(hash, name, { schema, initial, isAllowed = () => true }) {
  const read = readFragment(hash, name, schema);
  if (read === null) return null;
  const state = { ...initial, ...read };
  if (!isAllowed(state)) throw new RangeError("state");
  return state;
}

const same = (first, second) => JSON.stringify(first) === JSON.stringify(second);

/** The part of a state that is not as at first. */
export function changes(state, initial) {
  const entries = Object.entries(state).filter(([name, value]) => !same(value, initial[name]));
  return Object.fromEntries(entries);
}

/** A value as Python writes it. */
function literal(value) {
  if (typeof value === "boolean") return value ? "True" : "False";
  return JSON.stringify(value);
}

/** The line of Python that makes a state again. */
export function pythonLine([call, source, read], state, standard) {
  const keywords = Object.entries(changes(state, standard)).map(
    ([name, value]) => `${name}=${literal(value)}`,
  );
  return `${call}(${[source, ...keywords].filter(Boolean).join(", ")})${read}`;
}

/** The line of papermill that executes a chapter with a state. */
export function papermillLine(chapter, name, state) {
  const parameters = JSON.stringify({ [name]: state });
  return `papermill notebooks/${chapter}.ipynb mine.ipynb -y '${parameters}'`;
}
