import { Axes } from "../base/axes.js";
import { choiceEntries } from "../base/choice_areas.js";
import { LiveFigure, rendererOf } from "../base/figure.js";
import { networksOf } from "../base/networks.js";
import { listenToDrags, make, makeButton, makeMenu } from "../base/panel.js";
import { BORDERS } from "../base/strokes.js";
import { drawAnswer, drawStimuli } from "../base/trial_picture.js";
import { isNoise, isPossible, measured, nearestTo, schemaOf, shownOf } from "./compute.js";
import { drawContext, drawPath, drawRegrets, lookOf } from "./picture.js";
import { OPERATORS, SCHEDULES, wordAnswer, wordBound, wordDecoder, words } from "./words.js";

/** The figure: what the table says over levels, and beside it one network in one trial at the level on show. */
export class Figure extends LiveFigure {
  static title = "robustness to an ambiguous context";

  constructor(model, el, networks) {
    super(model, el, networks);
    this.options = model.get("options");
    this.labelOf = Object.fromEntries(networks.tasks.map(({ name, label }) => [name, label]));
    this.#makeControls();
    this.#makePanels();
    this.#build();
  }

  get schema() {
    return schemaOf(this.networks, this.options, this.limits);
  }

  isAllowed(state) {
    return isPossible(this.options, state);
  }

  // ------------------------------------------------------------------------------------ building

