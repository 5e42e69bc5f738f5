import { REPORTS, configOf, formsOf } from "./compute.js";
import { Runner } from "./runner.js";

const AT_ONCE = 2; // networks that learn at any one time, to spare a battery

const stepOf = ({ report }) => report?.step ?? 0;

/** The networks that learn side by side. `onChange` hears whenever something is to be shown. */
export class Race {
  constructor(script, description, state, onChange) {
    this.onChange = onChange;
    this.isRunning = false;
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
    this.#takeTurns();
    this.onChange();
  }

  /** Let those learn that are behind, as many as may at once, and the others wait. */
  #takeTurns() {
    const left = this.runs.filter(({ isFinished }) => !isFinished);
    const order = left.toSorted((first, second) => stepOf(first) - stepOf(second));
    for (const [k, { runner }] of order.entries())
      if (this.isRunning && k < AT_ONCE) runner.run();
      else runner.pause();
  }

  get isBegun() {
    return this.isRunning || this.runs.some(({ report }) => report);
  }

  get isTraining() {
    return this.isRunning && !this.isFinished;
  }

  get isFinished() {
    return this.runs.every(({ isFinished }) => isFinished);
  }

  /** Whether every network has learned something, and none is learning now. */
  get isAtRest() {
    return !this.isTraining && this.runs.every(({ report, error }) => report && !error);
  }

  run() {
    this.#turn(true);
  }

  pause() {
    if (this.isTraining) this.#turn(false);
  }

  #turn(isRunning) {
    this.isRunning = isRunning;
    this.#takeTurns();
    this.onChange();
  }

  step() {
    for (const { runner, isFinished } of this.runs) if (!isFinished) runner.step();
  }

  stop() {
    this.isOver = true;
    for (const { runner } of this.runs) runner.stop();
  }
}
