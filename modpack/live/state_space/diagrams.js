import { SHORTEST } from "../engine/choices.js";
import { row } from "../engine/tensors.js";
import { drawLine, make } from "../base/panel.js";
import { drawChoiceAreas } from "../base/choice_areas.js";
import { disc } from "../base/drawing.js";
import { SOLID, UNSTABLE, drawEvent } from "../base/strokes.js";
import { Axes } from "../base/axes.js";
import { coordinateOf } from "./compute.js";
import { wordEvents } from "./words.js";

/** Pictures over the whole way from one context to the other: branches of fixed points, and choices. */

const HEIGHTS = { branches: 150, choices: 130 };
const HALF_TURN = 180;
const EVENT = 5; // px, half its mark

const MIX = { limits: [0, 1], label: "mix" };

/** A line down the picture at the present mix. */
function drawPresent(pen, axes, lam, ink) {
  const { top, height } = axes.box;
  const [x] = axes.at([lam, 0]);
  Object.assign(pen, { strokeStyle: ink, lineWidth: 2 });
  drawLine(pen, [
    [x, top],
    [x, top + height],
  ]);
}

/** Limits and label of what is shown over the mix. */
function axisOf(coordinate, { axes, extent }) {
  if (coordinate === "direction") return { limits: [0, 360], label: "direction (°)" };
  if (coordinate === "length") return { limits: [0, 1.3], label: "length" };
  const label = axes[["first", "second", "third"].indexOf(coordinate)];
  return { limits: [-extent, extent], label };
}

/** A coordinate of all branches over the mix, with their events, and of the fixed points of now. */
class BifurcationDiagram {
  constructor(canvas) {
    this.axes = new Axes(canvas, MIX, { limits: [-1, 1], label: "" });
  }

  /** Returns the coordinate of every fixed point. */
  draw({ dynamics, basis, branches, points }, { coordinate, mix }, preset, colour, { ink, paper }) {
    const isAngle = coordinate === "direction";
    this.axes.y = axisOf(coordinate, basis);
    const pen = this.axes.begin(HEIGHTS.branches, ink);
    const value = coordinateOf(dynamics, basis, coordinate, preset);
    const length = coordinateOf(dynamics, basis, "length", preset);
    const isFaint = (state) => isAngle && length(state) < SHORTEST;
    branches.forEach((branch) =>
      this.#drawBranch(pen, branch, { value, isFaint, isAngle }, colour),
    );
    branches.forEach((branch) => this.#drawEvents(pen, branch, value, ink, paper));
    drawPresent(pen, this.axes, mix, ink);
    const present = points.map(({ state }) => value(state));
    points.forEach(({ nUnstable }, k) => {
      pen.fillStyle = nUnstable === 0 ? ink : paper;
      disc(pen, this.axes.at([mix, present[k]]), 4);
    });
    return present;
  }

  /** Faint where a direction is that of a response too short to be an answer. */
  #drawBranch(pen, { mix, states, nUnstable }, { value, isFaint, isAngle }, colour) {
    const values = Array.from(mix, (_, k) => value(row(states, k)));
    nUnstable.forEach((count, k) => {
      const isAround = isAngle && Math.abs(values[k + 1] - values[k]) > HALF_TURN;
      if (isAround) return; // from 360 degrees to 0
      Object.assign(pen, { strokeStyle: colour, lineWidth: count === 0 ? 2.5 : 1.5 });
      pen.setLineDash(count === 0 ? SOLID : UNSTABLE);
      pen.globalAlpha = isFaint(row(states, k)) ? 0.3 : 1;
      drawLine(
        pen,
        [0, 1].map((end) => this.axes.at([mix[k + end], values[k + end]])),
      );
    });
    pen.globalAlpha = 1;
    pen.setLineDash(SOLID);
  }

  #drawEvents(pen, { mix, states, events }, value, ink, paper) {
    Object.assign(pen, { strokeStyle: ink, fillStyle: paper, lineWidth: 1.5 });
    for (const { point, kind } of events)
      drawEvent(pen, kind, this.axes.at([mix[point], value(row(states, point))]), EVENT);
  }
}

/** How often the network makes each choice over the mix. */
class ChoiceCurves {
  constructor(canvas) {
    this.axes = new Axes(canvas, MIX, { limits: [0, 100], label: "of trials (%)" });
  }

  draw({ mix: mixes, fractions }, lam, colours, ink) {
    const pen = this.axes.begin(HEIGHTS.choices, ink);
    const at = ([mixed, fraction]) => this.axes.at([mixed, 100 * fraction]);
    drawChoiceAreas(pen, at, mixes, fractions, colours);
    drawPresent(pen, this.axes, lam, ink);
  }
}

/** What stands below the portrait of one form: its branches, their events in words, its choices. */
export class Diagrams {
  constructor(figure, form) {
    const labels = [
      `Fixed points of the ${form} network by mix.`,
      `How often the ${form} network does which task, by mix.`,
    ];
    const canvases = labels.map((label) => figure.canvas("modpack-diagram", label));
    this.choices = figure.landscape.choices[form];
    this.choiceColours = figure.model.get("choice_colours");
    this.branches = new BifurcationDiagram(canvases[0]);
    this.curves = new ChoiceCurves(canvases[1]);
    this.events = make("p", "modpack-events");
    this.elements = [canvases[0], this.events, ...(this.choices ? [canvases[1]] : [])];
  }

  say(branches) {
    this.events.textContent = `Events: ${wordEvents(branches)}.`;
  }

  /** Returns the coordinate of every fixed point. */
  draw(result, state, preset, colour, colours) {
    if (this.choices) this.curves.draw(this.choices, state.mix, this.choiceColours, colours.ink);
    return this.branches.draw(result, state, preset, colour, colours);
  }
}
