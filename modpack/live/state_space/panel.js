import { listenToDrags, make } from "../base/panel.js";
import { EVENTS } from "../base/strokes.js";
import { Diagrams } from "./diagrams.js";
import { Portrait } from "./portrait.js";
import { moved, turned, viewOf } from "./view.js";
import { wordEnd, wordPicture, wordPoints } from "./words.js";

const STEP = 0.04; // half widths that an arrow key moves the start
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

const startOf = ({ x, y, z }) => [x, y, z];

/** What the figure shows of the network of one form, and how the reader moves the start in it. */
export class Panel {
  section = null; // with all elements, once there is one

  constructor(figure, form, hasDiagrams) {
    Object.assign(this, { figure, form, colour: figure.networks.colours[form] });
    this.canvas = figure.canvas("modpack-portrait");
    this.canvas.tabIndex = 0;
    this.portrait = new Portrait(this.canvas);
    this.answer = make("p", "modpack-answer");
    this.diagrams = hasDiagrams ? new Diagrams(figure, form) : null;
    this.background = []; // coordinates of trajectories from stored starts
    this.elements = [this.canvas, this.answer, ...(this.diagrams?.elements ?? [])];
    this.#listenToPointer();
    this.#listenToKeys();
  }

  // ------------------------------------------------------------------------------------- moving

  #listenToPointer() {
    let last = null;
    let takesStart = true;
    const placeOfStart = () => this.portrait.at(startOf(this.figure.state));
    const isOnStart = (event) => this.portrait.isClose(event, placeOfStart());
    const drag = (event, isFirst) => {
      const { state } = this.figure;
      if (isFirst) takesStart = !state.solid || isOnStart(event);
      if (isFirst) last = event;
      const [dx, dy] = [event.clientX - last.clientX, event.clientY - last.clientY];
      if (takesStart) this.#moveStart(this.portrait.offset(event, placeOfStart()));
      else this.figure.set(turned(state, [dx, dy]));
      last = event;
    };
    listenToDrags(this.canvas, drag, isOnStart);
  }

  #listenToKeys() {
    this.canvas.addEventListener("keydown", (event) => {
      const arrow = ARROWS[event.key];
      if (!arrow) return;
      event.preventDefault();
      this.#moveStart(arrow.map((direction) => direction * STEP));
    });
  }

  #moveStart(offset) {
    const { state } = this.figure;
    const [x, y, z] = moved(startOf(state), viewOf(state), offset);
    this.figure.set({ x, y, z });
  }

  // ------------------------------------------------------------------------------------ updating

  show(state, isShown) {
    this.section.hidden = !isShown;
    this.canvas.ariaLabel = wordPicture(this.form, state);
  }

  say({ points, end, branches }) {
    const { situation, landscape, networks } = this.figure;
    const counted = make("strong", "", { textContent: wordPoints(points) });
    const words = wordEnd(end, situation.labels, landscape, networks.criterion);
    this.answer.replaceChildren(counted, `the start ${words}`);
    this.diagrams?.say(branches);
  }

  // ------------------------------------------------------------------------------------- drawing

  /** Draw everything anew; returns what is on show. */
  draw(result, state, colours) {
    this.#drawPortrait(result, state, colours);
    const { points, slow, trial, path, end, dynamics } = result;
    const { preset } = this.figure.networks;
    const n = dynamics.nNeurons;
    return {
      points: points.map((point) => ({ ...point, state: [...point.state] })),
      slow: slow && { mix: slow.mix, count: slow.states.length },
      trial: [...trial.subarray(-n)],
      path: [...path.subarray(-n)],
      end,
      handle: this.portrait.at(startOf(state)),
      diagram: this.diagrams?.draw(result, state, preset, this.colour, colours) ?? null,
    };
  }

  #drawPortrait({ basis, branches, points, slow, trial, path, dynamics }, state, colours) {
    const { portrait, colour, figure } = this;
    const n = dynamics.nNeurons;
    portrait.begin(basis, viewOf(state), colours);
    branches.forEach((branch) => portrait.branch(branch));
    this.background.forEach((coordinates) => portrait.faint(coordinates, colour));
    portrait.path(trial, n, colours.ink, 1);
    const { onsets } = figure.situation.trial;
    const [first, last] = [0, 1].map((k) => onsets[figure.situation.epoch + k]);
    if (last > first) portrait.path(trial.subarray(first * n, last * n), n, colours.ink, 2.5);
    portrait.path(path, n, colour, 3);
    portrait.tip(path.subarray(-n), colour);
    portrait.crosses(slow?.states ?? []);
    portrait.points(points);
    portrait.handle(startOf(state), colour);
  }
}

/** What the marks in the pictures mean. */
const MARKS = {
  start: "start (drag it) and where it goes",
  background: "other starts",
  trial: "the trial, thick in this epoch",
  stable: "stable fixed point",
  unstable: "unstable",
  slow: "slow point",
  branch: "its way over all mixes",
};

function entry(mark, text) {
  const picture = make("span", `modpack-mark modpack-${mark}`, { ariaHidden: "true" });
  return make("span", "", {}, picture, text);
}

/** What the marks of some kinds of events look like. */
function eventEntries(kinds) {
  return kinds.map((kind) => {
    const sign = make("span", "modpack-sign", {
      ariaHidden: "true",
      textContent: EVENTS[kind].sign,
    });
    return make("span", "", {}, sign, kind === "saddle-node" ? "fold (saddle-node)" : kind);
  });
}

/** A legend that `show(kinds)` gives the kinds of events in the diagrams; `choices`: what their colours mean. */
export function makeLegend(choices) {
  const entries = Object.entries(MARKS).map((each) => entry(...each));
  const element = make("p", "modpack-legend");
  const show = (kinds) => element.replaceChildren(...entries, ...eventEntries(kinds), ...choices);
  return { element, show };
}
