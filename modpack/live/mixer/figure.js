import { taskAnswer } from "../engine/tasks/rules.js";
import { GO } from "../engine/tasks/generation.js";
import { LiveFigure, rendererOf } from "../base/figure.js";
import { networksOf } from "../base/networks.js";
import { choiceEntries } from "../base/choice_areas.js";
import { make } from "../base/panel.js";
import { casesOf, chosenTrial } from "../base/trial.js";
import { TrialControls } from "../base/trial_controls.js";
import {
  contextOf,
  dPrimeOf,
  displayOf,
  fillCurves,
  isPossible,
  mixesOf,
  run,
  schemaOf,
  switchOf,
} from "./compute.js";
import {
  makeBand,
  makeCommitButton,
  makeControls,
  makeDrawButton,
  makeInput,
  makePanels,
} from "./controls.js";
import { drawCurve } from "./picture.js";
import { drawAnswer, drawOutputs, drawOverTime, drawStimuli } from "../base/trial_picture.js";
import { wordAnswer, wordCurve, wordGrid, wordGuess, wordNoise } from "./words.js";

const HEIGHTS = { map: 84, outputs: 76, curve: 104 };

/**
 * The figure: a context on its way between two tasks, and the answers of the networks, of which the left
 * column says to what. How often they choose what over all mixes is shown to who has made a guess.
 */
export class Figure extends LiveFigure {
  static title = "context mixer";

  constructor(model, el, networks) {
    super(model, el, networks);
    this.mixes = mixesOf(this.limits.mix);
    this.forms = networks.forms;
    this.controls = makeControls(this);
    this.trialControls = new TrialControls(this);
    this.again = makeDrawButton(this);
    this.noiseNote = make("p", "modpack-note");
    this.commit = makeCommitButton(this);
    this.input = makeInput(this);
    this.trialControls.dragOn(this.input.ring);
    this.panels = makePanels(this);
    this.#assemble();
  }

  get schema() {
    return schemaOf(this.networks, this.limits);
  }

  isAllowed(state) {
    return isPossible(this.networks, state);
  }

