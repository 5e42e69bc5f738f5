/**
 * What the scripts of this folder share. Each replays in Node what a test in Python has written: it reads
 * `{ call, ...inputs }` as JSON from standard input and writes what the call returns to standard output.
 */
import { readFileSync } from "node:fs";

import { readNetworks } from "../../modpack/live/engine/data.js";

export async function serve(calls) {
  const { call, ...inputs } = JSON.parse(readFileSync(0, "utf8"));
  process.stdout.write(JSON.stringify(await calls[call](inputs)));
}

export function viewOn(path) {
  const bytes = readFileSync(path);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The networks of a page, from what `written` of node_replay.py returns. */
export const pageOf = ({ description, numbers }) => readNetworks(description, viewOn(numbers));
