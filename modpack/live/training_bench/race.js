import { REPORTS, configOf, formsOf } from "./compute.js";
import { Runner } from "./runner.js";

/** The one or two networks that learn side by side. `onChange` hears whenever something is to be shown. */
export class Race {
  constructor(script, description, state, onChange) {
    this.onChange = onChange;
    this.runs = formsOf(state).map((form) =>
      this.#begin(script, form, configOf(description, state, form)),
    );
  }

  #begin(script, form, config) {
    const { steps } = config.recipe;
    const run = { form, config, steps, reports: [], report: null, error: null, isFinished: false };
    run.runner = new Runner(script, config, REPORTS, (told) => this.#hear(run, told));
    return run;
  }

  #hear(run, { error, ...report }) {
    if (this.isOver) return; // it was told before the end
    if (error) run.error = error;
    else {
      run.reports.push(report);
      run.report = report;
    }
    run.isFinished = Boolean(error) || report.step >= run.steps;
    this.onChange();
  }

  get isTraining() {
    return this.runs.some(({ runner, isFinished }) => runner.isRunning && !isFinished);
  }

  get isFinished() {
    return this.runs.every(({ isFinished }) => isFinished);
  }

  /** Whether every network has learned something, and none is learning now. */
  get isAtRest() {
    return !this.isTraining && this.runs.every(({ report, error }) => report && !error);
  }

  #each(act) {
    for (const { runner, isFinished } of this.runs) if (!isFinished) act(runner);
    this.onChange();
  }

  run() {
    this.#each((runner) => runner.run());
  }

  step() {
    this.#each((runner) => runner.step());
  }

  pause() {
    if (this.isTraining) this.#each((runner) => runner.pause());
  }

  stop() {
    this.isOver = true;
    for (const { runner } of this.runs) runner.stop();
  }
}
