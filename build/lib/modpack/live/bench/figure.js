import { listenToDrags, make, makeButton, makeSlider, percent, prepare } from "../base/panel.js";
import { FONT } from "../base/drawing.js";
import { LiveFigure, rendererOf } from "../base/figure.js";
import { emptyTally, fillRates, fillTally, fractionsOf, mostActiveFirst } from "./lesions.js";
import { BROKEN, HEIGHTS, drawBars, drawRates, drawStrip, writeFoot } from "./picture.js";
import { leading, painted, schemaOf } from "./compute.js";

// ---------------------------------------------------------------------------------------- worked

const COARSE = 4; // trials of each task before a new estimate takes the place of the last
const MAP_SHARE = 0.64; // of the width of a panel
const NARROWEST = 140; // px: below that a panel has bars only
const KEY =
  "Bars: correct trials of each task, from 0 to 100 %; upright marks: the intact network; dotted line: " +
  "half. Shades: mean rate of each unit in each task, relative to its largest.";

const mean = (numbers) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;

/** The figure: a strip of units, then for every form what the units do and which tasks are done. */
export class Figure extends LiveFigure {
  static title = "lesion and noise bench";

  constructor(model, page, el) {
    super(model, page, el);
    this.nUnits = model.get("n_units");
    this.nTrials = page.trials[page.tasks[0].name].length;
    this.forms = page.forms;
    this.bySeed = new Map();
    this.tally = emptyTally(page);
    this.cursor = 0;
    this.#build();
  }

  get schema() {
    const { page, limits, nUnits } = this;
    return schemaOf({ nUnits, nDraws: this.model.get("n_draws"), nSeeds: page.nSeeds, limits });
  }

  // ------------------------------------------------------------------------------------ building

