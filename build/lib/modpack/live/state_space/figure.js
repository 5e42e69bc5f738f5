import { listenToDrags, make, makeCheckbox, makeMenu } from "../base/panel.js";
import { LiveFigure, rendererOf } from "../base/figure.js";
import { readLandscape } from "./landscape.js";
import { COORDINATES, explore, fillCrowd, schemaOf, situationOf } from "./compute.js";
import { Portrait, moved, viewOf } from "./portrait.js";
import { nameOf, wordEnd, wordPoints, wordSlow } from "./words.js";
import { Strips } from "./strips.js";

/** The page's half of space.py: its controls, its words and its pictures. */

const NARROW = 540; // px of a page on which only one form has room
const STEP = 0.04; // half widths that an arrow key moves the start
const DEGREES = 0.5; // degrees that a pixel turns the solid

// ---------------------------------------------------------------------------------------- worked

export class Figure extends LiveFigure {
  static title = "state space";

  constructor(model, page, el) {
    super(model, page, el);
    this.landscape = readLandscape(model.get("description"), model.get("numbers"));
    this.schema = schemaOf(this.landscape, this.limits);
    this.crowds = Object.fromEntries(this.landscape.forms.map((form) => [form, []]));
    this.hasStrip = model.get("strip") === "branches";
    this.controls = this.#buildControls();
    this.#build();
  }

  // ------------------------------------------------------------------------------------ building

