import { Axes } from "../base/axes.js";
import { LiveFigure, rendererOf } from "../base/figure.js";
import { make, makeButton } from "../base/panel.js";
import {
  NOTHING,
  REPORTS,
  SEEDS,
  configOf,
  formsOf,
  isPossible,
  modulatorsOf,
  networkOf,
  outputsIn,
  schemaOf,
  told,
  trialsOf,
} from "./compute.js";
import { drawCurve, drawModulators, drawTasks } from "./picture.js";
import { Runner } from "./runner.js";
import { wordRun, words } from "./words.js";

/** The figure: what to learn and how, then a panel for each of one or two networks that learn it. */
export class Figure extends LiveFigure {
  static title = "training bench";

  constructor(model, el) {
    super(model, el);
    this.description = model.get("description");
    this.schema = schemaOf(this.description, this.limits);
    this.runs = [];
    this.#build();
    this.sight = new IntersectionObserver(([entry]) => entry.isIntersecting || this.#pause());
    this.sight.observe(this.root);
    this.onHidden = () => document.hidden && this.#pause();
    document.addEventListener("visibilitychange", this.onHidden);
  }

  isAllowed(state) {
    return isPossible(state);
  }

  // ------------------------------------------------------------------------------------ building

  #build() {
    const { sets, forms } = this.description;
    const named = (names) => names.map((name) => [name, name]);
    this.controls = {
      tasks: this.menu(
        "tasks",
        "Tasks",
        Object.entries(sets).map(([key, { label }]) => [key, label]),
      ),
      first: this.menu("first", "First network", named(forms)),
      second: this.menu("second", "Second network", [...named(forms), [NOTHING, "no second one"]]),
      n_neurons: this.slider("n_neurons", "neurons"),
      context_noise: this.slider("context_noise", "noise on the context"),
      seed: this.menu(
        "seed",
        "Seed",
        named(Array.from({ length: SEEDS }, (_, k) => String(k))),
        Number,
      ),
    };
    this.train = makeButton("Train", () => this.#toggle());
    this.step = makeButton("One step", () => this.runs.forEach(({ runner }) => runner.step()));
    for (const button of [this.train, this.step]) button.dataset.keepsState = "true";
    const elements = Object.values(this.controls).map(({ element }) => element);
    this.assemble(
      make("div", "modpack-menus", {}, ...elements),
      make("div", "modpack-buttons", {}, this.train, this.step, this.reset),
      this.#buildPanels(),
    );
  }

  #buildPanels() {
    this.panels = [0, 1].map(() => {
      const [title, said] = [make("p", "modpack-title"), make("p", "modpack-answer")];
      const [tasks, curve, modulators] = ["tasks", "curve", "modulators"].map((name) =>
        this.canvas(`modpack-${name}`),
      );
      const named = make("p", "modpack-hint");
      const section = make("section", "", {}, title, said, tasks, curve, named, modulators);
      const axes = new Axes(
        curve,
        { label: "training step" },
        { limits: [0, 1.05], label: "right; loss" },
      );
      return { section, title, said, tasks, axes, named, modulators };
    });
    this.grid = make("div", "modpack-panels", {}, ...this.panels.map(({ section }) => section));
    const what = make("p", "modpack-note", {
      textContent:
        "Rows: the outputs in one trial of each task (solid fixation, dashed cosine, dotted sine of the answer; thin: as " +
        "they should be), and the fraction of 25 fresh trials that is right; dashed line: 90 %. Curve, thick: mean of the " +
        "bars; thin: loss, as a fraction of the first.",
    });
    return make("div", "", {}, this.grid, what);
  }

  // ------------------------------------------------------------------------------------ training

  get isTraining() {
    return this.runs.some(({ runner, isFinished }) => runner.isRunning && !isFinished);
  }

