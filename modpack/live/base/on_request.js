import { row } from "../engine/tensors.js";
import { readNetworkIn, readTensors } from "../engine/data.js";
import { isInBook, runBeside } from "./beside.js";

/** Networks that the page does not hold but gets when it asks, as on_request.py. */

/** A network that Python has packed, and the contexts of its code. */
export function readPacked({ shared, numbers, ...described }, preset) {
  const bytes = Uint8Array.from(atob(numbers), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const { code } = readTensors(shared, view);
  const contexts = Array.from({ length: code.shape[0] }, (_, k) => row(code, k));
  return { network: readNetworkIn(view, described, preset), contexts };
}

/** What Python has packed, by its place: from the script beside the page of a book, or else from the kernel. */
export const request = (model, place) =>
  isInBook() ? fromScript(place) : fromKernel(model, place);

async function fromScript(place) {
  await runBeside(`networks/${place}.js`);
  return globalThis.modpackNetworks[place];
}

function fromKernel(model, place) {
  return new Promise((resolve) => {
    const hear = (message) => {
      if (message.place !== place) return;
      model.off("msg:custom", hear);
      resolve(message.network);
    };
    model.on("msg:custom", hear);
    model.send({ place });
  });
}

/** The networks for which a figure has asked; it is told when one has come. */
export class Requests {
  constructor(model, preset, onArrival) {
    Object.assign(this, { model, preset, onArrival, found: new Map() });
  }

  /** The network at a place and its contexts; undefined until it is there, null if it cannot be had. */
  get(place) {
    if (!this.found.has(place)) this.#ask(place);
    return this.found.get(place);
  }

  async #ask(place) {
    this.found.set(place, undefined);
    try {
      this.found.set(place, readPacked(await request(this.model, place), this.preset));
    } catch {
      this.found.set(place, null);
    }
    this.onArrival();
  }
}