  #makeControls() {
    const { bounds, d_primes: dPrimes, forms, pairs } = this.options;
    const levels = bounds.map((bound, k) => [String(bound), wordBound(bound, dPrimes[k])]);
    const named = pairs.map(([a, b]) => [
      `${a} ${b}`,
      `${this.labelOf[a]}, not ${this.labelOf[b]}`,
    ]);
    const setPair = (text) => {
      const [a, b] = text.split(" ");
      this.set({ a, b });
    };
    this.controls = {
      operator: this.menu("operator", "Ambiguous by", Object.entries(OPERATORS)),
      bound: this.menu("bound", "Level: right answers of a decoder of two", levels, Number),
      mix: this.slider("mix", "mix"),
      strength: this.slider("strength", "strength of the context"),
      schedule: this.menu("schedule", "Trained with", Object.entries(SCHEDULES)),
      form: this.menu(
        "form",
        "Form",
        forms.map((name) => [name, name]),
      ),
      others: this.checkbox("others", "draw the other forms"),
      pair: makeMenu({ label: "Trials of", options: named, onInput: setPair }),
    };
    const count = this.networks.deviates.length;
    this.again = makeButton("Draw another trial", () =>
      this.set({ draw: (this.state.draw + 1) % count }),
    );
  }

  #makePanels() {
    const part = () => make("p", "modpack-hint");
    this.curves = this.canvas("modpack-levels");
    listenToDrags(this.curves, (event) => this.#chooseLevel(event));
    this.axes = new Axes(this.curves, { limits: [0, 1], label: "" }, { limits: [0, 1], label: "" });
    this.legend = make("p", "modpack-legend");
    this.trial = {
      title: make("p", "modpack-title"),
      context: this.canvas("modpack-told", "The context that the network is told, task by task."),
      told: part(),
      stimuli: this.canvas("modpack-ring", "Directions of the stimuli on a ring."),
      ring: this.canvas("modpack-ring", "Answer of the network as an arrow."),
      answer: make("p", "modpack-answer"),
      decoder: part(),
    };
  }

  /** Take the level nearest to the pointer. */
  #chooseLevel(event) {
    const { operator } = this.state;
    const { positions } = this.shown;
    const nearest = nearestTo(positions, this.axes.pointedAt(event)[0]);
    if (isNoise(operator)) this.set({ bound: this.options.bounds[nearest] });
    else this.set({ [operator]: positions[nearest] });
  }

  #build() {
    const { operator, bound, mix, strength, schedule, form, others, pair } = this.controls;
    const { title, context, told, stimuli, ring, answer, decoder } = this.trial;
    const rings = make("div", "modpack-rings", {}, stimuli, ring);
    this.assemble(
      make(
        "div",
        "modpack-menus",
        {},
        operator.element,
        bound.element,
        mix.element,
        strength.element,
        form.element,
        this.reset,
      ),
      make(
        "div",
        "modpack-panels",
        {},
        make("section", "", {}, this.legend, this.curves),
        make("section", "", {}, title, told, context, rings, answer, decoder, this.again),
      ),
      this.fold(
        "More controls",
        make("div", "modpack-menus", {}, schedule.element, pair.element, others.element),
      ),
    );
  }

  // ------------------------------------------------------------------------------------ updating

  update() {
    const { state, networks, options } = this;
    this.labels = { a: this.labelOf[state.a], b: this.labelOf[state.b] };
    this.shown = shownOf(this.model.get("curves"), options, state);
    this.result = measured(networks, options, state);
    this.#showControls(state);
    this.#showWords(state);
    const { criterion } = networks;
    this.show(() => words(this.state, { ...this, criterion }));
  }

  #showControls(state) {
    const { pair, ...rest } = this.controls;
    Object.entries(rest).forEach(([name, control]) => control.show(state[name]));
    pair.show(`${state.a} ${state.b}`);
    const needs = { bound: isNoise(state.operator), others: isNoise(state.operator) };
    for (const name of ["mix", "strength"]) needs[name] = state.operator === name;
    Object.entries(needs).forEach(([name, isNeeded]) => {
      this.controls[name].element.hidden = !isNeeded;
    });
  }

  #showWords(state) {
    const { labels, result, networks, legend, trial } = this;
    const [title, ...entries] = isNoise(state.operator)
      ? this.#formEntries()
      : this.#choiceEntries();
    legend.replaceChildren(make("i", "", { textContent: title }), ...entries);
    this.curves.ariaLabel = isNoise(state.operator)
      ? "Regret over the size of the noise, by form. Drag to another level."
      : "How often each choice is made along the path of contexts. Drag to another level.";
    trial.title.textContent = `One trial of ${labels.a}, ${state.form} network`;
    trial.title.style.borderColor = networks.colours[state.form];
    const isTold = isNoise(state.operator) && state.schedule === "belief";
    trial.told.textContent = `Bars: what it is told${isTold ? " (its belief); outlines: the cue" : ""}. Rings: what is shown; answers of ● ${labels.a}, ○ ${labels.b}.`;
    trial.answer.textContent = `Network: ${wordAnswer(result, labels, networks.criterion)}`;
    trial.decoder.textContent = `Decoder: ${wordDecoder(result.decoder)}`;
  }

  #formEntries() {
    const { colours } = this.networks;
    const { forms } = this.options;
    const entries = forms.map((form) => {
      const mark = make("span", "modpack-stroke");
      const borderTopStyle = BORDERS.get(lookOf(forms, form));
      Object.assign(mark.style, { color: colours[form], borderTopStyle });
      return make("span", "", {}, mark, `${form} (${this.shown.forms[form].n})`);
    });
    return [
      "Mean regret, networks in brackets; of the chosen form with 95 % intervals",
      ...entries,
    ];
  }

  #choiceEntries() {
    const entries = choiceEntries(this.labels, this.model.get("choice_colours"));
    const { n } = this.shown.forms[this.state.form];
    return [`What ${n} networks do, in the mean; 95 % interval of the lowest area`, ...entries];
  }

  // ------------------------------------------------------------------------------------- drawing

  /** Draw everything anew; returns what is on show. */
  draw() {
    const { state, shown, result, networks, axes, trial } = this;
    const { ink, paper } = this.colours;
    const colour = networks.colours[state.form];
    if (isNoise(state.operator)) {
      const { forms: order } = this.options;
      drawRegrets(axes, shown, state, { order, colours: networks.colours, ink });
    } else {
      const label = state.operator === "mix" ? "mix" : "strength of the context";
      drawPath(axes, shown, state, { choices: this.model.get("choice_colours"), ink }, label);
    }
    const labels = networks.tasks.map(({ label }) => label);
    drawContext(trial.context, { ...result, labels }, { colour, ink });
    drawStimuli(trial.stimuli, result.trial, ink, paper);
    const about = { trial: result.trial, b: result.b, criterion: networks.criterion };
    drawAnswer(trial.ring, result, about, colour, ink);
    const { cue, told, decoded, choice, isRight, decoder } = result;
    return {
      ...{ cue: [...cue], told: [...told], choice, isRight, ...decoded, decoder },
      angles: result.trial.conditions.angle,
      curve: shown.forms[state.form].mean[shown.at],
      forms: state.others && isNoise(state.operator) ? this.options.forms : [state.form],
    };
  }
}

export default { render: rendererOf(Figure, networksOf) };
