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
    this.test = null; // what is being evaluated, and the performance in tasks so far
  }

  get finished() {
    return this.trainer.finished && this.test === null;
  }

  /** Train and test until something is to be told, or for some milliseconds; returns a report, or null. */
  advance(milliseconds) {
    const until = performance.now() + milliseconds;
    while (!this.finished && performance.now() < until) {
      if (this.test === null) this.#train();
      else if (this.#testNext()) return this.#report();
    }
    return null;
  }

  /** One step, and a report; null after the last. */
  step() {
    if (this.finished) return null;
    if (this.test === null) this.#train();
    this.test ??= this.#begun();
    while (!this.#testNext());
    return this.#report();
  }

  #train() {
    this.losses.push(this.trainer.advance());
    const isDue = this.trainer.step % this.every === 0 || this.trainer.finished;
    if (isDue) this.test = this.#begun();
  }

  #begun() {
    const count = this.trainer.finished ? this.atEnd : this.trials;
    return { tasks: this.trainer.evaluations(count), performance: [] };
  }

  /** Test one more task; whether that was the last. */
  #testNext() {
    const { value, done } = this.test.tasks.next();
    if (!done) this.test.performance.push(value);
    return done;
  }

  /** Where the run is: the mean loss since the last report, performance per task, and a copy of all tensors. */
  #report() {
    const loss = this.losses.reduce((sum, each) => sum + each, 0) / this.losses.length;
    const { step, network } = this.trainer;
    const copies = Object.entries(network.tensors).map(([name, { shape, data }]) => [
      name,
      { shape, data: data.slice() },
    ]);
    const report = { step, loss, performance: this.test.performance };
    Object.assign(this, { losses: [], test: null });
    return { ...report, tensors: Object.fromEntries(copies) };
  }
}