  #build() {
    this.seeds = this.seedMenu();
    this.count = makeSlider({
      label: "silence the first",
      limits: [0, this.nUnits, 1, "units"],
      onInput: (k) => this.set({ silenced: painted([], [0, k - 1], true).slice(0, k) }),
    });
    this.noise = this.slider("noise", "noise of the units");
    const draws = this.model.get("n_draws");
    this.again = makeButton("Draw the noise again", () =>
      this.set({ draw: (this.model.get("draw") + 1) % draws }),
    );
    const none = makeButton("Wake all", () => this.set({ silenced: [] }));
    const every = makeButton("Silence all", () =>
      this.set({ silenced: painted([], [0, this.nUnits - 1], true) }),
    );
    this.strip = this.#makeStrip();
    this.hint = make("p", "modpack-hint");
    this.assemble(
      make("div", "modpack-menus", {}, this.seeds.element, none, every, this.reset),
      make("p", "modpack-caption", { textContent: "Units, the most active first" }),
      this.strip,
      this.hint,
      make("div", "modpack-knobs", {}, this.count.element, this.noise.element, this.again),
      this.#buildPanels(),
      make("p", "modpack-key", { textContent: KEY }),
      this.readout,
    );
  }

  /** The canvas is a slider to the keyboard: it moves along the units, space silences or wakes. */
  #makeStrip() {
    const strip = make("canvas", "modpack-strip", { tabIndex: 0 });
    strip.setAttribute("role", "slider");
    strip.setAttribute("aria-valuemin", 1);
    strip.setAttribute("aria-valuemax", this.nUnits);
    strip.setAttribute("aria-label", "Units: left and right move, space silences or wakes");
    strip.addEventListener("keydown", (event) => this.#press(event));
    ["focus", "blur"].forEach((kind) => strip.addEventListener(kind, () => this.redraw()));
    this.#paintOn(strip, () => strip.clientWidth);
    return strip;
  }

  /** Let the pointer silence units on a canvas that shows all of them over some width. */
  #paintOn(canvas, widthOf) {
    let [last, isSilent] = [0, true];
    listenToDrags(canvas, ({ clientX }, isFirst) => {
      const share = (clientX - canvas.getBoundingClientRect().x) / widthOf();
      if (isFirst && share >= 1) return;
      const rank = this.#nearest(Math.floor(share * this.nUnits));
      const { silenced } = this.state;
      if (isFirst) [last, isSilent] = [rank, !silenced.includes(rank)];
      this.cursor = rank;
      this.set({ silenced: painted(silenced, [last, rank], isSilent) });
      last = rank;
    });
  }

  #nearest(rank) {
    return Math.min(Math.max(rank, 0), this.nUnits - 1);
  }

  #press(event) {
    const { cursor, nUnits } = this;
    const { silenced } = this.state;
    const moves = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowDown: -1,
      ArrowUp: 1,
      Home: -nUnits,
      End: nUnits,
    };
    if (event.key in moves) {
      this.cursor = this.#nearest(cursor + moves[event.key]);
      this.update();
    } else if (event.key === " ") {
      const isSilent = !silenced.includes(cursor);
      this.set({ silenced: painted(silenced, [cursor, cursor], isSilent) });
    } else return;
    event.preventDefault();
  }

  #buildPanels() {
    const names = this.page.tasks.map(({ label }) => make("li", "", { textContent: label }));
    const labels = make("ol", "modpack-tasks", {}, ...names);
    labels.style.lineHeight = `${HEIGHTS.row}px`;
    this.panels = Object.fromEntries(this.forms.map((form) => [form, this.#buildPanel(form)]));
    const grid = make(
      "div",
      "modpack-panels",
      {},
      make("section", "", {}, make("p"), make("p"), labels),
    );
    grid.append(...Object.values(this.panels).map(({ section }) => section));
    grid.style.setProperty("--modpack-columns", this.forms.length);
    return grid;
  }

  #buildPanel(form) {
    const title = make("p", "modpack-title", { textContent: form });
    title.style.borderColor = this.page.colours[form];
    const [average, canvas] = [make("p", "modpack-answer"), this.canvas("modpack-panel")];
    canvas.setAttribute("aria-label", `Correct trials of the ${form} network in every task.`);
    const section = make("section", "", {}, title, average, canvas);
    this.#paintOn(canvas, () => this.#mapWidth(canvas));
    return { section, average, canvas };
  }

  /** A narrow panel has no room for single units. */
  #mapWidth(canvas) {
    return canvas.clientWidth < NARROWEST ? 0 : Math.round(MAP_SHARE * canvas.clientWidth);
  }

  // ------------------------------------------------------------------------------------ updating

  update() {
    const { state, cursor, page } = this;
    this.seeds.show(String(state.seed));
    this.count.show(leading(state.silenced));
    this.noise.show(state.noise);
    this.again.disabled = state.noise === 0;
    this.network = this.#ofSeed(state.seed);
    const isSilent = state.silenced.includes(cursor);
    this.strip.setAttribute("aria-valuenow", cursor + 1);
    this.strip.setAttribute(
      "aria-valuetext",
      `unit ${cursor + 1}, ${isSilent ? "silent" : "active"}`,
    );
    this.hint.textContent = `Click units or drag over them. ${this.#wordUnit(cursor, isSilent)}`;
    this.#begin(state, page);
    this.show(() => this.#words());
  }

  /** What is known of the intact networks of a seed. */
  #ofSeed(seed) {
    if (!this.bySeed.has(seed)) {
      const rates = Object.fromEntries(this.forms.map((form) => [form, []]));
      this.bySeed.set(seed, { rates, orders: null, tally: emptyTally(this.page) });
    }
    return this.bySeed.get(seed);
  }

  #begin({ silenced, noise, draw, seed }, page) {
    const wanted = JSON.stringify([silenced, noise, noise && draw, seed]);
    if (this.wanted === wanted) return;
    this.wanted = wanted;
    this.previous = this.previousSeed === seed ? this.performance : null;
    this.previousSeed = seed;
    this.tally = emptyTally(page);
    this.worker.begin(this.#work({ silenced, noise, draw, seed }, this.network));
  }

  /** Rank the units, then count in few trials, then in more and more. */
  *#work(state, network) {
    const { page } = this;
    if (network.orders === null) {
      yield* fillRates(page, state.seed, this.model.get("ranked_by"), network.rates);
      network.orders = mostActiveFirst(network.rates);
      this.update();
    }
    const intact = { ...state, silenced: [], noise: 0 };
    for (let until = COARSE; !this.isComplete; until *= 2) {
      const few = Math.min(until, this.nTrials);
      yield* fillTally(page, intact, network.orders, few, network.tally);
      yield* fillTally(page, state, network.orders, few, this.tally);
      this.say(() => this.#words());
    }
  }

  /** The best present estimate of the performance by form, or null. */
  get performance() {
    return this.tally.seen < COARSE ? this.previous : fractionsOf(this.tally);
  }

  get isComplete() {
    return Math.min(this.tally.seen, this.network.tally.seen) === this.nTrials;
  }

  // --------------------------------------------------------------------------------------- words

  /** Where a unit is most active. */
  #wordUnit(rank, isSilent) {
    const { rates, orders } = this.network;
    if (orders === null) return "";
    const favourites = this.forms.map((form) => {
      const ofUnit = rates[form].map((ofTask) => ofTask[orders[form][rank]]);
      return `${this.page.tasks[ofUnit.indexOf(Math.max(...ofUnit))].label} (${form})`;
    });
    const what = isSilent ? " (silent)" : "";
    return `Unit ${rank + 1}${what} is most active in ${favourites.join(", ")}.`;
  }

  #words() {
    const { state, nUnits, performance, network } = this;
    if (performance === null) return "Not yet computed.";
    const intact = fractionsOf(network.tally);
    const said = this.forms.map((form) => {
      const broken = performance[form].flatMap((x, k) =>
        x < BROKEN ? [this.page.tasks[k].label] : [],
      );
      const those = broken.length > 0 && broken.length <= 6 ? `: ${broken.join(", ")}` : "";
      const average = `${percent(mean(performance[form]))} (intact ${percent(mean(intact[form]))})`;
      return `${form}: ${average}, ${broken.length} of ${performance[form].length} tasks broken${those}`;
    });
    const what = `${state.silenced.length} of ${nUnits} units silent, noise ${state.noise.toFixed(2)}`;
    return `${what}. Correct on average: ${said.join("; ")}. Broken: fewer than half correct.`;
  }

  // --------------------------------------------------------------------------------------- drawn

  draw() {
    const { state, performance, network } = this;
    const { rates, orders } = network;
    if (orders === null) return this.#drawNothing(state);
    this.#drawStrip(state);
    this.forms.forEach((form) => this.#drawPanel(form, state));
    return {
      silenced: [...state.silenced],
      rates: Object.fromEntries(
        this.forms.map((form) => [form, rates[form].map((each) => [...each])]),
      ),
      orders,
      performance,
      intact: fractionsOf(network.tally),
      seen: this.tally.seen,
      isComplete: this.isComplete,
    };
  }

  /** Keep the room of the pictures until there is something to draw. */
  #drawNothing({ silenced }) {
    prepare(this.strip, this.strip.clientWidth, HEIGHTS.strip);
    const height = HEIGHTS.row * this.page.tasks.length + HEIGHTS.foot;
    Object.values(this.panels).forEach(({ canvas, average }) => {
      prepare(canvas, canvas.clientWidth, height);
      average.textContent = "…";
    });
    return { silenced: [...silenced], orders: null, isComplete: false };
  }

  /** The cursor is on show while the strip has the focus. */
  get #shownCursor() {
    return document.activeElement === this.strip ? this.cursor : null;
  }

  #drawStrip({ silenced }) {
    const { rates, orders } = this.network;
    const means = this.forms.map((form) => [
      form,
      orders[form].map((i) => mean(rates[form].map((ofTask) => ofTask[i]))),
    ]);
    drawStrip(this.strip, {
      ...{ rates: Object.fromEntries(means), silenced, cursor: this.#shownCursor },
      ...{ nUnits: this.nUnits, colours: this.page.colours, ...this.colours },
    });
  }

  #drawPanel(form, { silenced }) {
    const { canvas, average } = this.panels[form];
    const { rates, orders, tally } = this.network;
    const { ink, paper } = this.colours;
    const [colour, height] = [this.page.colours[form], HEIGHTS.row * this.page.tasks.length];
    const pen = prepare(canvas, canvas.clientWidth, height + HEIGHTS.foot);
    Object.assign(pen, { font: FONT, textBaseline: "top", fillStyle: ink });
    const map = [0, 0, this.#mapWidth(canvas), height];
    const gap = map[2] ? 8 : 2;
    const bars = [map[2] + gap, 0, canvas.clientWidth - map[2] - gap - 2, height];
    writeFoot(pen, bars, "correct", height);
    if (map[2]) {
      writeFoot(pen, map, "activity of the units", height);
      const about = { rates: rates[form], order: orders[form], silenced, nUnits: this.nUnits };
      drawRates(pen, map, { ...about, cursor: this.#shownCursor, colour, ink, paper });
    }
    const [now, intact] = [this.performance?.[form], fractionsOf(tally)?.[form]];
    if (now && intact) drawBars(pen, bars, { now, intact, colour, ink });
    average.textContent = now ? `${percent(mean(now))} correct` : "…";
  }
}

export default { render: rendererOf(Figure) };
