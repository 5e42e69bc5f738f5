import { indexBelow, indicesBelow, numbersWithin } from "../base/links.js";

/** The page's half of bench.py. First what is computed, then what is worked. */

// -------------------------------------------------------------------------------------- computed

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
