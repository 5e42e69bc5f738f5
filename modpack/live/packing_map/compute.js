import { satisfies } from "../engine/tasks/scoring.js";
import { taskAnswer } from "../engine/tasks/rules.js";
import { indexBelow, numbersWithin, oneOf } from "../base/links.js";
import { clamp } from "../base/panel.js";
import { respond, trialOf } from "../base/trial.js";

/** What the figure shows, in numbers; mirrors the properties of PackingMap in figure.py. */

export const SHOWN = ["performance", "held"];
export const NOTHING = "nothing";

const SCORES = {
  performance: ({ mean, floor }) => mean - floor,
  held: ({ held }) => held,
};

/** What Python says of a table, with every network by itself. */
export function readTable({ points, ...rest }) {
  const apart = ({ networks, steps, ...point }) => ({
    ...point,
    networks: networks.seed.map((_, k) => {
      const own = Object.entries(networks).map(([name, column]) => [name, column[k]]);
      const { learned, ...others } = Object.fromEntries(own);
      return { ...others, learned: learned.map((mean, j) => [steps[j], mean]) };
    }),
  });
  return { ...rest, points: points.map(apart) };
}

export const meanOf = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The forms on show. */
export const formsOf = ({ form, minus }) => (minus === NOTHING ? [form] : [form, minus]);

const isAt = (point, { n_tasks: k, n_neurons: n }) => point.n_tasks === k && point.n_neurons === n;

/** The networks of a form at a point; none where it was not tried. */
export function networksAt({ points }, form, where) {
  return points.find((each) => each.form === form && isAt(each, where))?.networks ?? [];
}

/** What the map shows of every order at a point: of a form, or of one minus another. */
export function scoresAt(description, state, where) {
  const [own, other] = formsOf(state).map((form) => networksAt(description, form, where));
  const score = SCORES[state.shows];
  if (other === undefined) return own.map(score);
  return own.flatMap((network) => {
    const partner = other.find(({ seed }) => seed === network.seed);
    return partner === undefined ? [] : [score(network) - score(partner)];
  });
}

/** Every point of the map with its mean over networks, null where there is none, row by row. */
export function mapOf(description, state) {
  return description.rows.map(({ n_tasks, sizes }) =>
    sizes.map((n_neurons) => {
      const scores = scoresAt(description, state, { n_tasks, n_neurons });
      return { n_tasks, n_neurons, n: scores.length, mean: scores.length ? meanOf(scores) : null };
    }),
  );
}

/** A value as a share of what its colour can show: of all mappings, or of the largest in the map. */
export function shareOf({ mean, n_tasks }, { shows }, limit) {
  return (shows === "held" ? mean / n_tasks : mean) / limit;
}

/** The value that has the full colour: one above which nothing in the map lies, a multiple of .1. */
export function limitOf(map, state) {
  const shares = map.flat().filter(({ mean }) => mean !== null);
  const largest = Math.max(...shares.map((each) => Math.abs(shareOf(each, state, 1))), 0.1);
  return Math.ceil(10 * largest - 1e-9) / 10;
}

// ------------------------------------------------------------------------------------ where things are

/** The edges of cells around sizes on a scale of octaves: half-way between neighbours. */
function edgesOf(sizes) {
  const octaves = sizes.map(Math.log2);
  const halves = octaves.slice(1).map((octave, k) => (octave - octaves[k]) / 2);
  const [first, last] = [halves[0] ?? 0.25, halves.at(-1) ?? 0.25];
  const between = halves.map((half, k) => octaves[k] + half);
  return [octaves[0] - first, ...between, octaves.at(-1) + last];
}

/**
 * Where the points are in a picture, of which the least number of tasks is at the bottom.
 *
 * @returns `{ x, bands, cells }`: the place of a size; the upper edge of every row; the box of every point.
 */
export function layoutOf(rows, { left, top, width, band }) {
  const edges = rows.map(({ sizes }) => edgesOf(sizes));
  const [low, high] = [Math.min(...edges.flat()), Math.max(...edges.flat())];
  const at = (octaves) => left + (width * (octaves - low)) / (high - low);
  const bands = rows.map((_, k) => top + (rows.length - 1 - k) * band);
  const cells = rows.flatMap(({ n_tasks, sizes }, k) =>
    sizes.map((n_neurons, j) => {
      const [start, end] = [at(edges[k][j]), at(edges[k][j + 1])];
      return { n_tasks, n_neurons, box: [start, bands[k], end - start, band] };
    }),
  );
  return { at, bands, cells, octaves: [low, high] };
}

