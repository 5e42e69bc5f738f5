import { LiveFigure, rendererOf } from "../base/figure.js";
import { make, makeButton } from "../base/panel.js";
import { BORDERS, IN_ORDER } from "../base/strokes.js";
import {
  NOTHING,
  PLACES,
  UNDECIDED,
  formsOf,
  isOutcome,
  isPossible,
  modulatorsOf,
  networkOf,
  outputsIn,
  schemaOf,
  told,
  trialsOf,
} from "./compute.js";
import { Predictions, makeControls, makeNote, makePanels } from "./controls.js";
import { drawCurve, drawModulators, drawTasks } from "./picture.js";
import { Race } from "./race.js";
import { Taking } from "./taking.js";
import { wordButton, wordRun, words } from "./words.js";

/** What other figures of the page may know of a run. */
const summaryOf = ({ form, config, report }) => ({
  ...{ form, names: config.tasks.map(({ name }) => name), nNeurons: config.nNeurons },
  ...{ contextNoise: config.contextNoise, seed: config.seed, performance: report.performance },
});

const tell = (run) =>
  window.dispatchEvent(new CustomEvent("modpack-trained", { detail: summaryOf(run) }));

/** The figure: what to learn and how, then a panel for each of the networks that learn it. */
export class Figure extends LiveFigure {
  static title = "training bench";

  constructor(model, el) {
    super(model, el);
    this.description = model.get("description");
    this.schema = schemaOf(this.description, this.limits);
    this.taking = new Taking(this, el);
    this.#build();
    this.sight = new IntersectionObserver(([entry]) => entry.isIntersecting || this.race?.pause());
    this.sight.observe(this.root);
    this.onHidden = () => document.hidden && this.race?.pause();
    document.addEventListener("visibilitychange", this.onHidden);
  }

  isAllowed(state) {
    return isPossible(this.description, state);
  }

  /** The state without what is predicted. */
  get configuration() {
    const { last: _last, learn: _learn, ...configuration } = this.state;
    return configuration;
  }

  // ------------------------------------------------------------------------------------ building

  #build() {
    this.controls = makeControls(this);
    this.#forgetPredictions();
    this.predictions = new Predictions(this);
    this.train = makeButton("Train", () => this.#toggle());
    this.step = makeButton("One step", () => this.race.step());
    for (const button of [this.train, this.step]) button.dataset.keepsState = "true";
    this.reset.addEventListener("click", () => {
      this.#restart(); // also where nothing else is chosen
      this.update();
    });
    Object.assign(this, makePanels(this));
    const { tasks, n_neurons: neurons, ...others } = this.controls;
    const elements = Object.values(others).map(({ element }) => element);
    this.assemble(
      make("div", "modpack-menus", {}, tasks.element, neurons.element),
      this.predictions.element,
      make("div", "modpack-buttons", {}, this.train, this.reset),
      makeNote(),
      this.grid,
      this.fold("More controls", make("div", "modpack-menus", {}, ...elements), this.step),
      this.taking.element,
      this.taking.notice,
    );
  }

