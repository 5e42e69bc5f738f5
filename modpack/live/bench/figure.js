import { LiveFigure, rendererOf } from "../base/figure.js";
import { makeFormPanels, makeSeedMenu, networksOf } from "../base/networks.js";
import { make, makeButton, makeSlider, prepare } from "../base/panel.js";
import { percent } from "../base/words.js";
import { Counts, leading, painted, schemaOf } from "./compute.js";
import { fractionsOf } from "./lesions.js";
import { HEIGHTS, drawPanel, drawStrip, mapWidth, panelHeight } from "./picture.js";
import { Units } from "./units.js";
import { KEY, meanOf, wordPerformance, wordState, wordUnit } from "./words.js";

/** The figure: a strip of units, then for every form what the units do and which tasks are done. */
export class Figure extends LiveFigure {
  static title = "lesion and noise bench";

  constructor(model, el, networks) {
    super(model, el, networks);
    this.nUnits = model.get("n_units");
    this.counts = new Counts(networks, model.get("ranked_by"));
    this.units = new Units(this, this.nUnits);
    this.#build();
  }

  get schema() {
    const { networks, limits, nUnits } = this;
    return schemaOf({
      nUnits,
      nDraws: this.model.get("n_draws"),
      nSeeds: networks.nSeeds,
      limits,
    });
  }

  // ------------------------------------------------------------------------------------ building

  #build() {
    this.seeds = makeSeedMenu(this);
    this.count = makeSlider({
      label: "silence the first",
      limits: [0, this.nUnits, 1, "neurons"],
      onInput: (k) => this.set({ silenced: this.#first(k) }),
    });
    this.noise = this.slider("noise", "noise of the neurons");
    const draws = this.model.get("n_draws");
    this.again = makeButton("Draw the noise again", () =>
      this.set({ draw: (this.state.draw + 1) % draws }),
    );
    const none = makeButton("Wake all", () => this.set({ silenced: [] }));
    const every = makeButton("Silence all", () => this.set({ silenced: this.#first(this.nUnits) }));
    this.hint = make("p", "modpack-hint");
    const textContent = "Mean rate of each neuron, the most active first";
    const shades = make("span", "modpack-shades", { textContent: KEY.shades });
    this.assemble(
      make("div", "modpack-knobs", {}, this.count.element, this.noise.element),
      make("p", "modpack-caption", { textContent }),
      this.units.canvas,
      this.hint,
      make("div", "modpack-buttons", {}, none, every, this.reset),
      make("p", "modpack-key", {}, KEY.bars, shades),
      this.#buildPanels(),
      this.fold("More controls", make("div", "modpack-menus", {}, this.seeds.element, this.again)),
    );
  }

  /** The ranks of the most active units. */
  #first(count) {
    return painted([], [0, count - 1], true).slice(0, count);
  }

  #buildPanels() {
    const { forms, colours, tasks } = this.networks;
    const names = tasks.map(({ label }) => make("li", "", { textContent: label }));
    const labels = make("ol", "modpack-tasks", {}, ...names);
    labels.style.lineHeight = `${HEIGHTS.row}px`;
    const before = [make("section", "", {}, make("p"), make("p"), labels)];
    this.panels = {};
    const partsOf = (form) => {
      const label = `Correct trials of the ${form} network in every task.`;
      const canvas = this.canvas("modpack-panel", label);
      this.units.paintOn(canvas, () => mapWidth(canvas));
      this.panels[form] = { average: make("p", "modpack-answer"), canvas };
      return Object.values(this.panels[form]);
    };
    return makeFormPanels(forms, colours, partsOf, { before }).grid;
  }

  // ------------------------------------------------------------------------------------ updating

  update() {
    const { state, counts, units } = this;
    this.seeds.show(state.seed);
    this.count.show(leading(state.silenced));
    this.noise.show(state.noise);
    this.again.disabled = state.noise === 0;
    this.#begin(state);
    const isSilent = state.silenced.includes(units.cursor);
    units.describe(isSilent);
    const unit = wordUnit(units.cursor, isSilent, counts.intact, this.networks);
    this.hint.textContent = `Click neurons or drag over them. ${unit}`;
    this.show(() => this.#words());
  }

  #begin({ silenced, noise, draw, seed }) {
    if (!this.isStale("counts", silenced, noise, noise && draw, seed)) return;
    this.counts.begin({ seed });
    const onRanked = () => this.update();
    const onEstimate = () => this.say(() => this.#words());
    this.worker.begin(this.counts.work({ silenced, noise, draw, seed }, onRanked, onEstimate));
  }

  #words() {
    const { estimate, intact } = this.counts;
    const left = wordPerformance(estimate, fractionsOf(intact.tally), this.networks);
    return estimate === null ? left : `${wordState(this.state, this.nUnits)}. ${left}`;
  }

  // ------------------------------------------------------------------------------------- drawing

  draw() {
    const { state, counts } = this;
    const { rates, orders, tally } = counts.intact;
    if (orders === null) return this.#drawNothing(state);
    this.#drawStrip(state);
    this.networks.forms.forEach((form) => this.#drawPanel(form, state));
    const plain = Object.entries(rates).map(([form, each]) => [form, each.map((x) => [...x])]);
    return {
      silenced: [...state.silenced],
      rates: Object.fromEntries(plain),
      orders,
      ...(counts.estimate ?? { performance: null, cancelled: null }),
      intact: fractionsOf(tally),
      seen: counts.tally.seen,
      isComplete: counts.isComplete,
    };
  }

  /** Keep the room of the pictures until there is something to draw. */
  #drawNothing({ silenced }) {
    const { canvas: strip } = this.units;
    prepare(strip, strip.clientWidth, HEIGHTS.strip);
    Object.values(this.panels).forEach(({ canvas, average }) => {
      prepare(canvas, canvas.clientWidth, panelHeight(this.networks.tasks.length));
      average.textContent = "…";
    });
    return { silenced: [...silenced], orders: null, isComplete: false };
  }

  #drawStrip({ silenced }) {
    const { rates, orders } = this.counts.intact;
    const { forms, colours } = this.networks;
    const means = forms.map((form) => [
      form,
      orders[form].map((i) => meanOf(rates[form].map((ofTask) => ofTask[i]))),
    ]);
    drawStrip(this.units.canvas, {
      ...{ rates: Object.fromEntries(means), silenced, cursor: this.units.shownCursor },
      ...{ nUnits: this.nUnits, colours, ...this.colours },
    });
  }

  #drawPanel(form, { silenced }) {
    const { canvas, average } = this.panels[form];
    const { estimate, intact } = this.counts;
    const now = estimate?.performance[form];
    const about = {
      ...{ rates: intact.rates[form], order: intact.orders[form], silenced },
      ...{ cursor: this.units.shownCursor, nUnits: this.nUnits },
      ...{ now, intact: fractionsOf(intact.tally)?.[form] },
    };
    drawPanel(canvas, about, { colour: this.networks.colours[form], ...this.colours });
    average.textContent = now ? `${percent(meanOf(now))} correct` : "…";
  }
}

export default { render: rendererOf(Figure, networksOf) };
