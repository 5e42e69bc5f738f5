import { LiveFigure, rendererOf } from "../base/figure.js";
import { Requests } from "../base/on_request.js";
import { make } from "../base/panel.js";
import {
  NOTHING,
  answered,
  formsOf,
  isPossible,
  limitOf,
  mapOf,
  meanOf,
  moved,
  networksAt,
  pointAt,
  readTable,
  schemaOf,
  scoresAt,
  stateAt,
  trialOn,
} from "./compute.js";
import {
  MappingMenus,
  curveEntries,
  makeDotsNote,
  makeMapMenus,
  makePanels,
  makeTrialNote,
  ownEntries,
} from "./controls.js";
import { drawAnswer, drawBar, drawLearned, drawPoints, drawScores, layoutIn } from "./picture.js";
import { Own } from "./own.js";
import { wordAnswer, wordEnds, wordNetworks, wordPoint, wordTitle, words } from "./words.js";

/** The figure: a map of networks by size and number of mappings, and below it those of one of its points. */
export class Figure extends LiveFigure {
  static title = "packing map";

  constructor(model, el) {
    super(model, el);
    this.description = readTable(model.get("description"));
    this.schema = schemaOf(this.description, this.limits);
    this.own = new Own(this.description, () => this.update());
    this.requests = new Requests(model, this.description.preset, () => this.update());
    this.#build();
  }

  isAllowed(state) {
    return isPossible(this.description, this.limits, state);
  }

  // ------------------------------------------------------------------------------------ building

  #build() {
    this.controls = makeMapMenus(this);
    Object.assign(this, makePanels(this));
    const { form, minus, shows } = this.controls;
    this.assemble(
      make("div", "modpack-menus", {}, form.element, minus.element, this.reset),
      ...this.#buildMap(),
      makeTrialNote(),
      makeDotsNote(),
      this.grid,
      this.fold("More controls", shows.element, this.#buildTrial()),
    );
  }

  #buildMap() {
    this.title = make("i", "");
    this.bar = this.canvas("modpack-bar");
    this.ends = [make("span", ""), make("span", "")];
    const bar = make("p", "modpack-scale", {}, this.title, this.ends[0], this.bar, this.ends[1]);
    this.map = make("canvas", "modpack-map", {
      tabIndex: 0,
      role: "slider",
      ariaLabel: "Points of the map: arrow keys move, Home and End go to the ends of a row",
      ariaValueMin: 1,
    });
    this.map.addEventListener("click", (event) => this.#goTo(this.#pointed(event)));
    this.map.addEventListener("keydown", (event) => this.#press(event));
    for (const kind of ["focus", "blur"]) this.map.addEventListener(kind, () => this.redraw());
    this.curves = make("p", "modpack-legend");
    return [bar, this.curves, this.map];
  }

  #buildTrial() {
    this.mappings = new MappingMenus(this);
    this.angle = this.slider("angle", "direction of the stimulus");
    return this.group("Trial", ...this.mappings.elements, this.angle.element);
  }

  // ------------------------------------------------------------------------------------ choosing