  /** What was predicted of other tasks, or of more networks, is predicted no longer. */
  #forgetPredictions() {
    const { controls } = this;
    controls.tasks.input.addEventListener("change", () => this.set({ last: UNDECIDED }));
    for (const place of PLACES)
      controls[place].input.addEventListener("change", () => {
        const { learn } = this.state;
        if (!isOutcome(learn, formsOf(this.state).length)) this.set({ learn: UNDECIDED });
      });
  }

  // ------------------------------------------------------------------------------------ training

  #toggle() {
    if (this.race.isTraining) this.race.pause();
    else {
      if (this.race.isFinished) this.#restart();
      this.race.run();
    }
  }

  /** Begin anew with what is chosen. */
  #restart() {
    this.race?.stop();
    this.race = new Race(this.model.get("worker"), this.description, this.state, () =>
      this.update(),
    );
    this.trials = trialsOf(this.race.runs[0].config);
  }

  // ------------------------------------------------------------------------------------ updating

  update() {
    const { state } = this;
    this.#showControls(state);
    if (this.isStale("runs", this.configuration)) this.#restart();
    const { race } = this;
    this.train.textContent = wordButton(race, state);
    this.step.disabled = race.isTraining || race.isFinished;
    this.predictions.element.disabled = race.isBegun; // a guess comes first
    this.grid.style.setProperty("--modpack-columns", race.runs.length);
    this.panels.forEach((panel, k) => this.#showPanel(panel, race.runs[k]));
    this.taking.show();
    if (race.isFinished && race.isAtRest && this.isStale("told", race.runs.map(summaryOf)))
      race.runs.forEach(tell);
    const { tasks } = this.description.sets[state.tasks];
    this.show(() => words(race, this.labels, this.state, tasks));
  }

  #showControls(state) {
    const { controls } = this;
    for (const place of PLACES) {
      const others = formsOf({ ...state, [place]: NOTHING });
      controls[place].show(state[place], (form) => !others.includes(form));
    }
    for (const name of ["tasks", "n_neurons", "context_noise"]) controls[name].show(state[name]);
    controls.seed.show(String(state.seed));
    this.predictions.show(state);
  }

  get labels() {
    return this.race.runs[0].config.tasks.map(({ label }) => label);
  }

  #showPanel(panel, run) {
    panel.section.hidden = run === undefined;
    if (run === undefined) return;
    panel.title.textContent = run.form;
    panel.title.style.borderColor = this.description.colours[run.form];
    panel.title.style.borderBottomStyle = BORDERS.get(IN_ORDER[this.#likeBefore(run)]);
    panel.said.textContent = wordRun(run, this.labels);
  }

  /** How many runs before one have its colour: their lines differ in their strokes. */
  #likeBefore(run) {
    const { colours } = this.description;
    const before = this.race.runs.slice(0, this.race.runs.indexOf(run));
    return before.filter(({ form }) => colours[form] === colours[run.form]).length;
  }

  // ------------------------------------------------------------------------------------- drawing

  /** Draw everything anew; returns what is on show. */
  draw() {
    const { last, learn } = this.state; // what the reader predicts
    return {
      last,
      learn,
      runs: this.race.runs.map((run, k) => this.#drawPanel(this.panels[k], run)),
    };
  }

  #drawPanel({ tasks, axes, hint, modulators }, run) {
    const { form, config, report } = run;
    const colours = {
      ...{ colour: this.description.colours[form], dash: IN_ORDER[this.#likeBefore(run)] },
      ...this.colours,
    };
    const network = networkOf(config, report);
    const trials = outputsIn(network, this.trials, config.contexts);
    const performance = report?.performance ?? this.labels.map(() => 0);
    const rows = this.labels.map((label, k) => ({
      ...{ label, trial: trials[k], performance: performance[k] },
    }));
    drawTasks(tasks, rows, colours);
    tasks.ariaLabel = `Tasks of the ${form} network: ${wordRun(run, this.labels)}.`;
    axes.x.limits = [0, run.steps];
    const curve = told(run.reports);
    drawCurve(axes, curve, colours);
    axes.canvas.ariaLabel = `Learning curve of the ${form} network, ${run.reports.length} points.`;
    const shown = modulatorsOf(network);
    hint.textContent = `modulators ${shown.names.join(", ")}: a row for every task, a column for every neuron`;
    modulators.ariaLabel = `Sizes of the modulators of the ${form} network.`;
    drawModulators(modulators, shown, colours);
    const { tasks: learned, nNeurons, contextNoise, seed } = config;
    return {
      ...{ form, nNeurons, contextNoise, seed, performance },
      tasks: learned.map(({ name }) => name),
      step: report?.step ?? 0,
      losses: curve.losses,
    };
  }

  stop() {
    super.stop();
    this.race?.stop();
    this.taking.close();
    this.sight.disconnect();
    document.removeEventListener("visibilitychange", this.onHidden);
  }
}

export default { render: rendererOf(Figure) };
