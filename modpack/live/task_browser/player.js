/**
 * Plays a trial: moves the time on until its end, until it goes out of sight or until the reader takes over.
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

  start(from) {
    this.at = from;
    this.before = performance.now();
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
    this.at += Math.max(now - this.before, 0) * figure.state.speed;
    this.before = now;
    const { inSight } = figure.worker;
    const isOver = this.at >= figure.lastTime || (this.wasInSight && !inSight);
    this.wasInSight ||= inSight;
    if (isOver) this.stop();
    else this.#next();
    figure.showTime(Math.min(this.at, figure.lastTime));
  }
}