  #pointed({ clientX, clientY }) {
    const box = this.map.getBoundingClientRect();
    const layout = layoutIn(this.map, this.description.rows);
    return pointAt(layout, [clientX - box.x, clientY - box.y]);
  }

  #press(event) {
    const point = moved(this.description.rows, this.state, event.key);
    if (point === undefined) return;
    event.preventDefault();
    this.#goTo(point);
  }

  #goTo(point) {
    if (point) this.set(stateAt(this.state, point));
  }

  // ------------------------------------------------------------------------------------ updating

  update() {
    const { state, description, controls } = this;
    this.values = mapOf(description, state);
    this.limit = limitOf(this.values, state);
    const below = this.values.flat().some(({ mean }) => mean !== null && mean < 0);
    this.isSigned = below || state.minus !== NOTHING;
    this.asked = trialOn(description, state);
    this.responses = Object.fromEntries(formsOf(state).map((form) => [form, this.#respond(form)]));
    controls.form.show(state.form, (form) => form !== state.minus);
    controls.minus.show(state.minus, (form) => form !== state.form);
    controls.shows.show(state.shows);
    this.angle.show(state.angle);
    this.mappings.show(state);
    this.#showMap(state);
    this.panels.forEach((panel, k) => this.#showPanel(panel, formsOf(state)[k]));
    this.grid.style.setProperty("--modpack-columns", formsOf(state).length);
    this.show(() => words(description, this.state, this));
  }

  /** What the first order's network answers; undefined while it is on the way, null where there is none. */
  #respond(form) {
    const { state, description, asked } = this;
    const file = networksAt(description, form, state).find((each) => each.file)?.file;
    if (file === undefined) return null;
    const found = this.requests.get(`${description.place}/${file}`);
    return found && answered(found, asked, state, description);
  }

  #showMap(state) {
    const { map, description, values, limit, isSigned } = this;
    const every = values.flat();
    const here = every.findIndex(
      (each) => each.n_tasks === state.n_tasks && each.n_neurons === state.n_neurons,
    );
    this.title.textContent = wordTitle(state);
    wordEnds(state, limit, isSigned).forEach((text, k) => (this.ends[k].textContent = text));
    this.bar.ariaLabel = `Colours from ${this.ends[0].textContent} to ${this.ends[1].textContent}.`;
    map.ariaValueMax = every.length;
    map.ariaValueNow = here + 1;
    map.ariaValueText = wordPoint(every[here], state);
    const own = this.own.of(formsOf(state));
    this.curves.replaceChildren(
      ...curveEntries(state, this.#curves(state)),
      ...ownEntries(own, description.colours),
    );
  }

  /** The half-held sizes of every form on show. */
  #curves(state) {
    const { half_held: all } = this.description;
    return formsOf(state).map((form) => all.filter((each) => each.form === form));
  }

  #showPanel({ section, title, held, answer, ring, scores, learned }, form) {
    section.hidden = form === undefined;
    if (section.hidden) return;
    const { description, state, asked, responses } = this;
    title.textContent = form;
    title.style.borderColor = description.colours[form];
    held.textContent = wordNetworks(description, form, state);
    answer.textContent = wordAnswer(responses[form], asked.trial, description.criterion);
    ring.ariaLabel = `Answer of the ${form} network.`;
    scores.ariaLabel = `Performance in every mapping, ${form} networks of this point.`;
    learned.ariaLabel = `Mean performance over training, ${form} networks of this point.`;
  }

  stop() {
    super.stop();
    this.own.stop();
  }

  // ------------------------------------------------------------------------------------- drawing

  draw() {
    const { state, description, colours, values, limit } = this;
    const { rows } = description;
    const scale = [description.colours[state.form], description.colours.opposite];
    const curves = this.#curves(state);
    const own = this.own.of(formsOf(state));
    const hasFocus = document.activeElement === this.map;
    drawPoints(
      this.map,
      { rows, map: values, state, limit, curves, hasFocus, own },
      { scale, forms: description.colours, ...colours },
    );
    drawBar(this.bar, this, { scale, ...colours });
    formsOf(state).forEach((form, k) => this.#drawPanel(this.panels[k], form));
    const found = Object.entries(this.responses);
    return {
      map: values.flat(),
      scores: scoresAt(description, state, state),
      curves,
      own,
      asked: [this.asked.trial.answer, this.asked.toldAnswer].map(({ angle }) => angle),
      answers: Object.fromEntries(found.map(([form, response]) => [form, plain(response)])),
      isWaiting: found.some(([, response]) => response === undefined),
    };
  }

  #drawPanel({ axes, ring }, form) {
    const { description, state, asked, responses } = this;
    const networks = networksAt(description, form, state);
    const colours = { colour: description.colours[form], ...this.colours };
    const floor = networks.length ? meanOf(networks.map((each) => each.floor)) : 0;
    const { steps, held_at: heldAt } = description;
    drawAnswer(ring, asked, responses[form], colours);
    drawScores(axes.scores, { networks, heldAt, mapping: state.mapping }, colours);
    drawLearned(axes.learned, { networks, steps, floor }, colours);
  }
}

function plain(response) {
  if (!response) return null;
  const { angle, length, fixation, isRight } = response;
  return { angle, length, fixation, isRight };
}

export default { render: rendererOf(Figure) };
