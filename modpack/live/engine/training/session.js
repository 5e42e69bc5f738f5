import { Trainer } from "./trainer.js";

/** A training run in pieces, and what is told of it now and then. */
export class Session {
  /**
   * @param config as a Trainer takes it.
   * @param every steps between two reports, which test the network on so many `trials` of each task; the last
   *   report on as many as `atEnd`.
   */
  constructor(config, { every, trials, atEnd = trials }) {
    Object.assign(this, { every, trials, atEnd });
    this.trainer = new Trainer(config);
    this.losses = [];
  }

  get finished() {
    return this.trainer.finished;
  }

  /** Train until something is to be told, or for some milliseconds; returns a report, or null. */
  advance(milliseconds) {
    const until = performance.now() + milliseconds;
    while (!this.finished && performance.now() < until) {
      this.losses.push(this.trainer.advance());
      if (this.trainer.step % this.every === 0 || this.finished) return this.report();
    }
    return null;
  }

  /** One step, and a report; null after the last. */
  step() {
    if (this.finished) return null;
    this.losses.push(this.trainer.advance());
    return this.report();
  }

  /** Where the run is: the mean loss since the last report, performance per task, and a copy of all tensors. */
  report() {
    const loss = this.losses.reduce((sum, each) => sum + each, 0) / this.losses.length;
    this.losses = [];
    const { step, network } = this.trainer;
    const copies = Object.entries(network.tensors).map(([name, { shape, data }]) => [
      name,
      { shape, data: data.slice() },
    ]);
    const performed = this.trainer.evaluate(this.finished ? this.atEnd : this.trials);
    return { step, loss, performance: performed, tensors: Object.fromEntries(copies) };
  }
}