  #assemble() {
    const element = (name) => this.controls[name].element;
    const { title, ring, hint, map, outputs, choices } = this.input;
    element("mix").classList.add("modpack-wide");
    this.strips = makeBand(this, ["curve", "axis"], choices);
    const menus = ["a", "b", "seed"].map(element);
    this.assemble(
      element("mix"),
      makeBand(this, ["ring", "answer"], title, ring, hint),
      make("div", "modpack-guess", {}, element("guess"), this.commit, this.reset),
      this.strips,
      this.fold("Inside the networks", makeBand(this, ["units", "outputs", "time"], map, outputs)),
      this.fold(
        "More controls",
        make("div", "modpack-menus", {}, ...menus),
        this.#makeContextControls(element),
        this.trialControls.element,
      ),
    );
  }

  #makeContextControls(element) {
    const { between } = this.networks;
    const boxes = ["keep_norm", "in_line"].map(element);
    const buttons = make("div", "modpack-buttons", {}, ...boxes, this.again);
    const sliders = ["strength", "noise"].map(element);
    return between
      ? make("p", "modpack-note", { textContent: wordGrid(between) })
      : this.group("Context", ...sliders, this.noiseNote, buttons);
  }

  // ------------------------------------------------------------------------------------ updating

  /** Follow a change of the state. */
  update() {
    const { state, networks } = this;
    const [task, other] = ["a", "b"].map((key) =>
      networks.tasks.find(({ name }) => name === state[key]),
    );
    this.labels = { a: task.label, b: other.label };
    this.trial = chosenTrial(task, networks.preset, state);
    this.b = taskAnswer(other, this.trial.conditions);
    this.context = contextOf(networks, state, state.mix, networks.deviates[state.draw]);
    this.dPrime = dPrimeOf(networks, state);
    this.results = this.#byForm((form) =>
      run(networks.members[form][state.seed], this.context, this.trial, this.b, networks),
    );
    this.cases = casesOf(networks, state);
    this.#prepareDisplays(state);
    this.#beginCurves(state);
    this.#showControls(state, task);
    this.#showWords();
    this.show(() => this.#words(this.state));
  }

  #byForm(of) {
    return Object.fromEntries(this.forms.map((form) => [form, of(form)]));
  }

  #prepareDisplays({ a, seed }) {
    if (!this.isStale("displays", a, seed)) return;
    const { members, contexts, trials } = this.networks;
    this.displays = this.#byForm((form) =>
      displayOf(members[form][seed], contexts[a], trials[a][0]),
    );
  }

  #beginCurves(state) {
    const { a, b, keep_norm, strength, noise, in_line, seed, committed } = state;
    if (!this.isStale("curves", a, b, keep_norm, strength, noise, in_line, seed, committed)) return;
    this.curves = this.#byForm(() => new Array(this.mixes.length).fill(null));
    this.isComplete = !committed;
    this.worker.begin(committed ? this.#curveWork(state) : [].values());
  }

  *#curveWork(state) {
    yield* fillCurves(this.networks, state, this.cases, this.mixes, this.curves);
    this.isComplete = true;
    this.say(() => this.#words(this.state));
  }

  #showControls(state, task) {
    const { controls } = this;
    const opponents = this.networks.opponents[state.a];
    Object.entries(controls).forEach(([name, { show }]) => show(state[name]));
    controls.b.show(state.b, (name) => opponents.includes(name));
    this.trialControls.show(state, task);
    this.strips.hidden = !state.committed;
    this.commit.disabled = controls.guess.input.disabled = state.committed;
    this.again.disabled = state.noise === 0;
    controls.in_line.input.disabled = state.noise === 0;
    this.noiseNote.textContent = wordNoise(state, this.dPrime);
  }

  #showWords() {
    const { labels, input, networks } = this;
    input.title.textContent = `${labels.a} trial`;
    input.hint.textContent = `Drag a stimulus. Answers: ● ${labels.a}, ○ ${labels.b}.`;
    this.#showChoices();
    for (const form of this.forms) {
      const { answer, axis, curve, time } = this.panels[form];
      const ends = `${labels.a} or ${labels.b}, or what else it does`;
      curve.ariaLabel = `How often the ${form} network answers as ${ends}, by mix.`;
      answer.textContent = wordAnswer(this.results[form], labels, networks.criterion);
      axis.replaceChildren(...spans(labels.a, labels.b));
      time.replaceChildren(...spans("0", `${this.trial.end * networks.preset.dt} ms`));
    }
  }

  #showChoices() {
    const entries = choiceEntries(this.labels, this.model.get("choice_colours"));
    const title = make("i", "", { textContent: `Choices in ${this.cases.length} trials, by mix ` });
    this.input.choices.replaceChildren(title, ...entries);
  }

  #words(state) {
    const { labels, networks } = this;
    const choices = state.committed ? this.#wordChoices(state) : () => "";
    const answers = this.forms.map((form) => {
      const answer = wordAnswer(this.results[form], labels, networks.criterion);
      return `${form}: ${answer}${choices(form)}`;
    });
    const guess = state.committed && this.isComplete ? this.#wordGuess(state) : "";
    const noise = wordNoise(state, this.dPrime);
    return `Mix ${state.mix.toFixed(2)} of ${labels.a} and ${labels.b}. ${noise} ${answers.join(". ")}. ${guess}`;
  }

  #wordChoices({ mix }) {
    const here = Math.round(mix * (this.mixes.length - 1));
    const [start, { labels, curves }] = [`; over ${this.cases.length} trials `, this];
    return (form) => start + wordCurve(curves[form][here], labels);
  }

  #wordGuess({ guess }) {
    const switches = this.#byForm((form) => switchOf(this.curves[form], this.mixes));
    return wordGuess(guess, switches, this.labels);
  }

  // ------------------------------------------------------------------------------------- drawing

  /** Draw everything anew; returns what is on show. */
  draw() {
    const { trial, state } = this;
    this.#drawInput(this.colours);
    this.forms.forEach((form) => this.#drawPanel(form, state, this.colours));
    const answers = this.#byForm((form) => {
      const { choice, decoded } = this.results[form];
      return { choice, ...decoded };
    });
    return {
      context: [...this.context],
      dPrime: this.dPrime,
      angles: trial.conditions.angle,
      onsets: trial.onsets,
      answers,
      guess: state.guess,
      isCommitted: state.committed,
      curves: this.curves,
      isComplete: this.isComplete,
    };
  }

  #drawInput({ ink, paper }) {
    const { trial, input } = this;
    const steps = trial.end;
    const channels = trial.patterns[0].length;
    const value = (k) => trial.patterns[trial.epochIndex[k % steps]][Math.floor(k / steps)];
    drawStimuli(input.ring, trial, ink, paper);
    drawOverTime(input.map, HEIGHTS.map, channels, steps, trial.onsets[GO], value, ink, ink);
  }

  #drawPanel(form, state, { ink }) {
    const { trial, networks, mixes } = this;
    const { ring, units, outputs, curve } = this.panels[form];
    const { order, darkest } = this.displays[form];
    const [result, colour, n] = [this.results[form], networks.colours[form], order.length];
    const { end: steps, onsets } = trial;
    const { cos, sin } = this.model.get("outputs");
    const rate = (k) => result.states[(k % steps) * n + order[Math.floor(k / steps)]] / darkest;
    drawAnswer(ring, result, { trial, b: this.b, criterion: networks.criterion }, colour, ink);
    drawOverTime(units, HEIGHTS.map, n, steps, onsets[GO], rate, colour, ink);
    drawOutputs(outputs, HEIGHTS.outputs, result, onsets[GO], [ink, cos, sin]);
    const colours = this.model.get("choice_colours");
    drawCurve(curve, HEIGHTS.curve, mixes, this.curves[form], state, colours, ink);
  }
}

const spans = (...texts) => texts.map((textContent) => make("span", "", { textContent }));

export default { render: rendererOf(Figure, networksOf) };
