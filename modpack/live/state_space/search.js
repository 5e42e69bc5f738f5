import { Curve, walk } from "../engine/continuation.js";
import { newton } from "../engine/fixedpoints.js";
import { distance } from "../engine/tensors.js";
import { EPOCHS } from "../engine/tasks/generation.js";
import { SAME, fixedPoints, reachOf } from "./branches.js";
import { trajectory } from "./compute.js";
import { trialShown } from "./landscape.js";

/** Branches of fixed points that the page looks for itself, where Python has not; as `explored` in exploring.py. */

const LEVELS = [0, 1, ...Array.from({ length: 7 }, (_, k) => (k + 1) / 8)]; // mixes at which it searches
const LONGEST_NEWTON = 0.25; // step of Newton's method along an axis, in units of the reach

/** Points of a branch as a landscape holds them; growing modes between two points are those of one that is no fold. */
function branchOf(points) {
  const n = points[0].x.length - 1;
  const data = new Float64Array(points.length * n);
  points.forEach(({ x }, k) => data.set(x.subarray(0, n), k * n));
  const isFold = points.map((point) => Boolean(point.isFold));
  return {
    mix: Float64Array.from(points, ({ x }) => x[n]),
    states: { shape: [points.length, n], data },
    nUnstable: points.slice(1).map((next, k) => (isFold[k] ? next : points[k]).nUnstable),
    events: [],
    folds: new Set(isFold.flatMap((each, k) => (each ? [k] : []))),
  };
}

/** All points that a walk passes; yields between them. */
function* passed(curve, x, direction) {
  const points = [];
  for (const point of walk(curve, x, direction)) {
    if (point) points.push(point);
    yield;
  }
  return points;
}

/** The points of the branch through a fixed point at a mix, from both sides of it. */
function* through(curve, state, lam) {
  const x = Float64Array.of(...state, lam);
  const up = lam < 1 ? yield* passed(curve, x, 1) : [];
  const down = lam > 0 ? yield* passed(curve, x, -1) : [];
  return [...down.toReversed(), ...(down.length > 0 ? up.slice(1) : up)];
}

/** Look for the branches of a network under a constant input and add them to a list; yields true for each. */
function* searchOne(curve, starts, { reach, duration }, branches) {
  for (const lam of LEVELS) {
    const dynamics = curve.at(lam);
    const known = fixedPoints(dynamics, curve.u, branches, lam, reach);
    for (const start of starts) {
      const end = trajectory(dynamics, curve.u, start, duration).slice(-start.length);
      for (const guess of [start, end]) {
        yield false;
        const state = newton(dynamics, curve.u, guess, LONGEST_NEWTON * reach);
        const isSame = (each) => distance(each.state, state) <= SAME * reach;
        if (state === null || known.some(isSame)) continue;
        const points = yield* through(curve, state, lam);
        if (points.length > 1) branches.push(branchOf(points));
        known.push({ state }, ...fixedPoints(dynamics, curve.u, branches, lam, reach));
        yield true;
      }
    }
  }
}

/** Look for all branches of a landscape, those on show at first before others; yields true whenever there is another. */
export function* search(networks, landscape) {
  const { tasks, forms, epochs, seed } = landscape;
  const contexts = tasks.map((name) => networks.contexts[name]);
  const { patterns } = trialShown(networks, landscape);
  for (const epoch of epochs.toReversed()) {
    for (const form of forms) {
      const curve = new Curve(
        networks.members[form][seed],
        contexts,
        patterns[EPOCHS.indexOf(epoch)],
      );
      const about = { reach: reachOf(landscape, form), duration: landscape.duration };
      yield* searchOne(curve, landscape.starts[form], about, landscape.branches[form][epoch]);
    }
  }
}
