import { Session } from "../engine/training/session.js";

/** What trains in a thread of its own: told `{ act, ... }`, it answers with reports, or with an error in words. */

const PIECE = 50; // ms between two looks at what it is told

let session = null;
let isRunning = false;

/** Do something and tell what it returns, if anything; what fails ends the run. */
function tell(action) {
  try {
    const report = action();
    if (report) postMessage(report);
  } catch (error) {
    isRunning = false;
    postMessage({ error: error.message });
  }
}

function turn() {
  if (!isRunning) return;
  tell(() => session.advance(PIECE));
  isRunning = isRunning && !session.finished;
  if (isRunning) setTimeout(turn);
}

const ACTS = {
  start({ config, options }) {
    session = new Session(config, options);
  },
  run() {
    if (!isRunning) setTimeout(turn);
    isRunning = true;
  },
  pause() {
    isRunning = false;
  },
  step: () => session.step(),
};

self.onmessage = ({ data }) => tell(() => ACTS[data.act](data));