  #menu(name, label, options) {
    return makeMenu({ label, options, onInput: (value) => this.set({ [name]: value }) });
  }

  #buildControls() {
    const { epochs, keys, forms, bases } = this.landscape;
    const labelOf = (key) => bases[forms[0]][key].label;
    const axes = ["first axis", "second axis", "third axis", "direction that the outputs say"];
    const onInput = (solid) => this.set({ solid });
    return {
      epoch: this.#menu(
        "epoch",
        "Input of",
        epochs.map((epoch) => [epoch, nameOf(epoch)]),
      ),
      basis: this.#menu(
        "basis",
        "Axes",
        keys.map((key) => [key, labelOf(key)]),
      ),
      form: this.#menu("form", "Networks", [
        ["all", "side by side"],
        ...forms.map((form) => [form, form]),
      ]),
      mix: this.slider("mix", "mix"),
      x: this.slider("x", "start on the first axis"),
      y: this.slider("y", "start on the second axis"),
      z: this.slider("z", "start on the third axis"),
      solid: makeCheckbox({ label: "three dimensions", onInput }),
      azimuth: this.slider("azimuth", "turned by"),
      elevation: this.slider("elevation", "seen from above by"),
      coordinate: this.#menu(
        "coordinate",
        "Strip shows",
        COORDINATES.map((each, k) => [each, axes[k]]),
      ),
    };
  }

  #build() {
    const { controls } = this;
    const element = (name) => controls[name].element;
    element("mix").classList.add("modpack-wide");
    this.panels = Object.fromEntries(
      this.landscape.forms.map((form) => [form, this.#buildPanel(form)]),
    );
    const sections = Object.values(this.panels).map(({ section }) => section);
    this.grid = make("div", "modpack-panels", {}, ...sections);
    this.ends = make("p", "modpack-ends");
    this.assemble(
      make("div", "modpack-menus", {}, ...["epoch", "basis", "form"].map(element), this.reset),
      element("mix"),
      this.ends,
      this.grid,
      this.#buildLegend(),
      this.group("Start (in half widths of the view)", ...["x", "y", "z"].map(element)),
      this.group("View", ...["solid", "azimuth", "elevation", "coordinate"].map(element)),
      this.readout, // last, as its length changes
    );
    element("coordinate").hidden = !this.hasStrip;
  }

  #buildPanel(form) {
    const colour = this.page.colours[form];
    const canvas = this.canvas("modpack-portrait");
    canvas.tabIndex = 0;
    const title = make("p", "modpack-title", { textContent: form });
    title.style.borderColor = colour;
    const panel = {
      canvas,
      colour,
      portrait: new Portrait(canvas),
      answer: make("p", "modpack-answer"),
      strips: this.hasStrip ? new Strips(this, form) : null,
    };
    this.#listen(panel);
    const below = panel.strips?.elements ?? [];
    panel.section = make("section", "", {}, title, canvas, panel.answer, ...below);
    return panel;
  }

  #buildLegend() {
    const entry = (mark, text) =>
      make(
        "span",
        "",
        {},
        make("span", `modpack-mark modpack-${mark}`, { ariaHidden: "true" }),
        text,
      );
    return make(
      "p",
      "modpack-legend",
      {},
      entry("start", "start (drag it) and where it goes"),
      entry("crowd", "other starts"),
      entry("trial", "the trial, thick in this epoch"),
      entry("stable", "stable fixed point"),
      entry("unstable", "unstable"),
      entry("slow", "slow point"),
      entry("track", "its way over all mixes"),
      ...(this.hasStrip ? this.#stripLegend(entry) : []),
    );
  }

  #stripLegend(entry) {
    const event = entry("event", "event on the way");
    if (Object.keys(this.landscape.choices).length === 0) return [event];
    const [a, b] = this.landscape.tasks.map(
      (task) => this.page.tasks.find(({ name }) => name === task).label,
    );
    return [event, entry("trial", `trials answered as ${a}`), entry("dashed", `as ${b}`)];
  }

  #listen({ canvas, portrait }) {
    let hold = null;
    listenToDrags(canvas, (event, isFirst) => {
      const { state } = this;
      const start = portrait.at([state.x, state.y, state.z]);
      if (isFirst) hold = { takesStart: !state.solid || portrait.isClose(event, start), event };
      if (hold.takesStart) this.#moveStart(portrait.offset(event, start));
      else this.#turn(event.clientX - hold.event.clientX, event.clientY - hold.event.clientY);
      hold.event = event;
    });
    canvas.addEventListener("keydown", (event) => {
      const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
      if (!arrow[event.key]) return;
      event.preventDefault();
      this.#moveStart(arrow[event.key].map((direction) => direction * STEP));
    });
  }

  #moveStart(offset) {
    const { state } = this;
    const [x, y, z] = moved([state.x, state.y, state.z], viewOf(state), offset);
    this.set({ x, y, z });
  }

  #turn(dx, dy) {
    const { azimuth, elevation } = this.state;
    const turned = Math.round(azimuth - DEGREES * dx);
    this.set({
      azimuth: ((((turned + 180) % 360) + 360) % 360) - 180,
      elevation: Math.min(Math.max(Math.round(elevation + DEGREES * dy), -90), 90),
    });
  }

  // ------------------------------------------------------------------------------------ updating

  /** The forms on show: on a narrow page one at a time. */
  get forms() {
    const { forms } = this.landscape;
    const { form } = this.state;
    if (form !== "all") return [form];
    return this.isNarrow ? forms.slice(0, 1) : forms;
  }

  update() {
    const { state, page, landscape } = this;
    this.isNarrow = this.root.clientWidth < NARROW;
    this.situation = situationOf(page, landscape, state);
    this.results = Object.fromEntries(
      this.forms.map((form) => [form, explore(page, landscape, this.situation, state, form)]),
    );
    this.#showControls(state);
    this.#showWords();
    this.#beginCrowds(state);
    this.show(() => this.#words(state));
  }

  #showControls(state) {
    const { controls, forms } = this;
    Object.entries(controls).forEach(([name, control]) => control.show(state[name]));
    const only = forms.length === 1 ? forms[0] : "all";
    controls.form.show(only, (form) => form !== "all" || !this.isNarrow);
    for (const name of ["azimuth", "elevation"]) controls[name].element.hidden = !state.solid;
    Object.entries(this.panels).forEach(([form, { section, canvas }]) => {
      section.hidden = !forms.includes(form);
      canvas.setAttribute("aria-label", this.#label(form, state));
    });
    this.grid.style.setProperty("--modpack-columns", forms.length);
  }

  #label(form, { epoch, solid }) {
    const drag = solid ? "Drag to turn; drag the start, or use" : "Drag the start, or use";
    return `State space of the ${form} network under the input of the ${nameOf(epoch)}. ${drag} the arrow keys.`;
  }

  #showWords() {
    const { labels } = this.situation;
    const ends = [labels.a, labels.b].map((textContent) => make("span", "", { textContent }));
    this.ends.replaceChildren(...ends);
    for (const [form, result] of Object.entries(this.results)) {
      const { answer, strips } = this.panels[form];
      const said = wordEnd(result.end, labels, this.landscape, this.page.criterion);
      const counted = make("strong", "", { textContent: wordPoints(result.points) });
      answer.replaceChildren(counted, `the start ${said}`);
      strips?.say(result);
    }
  }

  #words(state) {
    const { landscape, page, situation } = this;
    const said = Object.entries(this.results).map(([form, { points, slow, end }]) => {
      const words = wordEnd(end, situation.labels, landscape, page.criterion);
      return `${form}: ${wordPoints(points)}${wordSlow(slow)}; this start ${words}`;
    });
    const { a, b } = situation.labels;
    const where = `Mix ${state.mix.toFixed(2)} of ${a} and ${b}, input of the ${nameOf(state.epoch)}`;
    return `${where}. ${said.join(". ")}.`;
  }

  #beginCrowds(state) {
    const wanted = JSON.stringify([state.mix, state.epoch, state.basis, this.forms]);
    if (this.wanted === wanted) return;
    this.wanted = wanted;
    this.isComplete = false;
    this.#forgetCrowds(`${state.epoch} ${state.basis}`);
    this.worker.begin(this.#crowdWork(state));
  }

  /** While the mix moves, old trajectories stay until new ones are there; in other axes they are wrong. */
  #forgetCrowds(kind) {
    if (this.crowdKind !== kind)
      Object.values(this.crowds).forEach((crowd) => crowd.splice(0, crowd.length));
    this.crowdKind = kind;
  }

  *#crowdWork(state) {
    const { page, landscape, situation, crowds } = this;
    for (const form of this.forms)
      yield* fillCrowd(page, landscape, situation, state, form, crowds[form]);
    this.isComplete = true;
  }

  // ------------------------------------------------------------------------------------- drawing

  /** Draw everything anew; returns what is on show. */
  draw() {
    const { state, colours } = this;
    const drawn = this.forms.map((form) => {
      this.#drawPortrait(form, state, colours);
      const { strips, colour } = this.panels[form];
      const strip = strips?.draw(this.results[form], state, this.page.preset, colour, colours);
      return [form, { ...this.#drawn(form, state), strip: strip ?? null }];
    });
    return {
      context: [...this.situation.context],
      networks: Object.fromEntries(drawn),
      isComplete: this.isComplete,
    };
  }

  #drawPortrait(form, state, colours) {
    const { portrait, colour } = this.panels[form];
    const { basis, tracks, points, slow, trial, path, dynamics } = this.results[form];
    const n = dynamics.nNeurons;
    portrait.begin(basis, viewOf(state), colours);
    tracks.forEach((track) => portrait.track(track));
    this.crowds[form].forEach((coordinates) => portrait.faint(coordinates, colour));
    portrait.path(trial, n, colours.ink, 1);
    const [first, last] = [0, 1].map((k) => this.situation.trial.onsets[this.situation.epoch + k]);
    if (last > first) portrait.path(trial.subarray(first * n, last * n), n, colours.ink, 2.5);
    portrait.path(path, n, colour, 3);
    portrait.tip(path.subarray(-n), colour);
    portrait.crosses(slow?.states ?? []);
    portrait.points(points);
    portrait.handle([state.x, state.y, state.z], colour);
  }

  #drawn(form, state) {
    const { points, slow, trial, path, end, dynamics } = this.results[form];
    const n = dynamics.nNeurons;
    return {
      points: points.map((point) => ({ ...point, state: [...point.state] })),
      slow: slow && { mix: slow.mix, count: slow.states.length },
      trial: [...trial.subarray(-n)],
      path: [...path.subarray(-n)],
      end,
      handle: this.panels[form].portrait.at([state.x, state.y, state.z]),
    };
  }
}

export default { render: rendererOf(Figure) };
