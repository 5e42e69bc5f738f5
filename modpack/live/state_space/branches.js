import { newton } from "../engine/fixedpoints.js";
import { distance, row } from "../engine/tensors.js";

const FAR = 0.25; // how far Newton's method may move, in units of the reach of a landscape
export const SAME = 1e-3; // points closer than this, in the same units, are one

/** Where a branch passes a mix: guesses of the fixed points there, and their growing modes. */
export function crossings({ mix, states, nUnstable, folds }, lam) {
  const found = [];
  const last = mix.length - 2;
  for (let k = 0; k <= last; k++) {
    const [here, there] = [mix[k], mix[k + 1]];
    if (!passes(here, there, lam, k === last)) continue;
    const share = shareOf((lam - here) / (there - here), folds.has(k), folds.has(k + 1));
    const [a, b] = [row(states, k), row(states, k + 1)];
    const state = a.map((value, i) => (1 - share) * value + share * b[i]);
    found.push({ state, nUnstable: nUnstable[k] });
  }
  return found;
}

/** Whether a mix lies on the way from here to there; the end of a way belongs to the next one. */
function passes(here, there, lam, isLast) {
  if (here === there) return false;
  const isWithin = Math.min(here, there) <= lam && lam <= Math.max(here, there);
  return isWithin && (isLast || lam !== there);
}

/** How much of the way between two states; near a fold they change like the square root of the mix. */
function shareOf(share, isFromFold, isToFold) {
  if (isFromFold === isToFold) return share;
  return isFromFold ? Math.sqrt(share) : 1 - Math.sqrt(1 - share);
}

/**
 * The fixed points on some branches at a mix. Where Newton's method fails, a point stays where it was
 * guessed and `isExact` is false.
 */
export function fixedPoints(dynamics, u, branches, lam, reach) {
  const points = [];
  const isNew = (state) => points.every((point) => distance(point.state, state) > SAME * reach);
  for (const { state: guess, nUnstable } of branches.flatMap((branch) => crossings(branch, lam))) {
    const state = newton(dynamics, u, guess);
    const isExact = state !== null && distance(state, guess) < FAR * reach && isNew(state);
    const shown = isExact ? state : guess;
    if (isNew(shown)) points.push({ state: shown, nUnstable, isExact });
  }
  return points;
}

/** Half the width of the widest view of a form: the unit of distance between its states. */
export function reachOf({ bases }, form) {
  return Math.max(...Object.values(bases[form]).map(({ extent }) => extent));
}

/** What was found at the mix nearest to one, from a list of `{ mix, states }`; the first if two are. */
export function nearestTo(found, lam) {
  const away = ({ mix }) => Math.abs(mix - lam);
  return found.reduce((best, each) => (best && away(best) <= away(each) ? best : each), null);
}
