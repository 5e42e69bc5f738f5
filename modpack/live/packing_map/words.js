import { degrees, percent, wordResponse } from "../base/words.js";
import { NOTHING, formsOf, meanOf, networksAt, orderOf, scoresAt } from "./compute.js";

/** What the figure says in words. */

export const TITLES = {
  performance: "performance above the floor",
  held: "mappings held",
};

/** A number without the nought before its point. */
function short(value, decimals) {
  const rounded = Number(value.toFixed(decimals)) || 0; // no nought has a sign
  return rounded
    .toFixed(decimals)
    .replace(/^(-?)0\./, "$1.")
    .replace("-", "−");
}

/** A value of the map, as short as a cell is narrow. */
export function wordValue(mean, { shows, minus }) {
  if (mean === null) return "–";
  const text = short(mean, shows === "held" ? 1 : 2);
  return minus === NOTHING || mean < 0 ? text : `+${text}`;
}

/** A point of the map and its value. */
export function wordPoint({ n_tasks, n_neurons, mean }, state) {
  const value = mean === null ? "no network" : wordValue(mean, state);
  return `${n_neurons} neurons, ${n_tasks} mappings: ${value}`;
}

/** What the colours mean. */
export function wordTitle({ form, minus, shows }) {
  const whose = minus === NOTHING ? form : `${form} minus ${minus}`;
  const how = shows === "held" ? ", of K" : "";
  return `${TITLES[shows]}${how}, ${whose}, mean over orders of mappings`;
}

/** The least and the largest value of the colours. */
export function wordEnds({ shows, minus }, limit, isSigned) {
  const most = shows === "held" ? percent(limit) : short(limit, 1);
  const sign = minus === NOTHING ? "" : "+";
  return [isSigned ? `−${most}` : "0", `${sign}${most}`];
}

export const digitsOf = (name) => name.split("-")[1];

/** What a mapping asks for, direction (°) by direction. */
export function wordMapping(name) {
  const digits = [...digitsOf(name)].map(Number);
  const direction = (k) => Math.round((360 / digits.length) * k);
  return digits.map((to, from) => `${direction(from)}→${direction(to)}`).join(", ");
}

/** How well a form does at a point, in all its networks. */
export function wordNetworks(description, form, state) {
  const networks = networksAt(description, form, state);
  if (networks.length === 0) return "no network of this size";
  const held = networks.map((each) => each.held);
  const [least, most] = [Math.min(...held), Math.max(...held)];
  const n = networks.length;
  const range = least === most ? `each of ${n}` : `${n} networks, ${least} to ${most}`;
  const [mean, floor] = ["mean", "floor"].map((name) => meanOf(networks.map((each) => each[name])));
  return (
    `holds ${meanOf(held).toFixed(1)} of ${state.n_tasks} (${range}); ` +
    `performance ${mean.toFixed(2)}, floor ${floor.toFixed(2)}`
  );
}

const neuronsAt = (octaves) => (2 ** octaves).toFixed(1);

function wordHalfHeld({ half_held: all }, form, { n_tasks }) {
  const found = all.find((each) => each.form === form && each.n_tasks === n_tasks);
  if (found === undefined) return "";
  const outside = found.beyond.filter((side) => side !== 0).length;
  const among = outside
    ? `, ${outside} of ${found.beyond.length} orders beyond the sizes tried`
    : "";
  if (found.mean === null) return `; half of them are held at no size that is known${among}`;
  const interval = found.low === null ? "" : ` [${neuronsAt(found.low)}, ${neuronsAt(found.high)}]`;
  return `; half of them are held at ${neuronsAt(found.mean)} neurons on average${interval}${among}`;
}

/** What a network answers in the trial on show, and whether that is right. */
export function wordAnswer(response, trial, criterion) {
  if (response === undefined) return "its network is on the way";
  if (response === null) return "no network of this point is here to be run";
  const asked = degrees(trial.answer.angle);
  const said = wordResponse(response, criterion);
  return `answers ${said}; asked for is ${asked}: ${response.isRight ? "right" : "wrong"}`;
}

function wordDifference(description, state) {
  if (state.minus === NOTHING) return "";
  const scores = scoresAt(description, state, state);
  if (scores.length === 0) return "";
  const value = wordValue(meanOf(scores), state);
  return ` Difference in ${TITLES[state.shows]}: ${value} (n = ${scores.length} orders).`;
}

export function words(description, state, { asked, responses }) {
  const { n_neurons, n_tasks, mapping, context, angle } = state;
  const tasks = orderOf(description, state).tasks;
  const forms = formsOf(state).map(
    (form) =>
      `${form} ${wordNetworks(description, form, state)}${wordHalfHeld(description, form, state)}`,
  );
  const answers = formsOf(state).map(
    (form) => `${form}: ${wordAnswer(responses[form], asked.trial, description.criterion)}`,
  );
  const own =
    mapping === context ? "its own context" : `the context of ${digitsOf(tasks[context])}`;
  return (
    `At ${n_neurons} neurons and ${n_tasks} mappings ${forms.join(". ")}.` +
    `${wordDifference(description, state)} A stimulus at ${angle}° in a trial of mapping ` +
    `${digitsOf(tasks[mapping])}, under ${own}, without noise: ${answers.join("; ")}.`
  );
}
