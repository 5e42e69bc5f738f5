import { clamp, listenToDrags, make } from "../base/panel.js";
import { painted } from "./compute.js";

const MOVES = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1 };

/**
 * The strip of units. Its canvas is a slider to the keyboard: it moves a cursor along the units, space silences
 * or wakes.
 */
export class Units {
  constructor(figure, count) {
    Object.assign(this, { figure, count, cursor: 0 });
    this.canvas = make("canvas", "modpack-strip", {
      tabIndex: 0,
      role: "slider",
      ariaValueMin: 1,
      ariaValueMax: count,
      ariaLabel: "Units: left and right move, space silences or wakes",
    });
    this.canvas.addEventListener("keydown", (event) => this.#press(event));
    for (const kind of ["focus", "blur"]) this.canvas.addEventListener(kind, () => figure.redraw());
    this.paintOn(this.canvas, () => this.canvas.clientWidth);
  }

  /** The cursor is on show while the strip has the focus. */
  get shownCursor() {
    return document.activeElement === this.canvas ? this.cursor : null;
  }

  /** Let the pointer silence units on a canvas that shows all of them over some width. */
  paintOn(canvas, widthOf) {
    let [last, isSilent] = [0, true];
    listenToDrags(canvas, ({ clientX }, isFirst) => {
      const share = (clientX - canvas.getBoundingClientRect().x) / widthOf();
      if (isFirst && share >= 1) return;
      const rank = this.#nearest(Math.floor(share * this.count));
      const { silenced } = this.figure.state;
      if (isFirst) [last, isSilent] = [rank, !silenced.includes(rank)];
      this.cursor = rank;
      this.figure.set({ silenced: painted(silenced, [last, rank], isSilent) });
      last = rank;
    });
  }

  #nearest(rank) {
    return clamp(rank, [0, this.count - 1]);
  }

  #press(event) {
    const { figure, cursor, count } = this;
    const moves = { ...MOVES, Home: -count, End: count };
    if (event.key in moves) {
      this.cursor = this.#nearest(cursor + moves[event.key]);
      figure.update();
    } else if (event.key === " ") {
      const { silenced } = figure.state;
      const isSilent = !silenced.includes(cursor);
      figure.set({ silenced: painted(silenced, [cursor, cursor], isSilent) });
    } else return;
    event.preventDefault();
  }

  /** Say to a screen reader which unit the cursor is at. */
  describe(isSilent) {
    this.canvas.ariaValueNow = this.cursor + 1;
    this.canvas.ariaValueText = `neuron ${this.cursor + 1}, ${isSilent ? "silent" : "active"}`;
  }
}
