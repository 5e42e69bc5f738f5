import { make, makeCheckbox, makeMenu } from "../base/panel.js";
import { LiveFigure, rendererOf } from "../base/figure.js";
import { readLandscape } from "./landscape.js";
import { COORDINATES, explore, fillBackground, schemaOf, situationOf } from "./compute.js";
import { makeLegend } from "./legend.js";
import { Panel } from "./panel.js";
import { AXES, nameOf, words } from "./words.js";

/** The page's half of figure.py: the controls of a state space, and a panel for every form. */

const NARROW = 540; // px of a page on which only one form has room

export class Figure extends LiveFigure {
  static title = "state space";

  constructor(model, page, el) {
    super(model, page, el);
    this.landscape = readLandscape(model.get("description"), model.get("numbers"));
    this.schema = schemaOf(this.landscape, this.limits);
    this.hasDiagrams = model.get("diagrams");
    this.controls = { ...this.#makeMenus(), ...this.#makeSliders() };
    this.panels = Object.fromEntries(
      this.landscape.forms.map((form) => [form, new Panel(this, form, this.hasDiagrams)]),
    );
    this.#build();
  }

  // ------------------------------------------------------------------------------------ building

  #menu(name, label, options) {
    return makeMenu({ label, options, onInput: (value) => this.set({ [name]: value }) });
  }

  #makeMenus() {
    const { epochs, keys, forms, bases } = this.landscape;
    const names = epochs.map((epoch) => [epoch, nameOf(epoch)]);
    const labels = keys.map((key) => [key, bases[forms[0]][key].label]);
    const networks = [["all", "side by side"], ...forms.map((form) => [form, form])];
    const axes = COORDINATES.map((each, k) => [each, AXES[k]]);
    return {
      epoch: this.#menu("epoch", "Input of", names),
      basis: this.#menu("basis", "Axes", labels),
      form: this.#menu("form", "Networks", networks),
      coordinate: this.#menu("coordinate", "Diagram shows", axes),
    };
  }

  #makeSliders() {
    const onInput = (solid) => this.set({ solid });
    return {
      mix: this.slider("mix", "mix"),
      x: this.slider("x", "start on the first axis"),
      y: this.slider("y", "start on the second axis"),
      z: this.slider("z", "start on the third axis"),
      solid: makeCheckbox({ label: "three dimensions", onInput }),
      azimuth: this.slider("azimuth", "turned by"),
      elevation: this.slider("elevation", "seen from above by"),
    };
  }

  #build() {
    const element = (name) => this.controls[name].element;
    const { choices, tasks } = this.landscape;
    const labelOf = (task) => this.page.tasks.find(({ name }) => name === task).label;
    const shown = Object.keys(choices).length > 0 ? tasks.map(labelOf) : null;
    const sections = Object.values(this.panels).map(({ section }) => section);
    this.grid = make("div", "modpack-panels", {}, ...sections);
    this.ends = make("p", "modpack-ends");
    this.assemble(
      make("div", "modpack-menus", {}, ...["epoch", "basis", "form"].map(element), this.reset),
      element("mix"),
      this.ends,
      this.grid,
      makeLegend({ hasDiagrams: this.hasDiagrams, choices: shown }),
      this.group("Start (in half widths of the view)", ...["x", "y", "z"].map(element)),
      this.group("View", ...["solid", "azimuth", "elevation", "coordinate"].map(element)),
      this.readout, // last, as its length changes
    );
    element("mix").classList.add("modpack-wide");
    element("coordinate").hidden = !this.hasDiagrams;
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
    this.#showPanels(state);
    this.#beginBackground(state);
    this.show(() => words(this));
  }

  #showControls(state) {
    const { controls, forms } = this;
    Object.entries(controls).forEach(([name, control]) => control.show(state[name]));
    const only = forms.length === 1 ? forms[0] : "all";
    controls.form.show(only, (form) => form !== "all" || !this.isNarrow);
    for (const name of ["azimuth", "elevation"]) controls[name].element.hidden = !state.solid;
  }

  #showPanels(state) {
    const { labels } = this.situation;
    const ends = [labels.a, labels.b].map((textContent) => make("span", "", { textContent }));
    this.ends.replaceChildren(...ends);
    this.grid.style.setProperty("--modpack-columns", this.forms.length);
    for (const [form, panel] of Object.entries(this.panels)) {
      panel.show(state, this.forms.includes(form));
      if (this.forms.includes(form)) panel.say(this.results[form]);
    }
  }

  /** Begin the trajectories from stored starts, unless they are there or under way. */
  #beginBackground(state) {
    const wanted = JSON.stringify([state.mix, state.epoch, state.basis, this.forms]);
    if (this.wanted === wanted) return;
    this.wanted = wanted;
    this.isComplete = false;
    this.#forgetBackground(`${state.epoch} ${state.basis}`);
    this.worker.begin(this.#backgroundWork(state));
  }

  /** While the mix moves, old trajectories stay until new ones are there; in other axes they are wrong. */
  #forgetBackground(kind) {
    if (this.backgroundKind !== kind)
      Object.values(this.panels).forEach(({ background }) => (background.length = 0));
    this.backgroundKind = kind;
  }

  *#backgroundWork(state) {
    const { page, landscape, situation, panels } = this;
    for (const form of this.forms)
      yield* fillBackground(page, landscape, situation, state, form, panels[form].background);
    this.isComplete = true;
  }

  /** Draw everything anew; returns what is on show. */
  draw() {
    const { state, colours, panels, results } = this;
    const drawn = this.forms.map((form) => [
      form,
      panels[form].draw(results[form], state, colours),
    ]);
    return {
      context: [...this.situation.context],
      networks: Object.fromEntries(drawn),
      isComplete: this.isComplete,
    };
  }
}

export default { render: rendererOf(Figure) };
