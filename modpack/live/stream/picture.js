import { FONT, disc } from "../base/drawing.js";
import { clamp, drawLine, prepare } from "../base/panel.js";
import { SOLID } from "../base/strokes.js";
import { NONE } from "../engine/streaming.js";
import { firstShown } from "./compute.js";

/** The stream as it passes, and the curves of recovery. */

const COLUMN = 13; // px for a trial
const ROW = 9; // px for a task
const GAP = 19; // px for a title
const LEFT = 26; // px for the numbers of the tasks
const FOOT = 34; // px for the numbers of the trials
const HEIGHT = 200; // px of the curves
const EVERY = 10; // trials between two numbers

/**
 * What is in the picture, from above: of every trial a number in [0, 1] for each task, or the task of an answer.
 *
 * @returns [{ title, shades or answers, colour, isSecret }]: what there is of a trial, null for nothing; and
 *   whether who guesses may not see it.
 */
export function partsOf(run, forms, colours) {
  const estimate = (title, name, isSecret) => ({
    ...{ title, isSecret, shades: (t) => run.world.at(t)[name] },
  });
  return [
    estimate("fast estimate, from the cue of the trial", "fast", false),
    estimate("slow estimate, from earlier cues", "slow", false),
    estimate("belief of the ideal observer", "belief", true),
    ...forms.map((form) => ({
      ...{ title: `answers of ${form}`, colour: colours[form], isSecret: true },
      answers: (t) => run.chosen(form)[t] ?? null,
    })),
    { title: "your guesses", isSecret: false, answers: (t) => run.guesses[t] ?? null },
  ];
}

/**
 * Draw the last trials and what is known of the next.
 *
 * @param about `{ run, parts, nTasks, counted, inPages }`: of the first `counted` trials the tasks are known.
 */
export function drawStrip(canvas, { run, parts, nTasks, counted, inPages }, colours) {
  const height = GAP + nTasks * ROW;
  const pen = prepare(canvas, canvas.clientWidth, parts.length * height + FOOT);
  const columns = Math.max(1, Math.floor((canvas.clientWidth - LEFT) / COLUMN));
  const first = firstShown(run.n, columns, inPages);
  const last = Math.min(run.n, first + columns - 1);
  pen.font = FONT;
  parts.forEach((part, k) => {
    const top = k * height + GAP;
    drawTitle(pen, part.title, top, nTasks, colours.ink);
    for (let t = first; t <= last; t++) {
      const box = { x: LEFT + (t - first) * COLUMN, top, nTasks };
      drawTrial(pen, part, t, { box, task: t < counted ? run.world.at(t).task : null }, colours);
    }
  });
  drawNumbers(pen, { first, last, top: parts.length * height }, colours.ink);
}

function drawTitle(pen, title, top, nTasks, ink) {
  Object.assign(pen, { fillStyle: ink, textAlign: "left", textBaseline: "alphabetic" });
  pen.fillText(title, LEFT, top - 4);
  Object.assign(pen, { textAlign: "right", textBaseline: "middle" });
  for (const k of [0, nTasks - 1]) pen.fillText(k + 1, LEFT - 5, top + (k + 0.5) * ROW);
}

/** What a part says of a trial, with a frame around its task where that is known. */
function drawTrial(pen, { shades, answers, colour, isSecret }, t, { box, task }, { ink, known }) {
  const isOpen = task !== null || !isSecret;
  drawShades(pen, (isOpen && shades?.(t)) || new Array(box.nTasks).fill(0), box, ink);
  if (task !== null) {
    Object.assign(pen, { strokeStyle: known, lineWidth: 1.5 });
    pen.strokeRect(box.x + 0.75, box.top + task * ROW + 0.25, COLUMN - 1.5, ROW - 1.5);
  }
  const answer = isOpen ? (answers?.(t) ?? null) : null;
  if (answer !== null) drawAnswer(pen, answer, box, colour ?? ink);
}

function drawShades(pen, values, { x, top }, ink) {
  pen.fillStyle = ink;
  values.forEach((value, k) => {
    pen.globalAlpha = 0.05 + 0.8 * clamp(value, [0, 1]);
    pen.fillRect(x + 0.5, top + k * ROW, COLUMN - 1, ROW - 1);
  });
  pen.globalAlpha = 1;
}

/** A dot in the row of a task, or a cross in the middle for the answer of none. */
function drawAnswer(pen, answer, { x, top, nTasks }, colour) {
  const row = answer === NONE ? (nTasks - 1) / 2 : answer;
  const [cx, cy] = [x + COLUMN / 2, top + row * ROW + ROW / 2 - 0.5];
  Object.assign(pen, { fillStyle: colour, strokeStyle: colour, lineWidth: 1.5 });
  if (answer !== NONE) {
    disc(pen, [cx, cy], 2.2);
    return;
  }
  // biome-ignore format: one pair of points
  for (const s of [-3, 3]) drawLine(pen, [[cx - 3, cy - s], [cx + 3, cy + s]]);
}

/** Numbers of the trials, and an arrow to the one that comes next. */
function drawNumbers(pen, { first, last, top }, ink) {
  Object.assign(pen, { fillStyle: ink, textAlign: "center", textBaseline: "top" });
  const middle = (t) => LEFT + (t - first + 0.5) * COLUMN;
  for (let t = first; t < last - 1; t++)
    if ((t + 1) % EVERY === 0) pen.fillText(t + 1, middle(t), top + 4);
  pen.fillText("▲", middle(last), top + 2);
  pen.textAlign = middle(last) > LEFT + 5 * COLUMN ? "right" : "left";
  pen.fillText("now", middle(last) + COLUMN / 2, top + 18);
}

/** How often everybody is right by trials since a switch; `axes` is an Axes. */
export function drawRecovery(axes, lines, chance, { ink }) {
  const pen = axes.begin(HEIGHT, ink);
  const { limits } = axes.x;
  pen.globalAlpha = 0.45;
  drawLine(
    pen,
    limits.map((x) => axes.at([x, chance])),
  );
  pen.globalAlpha = 1;
  for (const { lags, colour, dash } of lines) {
    const points = lags
      .map(({ right, n }, lag) => ({ n, place: axes.at([lag, right / n]) }))
      .filter(({ n }) => n > 0);
    Object.assign(pen, { strokeStyle: colour, fillStyle: colour, lineWidth: 2 });
    pen.setLineDash(dash);
    drawLine(
      pen,
      points.map(({ place }) => place),
    );
    pen.setLineDash(SOLID);
    for (const { place } of points) disc(pen, place, 2);
  }
}
