/** Entries of the history of a page: going back to one is not the same as following a link. */

/** The key of the present entry; null where a browser does not tell. */
const presentEntry = () => globalThis.navigation?.currentEntry?.key ?? null;

/** The states in which a reader has left the entries of a page. */
export class Visits {
  constructor() {
    this.states = new Map();
    this.here = presentEntry();
  }

  /** Another entry is the present one; returns the state in which it was left, undefined if it is new. */
  change(state) {
    const now = presentEntry();
    if (now === null || now === this.here) return undefined;
    this.states.set(this.here, state);
    this.here = now;
    return this.states.get(now);
  }
}
