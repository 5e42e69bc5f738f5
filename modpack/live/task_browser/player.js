/** Plays a trial: moves the time on until its end, until it is out of sight or until the reader takes over. */
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
    const isOver = this.at >= figure.lastTime;
    if (isOver || !figure.worker.inSight) this.stop();
    else this.#next();
    figure.showTime(Math.min(this.at, figure.lastTime));
  }
}
