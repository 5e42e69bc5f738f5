import { LiveFigure, rendererOf } from "../base/figure.js";
import { makeFormPanels, networksOf } from "../base/networks.js";
import { choiceEntries } from "../base/choice_areas.js";
import { make } from "../base/panel.js";
import { epochName } from "../base/words.js";
import { readLandscape, unexplored } from "./landscape.js";
import { COORDINATES, explore, fillBackground, schemaOf, situationOf } from "./compute.js";
import { Panel, makeLegend } from "./panel.js";
import { search } from "./search.js";
import { AXES, words } from "./words.js";

/** The controls of a state space, and a panel for every form. */

const NARROW = 540; // px of a page on which only one form has room

export class Figure extends LiveFigure {
  static title = "state space";

  constructor(model, el, networks) {
    super(model, el, networks);
    const description = model.get("description");
    const isKnown = description.branches !== undefined;
    this.landscape = isKnown
      ? readLandscape(description, model.get("numbers"))
      : unexplored(networks, description);
    this.search = isKnown ? null : search(networks, this.landscape); // until all branches are found
    this.schema = schemaOf(this.landscape, this.limits);
    this.hasDiagrams = model.get("diagrams");
    this.controls = { ...this.#makeMenus(), ...this.#makeSliders() };
    this.panels = {};
    this.#build();
  }

  // ------------------------------------------------------------------------------------ building

  #makeMenus() {
    const { epochs, keys, forms, bases } = this.landscape;
    const names = epochs.map((epoch) => [epoch, epochName(epoch)]);
    const labels = keys.map((key) => [key, bases[forms[0]][key].label]);
    const networks = [["all", "side by side"], ...forms.map((form) => [form, form])];
    const axes = COORDINATES.map((each, k) => [each, AXES[k]]);
    return {
      epoch: this.menu("epoch", "Input during", names),
      basis: this.menu("basis", "Axes", labels),
      form: this.menu("form", "Networks", networks),
      coordinate: this.menu("coordinate", "Diagram shows", axes),
    };
  }

  #makeSliders() {
    return {
      mix: this.slider("mix", "mix"),
      x: this.slider("x", "start on the first axis"),
      y: this.slider("y", "start on the second axis"),
      z: this.slider("z", "start on the third axis"),
      solid: this.checkbox("solid", "three dimensions"),
      azimuth: this.slider("azimuth", "turned by"),
      elevation: this.slider("elevation", "seen from above by"),
    };
  }

  #build() {
    const element = (name) => this.controls[name].element;
    const { choices, tasks } = this.landscape;
    const [a, b] = tasks.map((task) => this.networks.tasks.find(({ name }) => name === task).label);
    const isShown = this.hasDiagrams && Object.keys(choices).length > 0;
    const shown = isShown ? choiceEntries({ a, b }, this.model.get("choice_colours")) : [];
    this.legend = makeLegend(shown);
    this.grid = this.#makePanels();
    this.ends = make("p", "modpack-ends");
    this.assemble(
      make("div", "modpack-menus", {}, element("epoch"), element("form"), this.reset),
      element("mix"),
      this.ends,
      this.legend.element,
      this.grid,
      this.fold(
        "More controls",
        this.group("Start (in half widths of the view)", ...["x", "y", "z"].map(element)),
        this.group(
          "View",
          ...["basis", "coordinate", "solid", "azimuth", "elevation"].map(element),
        ),
      ),
    );
    element("mix").classList.add("modpack-wide");
    element("coordinate").hidden = !this.hasDiagrams;
    element("basis").hidden = this.landscape.keys.length < 2; // nothing to choose from
  }

  #makePanels() {
    const { forms } = this.landscape;
    const partsOf = (form) => {
      this.panels[form] = new Panel(this, form, this.hasDiagrams);
      return this.panels[form].elements;
    };
    const { grid, sections } = makeFormPanels(forms, this.networks.colours, partsOf);
    forms.forEach((form, k) => (this.panels[form].section = sections[k]));
    return grid;
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
    const { state, networks, landscape } = this;
    this.isNarrow = this.root.clientWidth < NARROW;
    this.situation = situationOf(networks, landscape, state);
    this.results = Object.fromEntries(
      this.forms.map((form) => [form, explore(networks, landscape, this.situation, state, form)]),
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
    const branches = this.forms.flatMap((form) => this.results[form].branches);
    const kinds = branches.flatMap(({ events }) => events.map(({ kind }) => kind));
    this.legend.show(this.hasDiagrams ? [...new Set(kinds)] : []);
    for (const [form, panel] of Object.entries(this.panels)) {
      panel.show(state, this.forms.includes(form));
      if (this.forms.includes(form)) panel.say(this.results[form]);
    }
  }

  /**
   * Begin the trajectories from stored starts. While the mix moves, old ones stay until new ones are there; in
   * other axes they would be wrong.
   */
  #beginBackground(state) {
    const { mix, epoch, basis } = state;
    if (!this.isStale("background", mix, epoch, basis, this.forms)) return;
    this.isComplete = false;
    if (this.isStale("axes of the background", epoch, basis))
      for (const { background } of Object.values(this.panels)) background.length = 0;
    this.worker.begin(this.#work(state));
  }

  *#work(state) {
    yield* this.#searchWork();
    yield* this.#backgroundWork(state);
  }

  /** Go on with the search for branches, where there is one, whatever the state. */
  *#searchWork() {
    if (this.search === null) return;
    for (const isFound of this.search) {
      if (isFound) this.update();
      yield;
    }
    this.search = null;
    this.update();
  }

  *#backgroundWork(state) {
    const { networks, landscape, situation, panels } = this;
    for (const form of this.forms)
      yield* fillBackground(networks, landscape, situation, state, form, panels[form].background);
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

export default { render: rendererOf(Figure, networksOf) };
