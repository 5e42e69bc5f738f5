import { indexBelow, indicesBelow, numbersWithin } from "../base/links.js";
import { emptyTally, fillRates, fillTally, fractionsOf, mostActiveFirst } from "./lesions.js";

/** What the bench shows, in numbers; mirrors the properties of Bench in figure.py. */

/** Readers of the state in a link. */
export function schemaOf({ nUnits, nDraws, nSeeds, limits }) {
  return {
    ...numbersWithin(limits),
    silenced: indicesBelow(nUnits),
    draw: indexBelow(nDraws),
    seed: indexBelow(nSeeds),
  };
}

/** Ranks after those from one to another have been silenced, or woken. */
export function painted(silenced, [from, to], isSilent) {
  const ranks = new Set(silenced);
  for (let rank = Math.min(from, to); rank <= Math.max(from, to); rank++) {
    if (isSilent) ranks.add(rank);
    else ranks.delete(rank);
  }
  return [...ranks].sort((first, second) => first - second);
}

/** How many of the most active units are silent without a gap. */
export function leading(silenced) {
  const gap = silenced.findIndex((rank, k) => rank !== k);
  return gap < 0 ? silenced.length : gap;
}

const COARSE = 4; // trials of each task before a new estimate takes the place of the last

/** Correct trials of the networks, intact and damaged: counted in few trials first, then in more and more. */
export class Counts {
  constructor(networks, rankedBy) {
    Object.assign(this, { networks, rankedBy });
    this.nTrials = networks.trials[networks.tasks[0].name].length;
    this.bySeed = new Map();
    this.tally = emptyTally(networks);
  }

  /** Turn to a state: its counts begin anew. */
  begin({ seed }) {
    this.previous = this.seed === seed ? this.estimate : null;
    this.seed = seed;
    this.tally = emptyTally(this.networks);
    if (!this.bySeed.has(seed)) {
      const rates = Object.fromEntries(this.networks.forms.map((form) => [form, []]));
      this.bySeed.set(seed, { rates, orders: null, tally: emptyTally(this.networks) });
    }
  }

  /** What is known of the intact networks: the rates of their units, the units' order, correct trials. */
  get intact() {
    return this.bySeed.get(this.seed);
  }

  /** The best present estimate of the correct and the cancelled trials by form, or null. */
  get estimate() {
    if (this.tally.seen < COARSE) return this.previous;
    const [performance, cancelled] = ["right", "cancelled"].map((what) =>
      fractionsOf(this.tally, what),
    );
    return { performance, cancelled };
  }

  get isComplete() {
    return Math.min(this.tally.seen, this.intact.tally.seen) === this.nTrials;
  }

  /** Rank the units, then count; `onRanked` and `onEstimate` hear of it. */
  *work(state, onRanked, onEstimate) {
    const { networks, intact, tally, nTrials } = this;
    if (intact.orders === null) {
      yield* fillRates(networks, state.seed, this.rankedBy, intact.rates);
      intact.orders = mostActiveFirst(intact.rates);
      onRanked();
    }
    const undamaged = { ...state, silenced: [], noise: 0 };
    for (let until = COARSE; !this.isComplete; until *= 2) {
      const few = Math.min(until, nTrials);
      yield* fillTally(networks, undamaged, intact.orders, few, intact.tally);
      yield* fillTally(networks, state, intact.orders, few, tally);
      onEstimate();
    }
  }
}
