import { Pieces } from "./pieces.js";

/** Where a network is trained: in a thread of its own or, where a browser refuses one, in pieces between frames. */

const PIECE_OF_FRAME = 12; // ms

/** A thread that does what the script of worker.js says; `onLost` hears if it cannot. */
class InThread {
  constructor(script, onReport, onLost) {
    this.url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    this.thread = new globalThis.Worker(this.url);
    this.thread.onmessage = ({ data }) => onReport(data);
    this.thread.onerror = onLost;
  }

  start(config, options) {
    this.thread.postMessage({ act: "start", config, options });
  }

  run() {
    this.thread.postMessage({ act: "run" });
  }

  pause() {
    this.thread.postMessage({ act: "pause" });
  }

  step() {
    this.thread.postMessage({ act: "step" });
  }

  stop() {
    this.thread.terminate();
    URL.revokeObjectURL(this.url);
  }
}

/** One run; whoever trains it, `onReport` is told `{ step, loss, performance, tensors }` or `{ error }`. */
export class Runner {
  constructor(script, config, options, onReport) {
    this.begin = (place) => {
      this.place = place;
      place.start(config, options);
    };
    const inPage = () => this.begin(new Pieces(PIECE_OF_FRAME, onReport));
    const onLost = () => {
      this.place.stop();
      inPage();
      if (this.isRunning) this.run();
    };
    this.isRunning = false;
    try {
      this.begin(new InThread(script, onReport, onLost));
    } catch {
      inPage(); // a page may forbid threads
    }
  }

  run() {
    this.isRunning = true;
    this.place.run();
  }

  pause() {
    this.isRunning = false;
    this.place.pause();
  }

  step() {
    this.place.step();
  }

  stop() {
    this.place.stop();
  }
}
