const LONGEST_GAP = 1000; // ms between two frames that are made up for

/**
 * Lets trials pass, so many in a second, until the reader stops it or the figure goes out of sight.
 *
 * Where pressing the button brings it into sight, that is known some frames later.
 */
export class Player {
  constructor(figure) {
    this.figure = figure;
    this.frame = null;
  }

  get isPlaying() {
    return this.frame !== null;
  }

  start() {
    this.before = performance.now();
    this.owed = 1; // the first trial at once
    this.wasInSight = false;
    this.#next();
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.frame = null;
  }

  #next() {
    this.frame = requestAnimationFrame((now) => this.#move(now));
  }

  #move(now) {
    const { figure } = this;
    const { inSight } = figure.worker;
    const isOver = this.wasInSight && !inSight;
    this.wasInSight ||= inSight;
    if (isOver) {
      this.stop();
      figure.update();
      return;
    }
    const since = Math.min(Math.max(now - this.before, 0), LONGEST_GAP);
    this.before = now;
    this.owed += (since / 1000) * figure.state.speed;
    const trials = Math.floor(this.owed);
    this.owed -= trials;
    if (trials > 0) figure.pass(trials);
    this.#next();
  }
}