/** The point in whose box a place lies. */
export function pointAt({ cells }, [x, y]) {
  const isIn = ({ box: [left, top, width, height] }) =>
    x >= left && x < left + width && y >= top && y < top + height;
  return cells.find(isIn);
}

const MOVES = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowDown: [-1, 0],
  ArrowUp: [1, 0],
  Home: [0, -Infinity],
  End: [0, Infinity],
};

/** The point to which a key leads from another: along its row, or to the nearest size of the next; or none. */
export function moved(rows, { n_tasks, n_neurons }, key) {
  if (!Object.hasOwn(MOVES, key)) return undefined;
  const [up, right] = MOVES[key];
  const from = rows.findIndex((each) => each.n_tasks === n_tasks);
  const row = rows[clamp(from + up, [0, rows.length - 1])];
  const near = nearestSize(row.sizes, n_neurons);
  const k = clamp(near + right, [0, row.sizes.length - 1]);
  return { n_tasks: row.n_tasks, n_neurons: row.sizes[k] };
}

function nearestSize(sizes, size) {
  const away = sizes.map((each) => Math.abs(Math.log2(each / size)));
  return away.indexOf(Math.min(...away));
}

/** What of a state stays at another point: a mapping that is not among its own gives way to the first. */
export function stateAt({ mapping, context }, { n_tasks, n_neurons }) {
  const kept = (index) => (index < n_tasks ? index : 0);
  return { n_tasks, n_neurons, mapping: kept(mapping), context: kept(context) };
}

// ------------------------------------------------------------------------------------------ a trial

/** The order whose networks answer in the page, the first, and its mappings. */
export function orderOf({ rows }, { n_tasks }) {
  return rows.find((each) => each.n_tasks === n_tasks).orders[0];
}

/** A mapping as the engine knows tasks: all differ from the one that Python describes in their permutation. */
export function taskOf({ task }, name) {
  const permutation = name.split("-")[1].split("").map(Number);
  return { ...task, name, rule: { ...task.rule, permutation } };
}

/** The trial of a state, and what the mapping asks for whose context the network is told. */
export function trialOn(description, state) {
  const { preset } = description;
  const [task, told] = [state.mapping, state.context].map((index) =>
    taskOf(description, orderOf(description, state).tasks[index]),
  );
  const chosen = { angle: state.angle, angle2: 0, delay: description.delay };
  const trial = trialOf(task, preset, chosen, task.strength);
  return { task, told, trial, toldAnswer: taskAnswer(told, trial.conditions) };
}

/** What a network answers in a trial under a context, and whether its mapping asks for that. */
export function answered({ network, contexts }, { trial, task }, { context }, description) {
  const { outputs, decoded } = respond(network.under(contexts[context]), trial, description.preset);
  const criterion = { ...description.criterion, tolerance: task.tolerance };
  return { outputs, ...decoded, isRight: satisfies(decoded, trial.answer, criterion) };
}

// ------------------------------------------------------------------------------------------ links

/** Readers of the state in a link. */
export function schemaOf({ forms, rows }, limits) {
  const numberIn = (known) => (text) => known.find((each) => String(each) === text);
  const most = Math.max(...rows.map(({ n_tasks: k }) => k));
  return {
    ...numbersWithin(limits),
    form: oneOf(forms),
    minus: oneOf([NOTHING, ...forms]),
    shows: oneOf(SHOWN),
    n_tasks: numberIn(rows.map(({ n_tasks: k }) => k)),
    n_neurons: numberIn(rows.flatMap(({ sizes }) => sizes)),
    mapping: indexBelow(most),
    context: indexBelow(most),
  };
}

/** Whether a state is one that the page can show. */
export function isPossible({ rows }, { angle: [, , step] }, state) {
  const { form, minus, n_tasks, n_neurons, mapping, context, angle } = state;
  const row = rows.find((each) => each.n_tasks === n_tasks);
  const isTrial = mapping < n_tasks && context < n_tasks && angle % step === 0;
  return form !== minus && row.sizes.includes(n_neurons) && isTrial;
}
