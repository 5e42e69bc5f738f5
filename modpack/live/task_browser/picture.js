import { RESPOND } from "../engine/tasks/rules.js";
import { GO } from "../engine/tasks/generation.js";
import { drawLine, drawMap, prepare } from "../base/panel.js";
import { BOUND, DOTTED, SOLID } from "../base/strokes.js";
import {
  FONT,
  TURN,
  disc,
  drawArrow,
  drawGo,
  drawRing,
  drawTolerance,
  polar,
} from "../base/drawing.js";
import { bandsOf, stimuliOf, targetIn } from "./compute.js";

/** One moment of a trial, in pictures. */

const LARGEST = 13; // radius of a stimulus of strength 1
const DIGIT = 9; // px, the room of one
const INNER = 0.56; // radius of ring 2 relative to ring 1

/** The screen: the fixation cue in the middle, ring 1 outside, ring 2 inside; dotted what is not on now. */
export function drawScreen(canvas, screen, conditions, { ink, paper }) {
  const size = canvas.clientWidth;
  const pen = prepare(canvas, size, size);
  const { centre, radius } = drawRing(pen, size, ink);
  const radii = [radius - 4, INNER * radius];
  pen.globalAlpha = 0.35;
  disc(pen, centre, radii[1], false);
  pen.globalAlpha = 1;
  drawCue(pen, centre, screen.cue, ink);
  const isOn = ({ stimulus }) => screen.stimuli.some((each) => each.stimulus === stimulus);
  pen.font = `bold ${FONT}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  const stimuli = stimuliOf(conditions);
  const placed = stimuli.map((each) => polar(centre, each.angle, radii[each.ring - 1]));
  stimuli.forEach((each, k) => {
    const others = placed.filter((place) => place !== placed[k]);
    const isShared = others.some(
      ([x, y]) => Math.hypot(x - placed[k][0], y - placed[k][1]) < DIGIT,
    );
    const shift = isShared ? (each.stimulus - 1.5) * DIGIT : 0;
    drawStimulus(pen, placed[k], { ...each, shift }, isOn(each), { ink, paper });
  });
}

function drawCue(pen, [x, y], cue, ink) {
  pen.strokeStyle = ink;
  pen.lineWidth = cue ? 4 : 1;
  pen.globalAlpha = cue ? 1 : 0.35;
  // biome-ignore format: one pair of points or words
  drawLine(pen, [[x - 8, y], [x + 8, y]]);
  // biome-ignore format: one pair of points or words
  drawLine(pen, [[x, y - 8], [x, y + 8]]);
  pen.globalAlpha = 1;
}

function drawStimulus(pen, place, { stimulus, strength, shift }, isOn, { ink, paper }) {
  pen.strokeStyle = ink;
  pen.fillStyle = isOn ? ink : paper;
  pen.lineWidth = 1;
  pen.globalAlpha = isOn ? 1 : 0.5;
  pen.setLineDash(isOn ? SOLID : DOTTED);
  disc(pen, place, LARGEST * strength);
  pen.setLineDash(SOLID);
  pen.fillStyle = isOn ? paper : ink;
  pen.fillText(stimulus, place[0] + shift, place[1]); // two in one place stand side by side
  pen.globalAlpha = 1;
}

/** What is asked: a full dot in the middle to fixate, an arrow to respond; before go an open mark. */
export function drawAsked(canvas, { trial, epoch, step, outputs, tolerance }, { ink, network }) {
  const size = canvas.clientWidth;
  const pen = prepare(canvas, size, size);
  const { centre, radius } = drawRing(pen, size, ink);
  const [fixation] = targetIn(trial, epoch);
  const { kind, angle } = trial.answer;
  pen.strokeStyle = ink;
  pen.fillStyle = ink;
  if (kind === RESPOND) {
    drawTolerance(pen, centre, radius, angle, tolerance, epoch >= GO ? 0 : 1);
    if (epoch >= GO) drawArrow(pen, centre, polar(centre, angle, radius));
    else disc(pen, polar(centre, angle, radius), 5, false);
  }
  pen.lineWidth = 1.5;
  disc(pen, centre, 7, fixation > 0);
  if (outputs) drawResponse(pen, centre, radius, outputs.slice(0, step + 1), network);
}

/** The way of a network's response so far. */
function drawResponse(pen, [x, y], radius, outputs, colour) {
  const points = outputs.map(([, cos, sin]) => [x + radius * cos, y - radius * sin]);
  pen.strokeStyle = colour;
  pen.fillStyle = colour;
  pen.lineWidth = 1;
  drawLine(pen, points);
  drawArrow(pen, [x, y], points.at(-1));
}

const LABEL = 15;
const ROWS = { bands: 20, cue: 18, ring: 56, outputs: 72, axis: 18 };
export const HEIGHT = ROWS.bands + ROWS.cue + 2 * ROWS.ring + ROWS.outputs + ROWS.axis + 4 * LABEL;

/** The whole trial over time, from top to bottom: epochs, cue, two rings, what is asked; and where we are. */
export function drawTimeline(canvas, { trial, step, outputs, preset }, colours) {
  const width = canvas.clientWidth;
  const pen = prepare(canvas, width, HEIGHT);
  const x = (steps) => (steps / trial.end) * width;
  pen.font = FONT;
  pen.lineJoin = "round";
  drawBands(pen, bandsOf(trial), step, x, colours);
  let y = ROWS.bands;
  const row = (label, height) => {
    drawText(pen, label, [4, y + LABEL - 4], colours);
    pen.strokeStyle = colours.ink;
    y += LABEL + height;
    return y - height;
  };
  const input = (channel) => (t) => trial.patterns[trial.epochIndex[t]][channel];
  drawSteps(pen, trial.end, x, [row("fixation cue", ROWS.cue), ROWS.cue], [0, 1.1], input(0));
  for (const ring of [0, 1]) {
    const first = 1 + ring * preset.n_ring;
    const box = [0, row(`ring ${ring + 1}, 0° to 360° upwards`, ROWS.ring), width, ROWS.ring];
    drawInputs(pen, (unit, t) => input(first + unit)(t), [preset.n_ring, trial.end], box, colours);
  }
  const title = outputs ? "outputs: asked (dashed) and given (solid)" : "outputs asked for";
  drawOutputRow(pen, trial, outputs, x, [row(title, ROWS.outputs), ROWS.outputs], colours);
  drawGo(pen, x(trial.onsets[GO]), y, colours.ink);
  drawAxis(pen, trial.end * preset.dt, width, y, colours);
  drawCaret(pen, x(step), x(step + 1), y, colours.ink);
}

function drawText(pen, text, [x, y], { ink, paper }, align = "left") {
  pen.textAlign = align;
  pen.strokeStyle = paper;
  pen.lineWidth = 3;
  pen.strokeText(text, x, y); // keeps lines off the text
  pen.fillStyle = ink;
  pen.fillText(text, x, y);
}

/** The epochs by name; the present one is shaded through all rows. */
function drawBands(pen, bands, step, x, { ink }) {
  for (const { name, start, stop } of bands) {
    const isNow = step >= start && step < stop;
    const [left, width] = [x(start), x(stop) - x(start)];
    pen.fillStyle = ink;
    pen.globalAlpha = isNow ? 0.1 : 0;
    pen.fillRect(left, 0, width, HEIGHT - ROWS.axis);
    pen.globalAlpha = 0.35;
    pen.fillRect(left, 0, 1, HEIGHT - ROWS.axis);
    pen.globalAlpha = 1;
    pen.font = isNow ? `bold ${FONT}` : FONT;
    pen.textAlign = "center";
    if (pen.measureText(name).width < width - 4) pen.fillText(name, left + width / 2, 14);
  }
  pen.font = FONT;
}

/** A value over the steps of a trial, constant within a step. */
function drawSteps(pen, end, x, [top, height], [low, high], value) {
  const y = (t) => top + height * (1 - (value(t) - low) / (high - low));
  const points = Array.from({ length: end }, (_, t) => t).flatMap((t) => [
    [x(t), y(t)],
    [x(t + 1), y(t)],
  ]);
  pen.lineWidth = 1.6;
  drawLine(pen, points);
}

function drawInputs(pen, value, [units, steps], box, { ink }) {
  const shade = (k) => value(units - 1 - Math.floor(k / steps), k % steps);
  drawMap(pen, shade, [units, steps], ink, box);
  const [x, y, width, height] = box;
  pen.strokeStyle = ink;
  pen.lineWidth = 1;
  pen.globalAlpha = 0.35;
  pen.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
  pen.globalAlpha = 1;
}

const RANGE = [-1.2, 1.2];

function drawOutputRow(pen, trial, outputs, x, [top, height], { ink, cos, sin }) {
  [ink, cos, sin].forEach((colour, k) => {
    pen.strokeStyle = colour;
    pen.setLineDash(outputs ? BOUND : SOLID);
    const asked = (t) => targetIn(trial, trial.epochIndex[t])[k];
    drawSteps(pen, trial.end, x, [top, height], RANGE, asked);
    pen.setLineDash(SOLID);
    if (outputs) drawSteps(pen, trial.end, x, [top, height], RANGE, (t) => outputs[t][k]);
  });
}

const TICK = 500; // ms

function drawAxis(pen, length, width, y, colours) {
  for (let ms = 0; ms < length; ms += TICK) {
    const align = ms === 0 ? "left" : "center";
    drawText(pen, String(ms), [(ms / length) * width, y + 14], colours, align);
  }
  drawText(pen, "time (ms)", [width, y + 14], colours, "right");
}

function drawCaret(pen, left, right, height, ink) {
  const middle = (left + right) / 2;
  pen.strokeStyle = ink;
  pen.fillStyle = ink;
  pen.lineWidth = 2;
  // biome-ignore format: one pair of points or words
  drawLine(pen, [[middle, ROWS.bands], [middle, height]]);
  pen.beginPath();
  pen.arc(middle, height, 4, 0, TURN);
  pen.fill();
}
