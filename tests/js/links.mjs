import * as links from "../../modpack/live/base/links.js";
import { schemaOf as schemaOfBench } from "../../modpack/live/bench/compute.js";
import * as gating from "../../modpack/live/gating/compute.js";
import * as packing from "../../modpack/live/packing_map/compute.js";
import { schemaOf as schemaOfBrowser } from "../../modpack/live/task_browser/conditions.js";
import { schemaOf as schemaOfSpace } from "../../modpack/live/state_space/compute.js";
import * as mixer from "../../modpack/live/mixer/compute.js";
import { schemaOf as schemaOfPlane } from "../../modpack/live/phase_plane/compute.js";
import { stepBetween } from "../../modpack/live/flipbook/compute.js";
import * as robustness from "../../modpack/live/robustness/compute.js";
import * as stream from "../../modpack/live/stream/compute.js";
import * as prediction from "../../modpack/live/prediction/compute.js";
import * as training from "../../modpack/live/training_bench/compute.js";
import { pageOf, serve } from "./harness.mjs";

/** What the links of a figure may hold, from its limits and from what else the test has written. */
const READERS = {
  mixer(limits, { source }) {
    const networks = pageOf(source);
    const isAllowed = (state) => mixer.isPossible(networks, state);
    return { schema: mixer.schemaOf(networks, limits), isAllowed };
  },
  trial: (limits, { source }) => ({ schema: schemaOfBrowser(pageOf(source), limits) }),
  plane: (limits) => ({ schema: schemaOfPlane(limits) }),
  bench(limits, { source, n_draws: nDraws }) {
    const { nSeeds, members, forms } = pageOf(source);
    const nUnits = members[forms[0]][0].nNeurons;
    return { schema: schemaOfBench({ nUnits, nDraws, nSeeds, limits }) };
  },
  prediction: (_, { count }) => ({
    schema: prediction.schemaOf(count),
    isAllowed: prediction.isPossible,
  }),
  flipbook(limits) {
    const readers = Object.entries(limits).map(([name, each]) => [name, stepBetween(...each)]);
    return { schema: Object.fromEntries(readers) };
  },
  gating: (limits, { source }) => ({
    schema: gating.schemaOf(pageOf(source), limits),
    isAllowed: (state) => gating.isPossible(limits, state),
  }),
  packed: (limits, { description }) => ({
    schema: packing.schemaOf(description, limits),
    isAllowed: (state) => packing.isPossible(description, limits, state),
  }),
  robustness: (limits, { source, options }) => ({
    schema: robustness.schemaOf(pageOf(source), options, limits),
    isAllowed: (state) => robustness.isPossible(options, state),
  }),
  stream: (limits, { description }) => ({
    schema: stream.schemaOf(description, limits),
    isAllowed: stream.isPossible,
  }),
  training: (limits, { description }) => ({
    schema: training.schemaOf(description, limits),
    isAllowed: (state) => training.isPossible(description, state),
  }),
  space: (limits, { landscape }) => ({ schema: schemaOfSpace(landscape, limits) }),
};

/** A schema with every kind of reader. */
const EVERY_KIND = {
  number: links.numberBetween(-2, 3),
  index: links.indexBelow(7),
  word: links.oneOf(["one", "two"]),
  flag: links.flag,
  several: links.indicesBelow(5),
  levels: links.percentages(4),
};

/** What fragments say: a state, null, or "refused". */
function read(hashes, name, reader) {
  return hashes.map((hash) => {
    try {
      return links.stateFrom(hash, name, reader);
    } catch (error) {
      return error instanceof RangeError ? "refused" : String(error);
    }
  });
}

serve({
  figure({ hashes, kind, name, initial, limits, ...given }) {
    return read(hashes, name, { initial, ...READERS[kind](limits, given) });
  },

  everyKind({ hashes, name }) {
    return read(hashes, name, { schema: EVERY_KIND, initial: {} });
  },

  units: ({ hash, count }) =>
    links.readFragment(hash, "bench", { silenced: links.indicesBelow(count) }),

  written({ hash, name, states }) {
    return states.map((state) => links.writeFragment(hash, name, state));
  },

  lines({ python, states, standard }) {
    return states.map((state) => links.pythonLine(python, state, standard));
  },

  chapterLine({ chapter, name, state }) {
    return links.papermillLine(chapter, name, state);
  },
});