  #toggle() {
    if (this.isTraining) this.#pause();
    else if (this.runs.every(({ isFinished }) => isFinished)) this.#restart(true);
    else this.#resume();
  }

  #resume() {
    for (const { runner, isFinished } of this.runs) if (!isFinished) runner.run();
    this.update();
  }

  #pause() {
    if (!this.isTraining) return;
    for (const { runner } of this.runs) runner.pause();
    this.update();
  }

  /** Begin anew with what is chosen. */
  #restart(atOnce = false) {
    this.#end();
    const { description, state } = this;
    this.runs = formsOf(state).map((form) => {
      const config = configOf(description, state, form);
      const { steps } = config.recipe;
      const run = {
        form,
        config,
        steps,
        reports: [],
        report: null,
        error: null,
        isFinished: false,
      };
      const hear = (report) => this.#hear(run, report);
      return Object.assign(run, {
        runner: new Runner(this.model.get("script"), config, REPORTS, hear),
      });
    });
    this.trials = trialsOf(this.runs[0].config);
    if (atOnce) this.#resume();
  }

  #hear(run, { error, ...report }) {
    if (!this.runs.includes(run)) return; // it was told before another began
    if (error) run.error = error;
    else {
      run.reports.push(report);
      run.report = report;
    }
    run.isFinished = Boolean(error) || report.step >= run.steps;
    this.update();
  }

  #end() {
    for (const { runner } of this.runs) runner.stop();
    this.runs = [];
  }

  // ------------------------------------------------------------------------------------ updating

  update() {
    const { state, controls } = this;
    controls.first.show(state.first, (form) => form !== state.second);
    controls.second.show(state.second, (form) => form !== state.first);
    for (const name of ["tasks", "n_neurons", "context_noise"]) controls[name].show(state[name]);
    controls.seed.show(String(state.seed));
    if (this.isStale("runs", state)) this.#restart();
    this.train.textContent = this.isTraining ? "Pause" : "Train";
    this.step.disabled = this.isTraining;
    this.grid.style.setProperty("--modpack-columns", this.runs.length);
    this.panels.forEach((panel, k) => this.#showPanel(panel, this.runs[k]));
    this.show(() => words(this.runs, this.labels));
  }

  get labels() {
    return this.runs[0].config.tasks.map(({ label }) => label);
  }

  #showPanel(panel, run) {
    panel.section.hidden = run === undefined;
    if (run === undefined) return;
    panel.title.textContent = run.form;
    panel.title.style.borderColor = this.description.colours[run.form];
    panel.said.textContent = wordRun(run, this.labels);
  }

  // ------------------------------------------------------------------------------------- drawing

  /** Draw everything anew; returns what is on show. */
  draw() {
    return { runs: this.runs.map((run, k) => this.#drawPanel(this.panels[k], run)) };
  }

  #drawPanel({ tasks, axes, named, modulators }, run) {
    const { form, config, report } = run;
    const colours = { colour: this.description.colours[form], ...this.colours };
    const network = networkOf(config, report);
    const trials = outputsIn(network, this.trials, config.contexts);
    const performance = report?.performance ?? this.labels.map(() => 0);
    const rows = this.labels.map((label, k) => ({
      label,
      trial: trials[k],
      performance: performance[k],
    }));
    drawTasks(tasks, rows, colours);
    tasks.ariaLabel = `Tasks of the ${form} network: ${wordRun(run, this.labels)}.`;
    axes.x.limits = [0, run.steps];
    const curve = told(run.reports);
    drawCurve(axes, curve, colours);
    axes.canvas.ariaLabel = `Learning curve of the ${form} network, ${run.reports.length} points.`;
    const shown = modulatorsOf(network);
    named.textContent = `modulators ${shown.names.join(", ")}: a row for every task, a column for every neuron`;
    modulators.ariaLabel = `Sizes of the modulators of the ${form} network.`;
    drawModulators(modulators, shown, colours);
    const { tasks: learned, nNeurons, contextNoise, seed } = config;
    return {
      form,
      tasks: learned.map(({ name }) => name),
      nNeurons,
      contextNoise,
      seed,
      step: report?.step ?? 0,
      performance,
      losses: curve.losses,
    };
  }

  stop() {
    super.stop();
    this.#end();
    this.sight.disconnect();
    document.removeEventListener("visibilitychange", this.onHidden);
  }
}

export default { render: rendererOf(Figure) };
