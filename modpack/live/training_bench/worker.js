import { Pieces } from "./pieces.js";

/** What trains in a thread of its own: told `{ act, ... }`, it answers with reports, or with an error in words. */

const PIECE = 50; // ms between two looks at what it is told

const run = new Pieces(PIECE, (report) => postMessage(report));

self.onmessage = ({ data: { act, config, options } }) => {
  try {
    run[act](config, options);
  } catch (error) {
    postMessage({ error: error.message }); // it could not begin
  }
};
