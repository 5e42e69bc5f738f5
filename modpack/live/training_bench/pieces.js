import { Session } from "../engine/training/session.js";

/** One run in pieces of some milliseconds; `onReport` hears its reports, or an error in words, which ends it. */
export class Pieces {
  constructor(milliseconds, onReport) {
    Object.assign(this, { milliseconds, onReport, timer: null, isRunning: false });
  }

  start(config, options) {
    this.session = new Session(config, options);
  }

  run() {
    this.isRunning = true;
    this.timer ??= setTimeout(() => this.#turn());
  }

  pause() {
    this.isRunning = false;
    clearTimeout(this.timer);
    this.timer = null;
  }

  step() {
    this.#tell(() => this.session.step());
  }

  stop() {
    this.pause();
  }

  #turn() {
    this.timer = null;
    this.#tell(() => this.session.advance(this.milliseconds));
    if (this.isRunning && !this.session.finished) this.run(); // who heard the report may have said to pause
  }

  /** Tell what an action returns, if anything. */
  #tell(action) {
    try {
      const report = action();
      if (report) this.onReport(report);
    } catch (error) {
      this.pause();
      this.onReport({ error: error.message });
    }
  }
}
