import { readPacked } from "../../modpack/live/base/on_request.js";
import * as packing from "../../modpack/live/packing_map/compute.js";
import { landed } from "../../modpack/live/packing_map/own.js";
import { wordAnswer, words } from "../../modpack/live/packing_map/words.js";
import { serve } from "./harness.mjs";

serve({
  /** What the figure shows in many states, and what its networks answer, which are packed by name. */
  shown({ description, packed, states }) {
    const table = packing.readTable(description);
    return states.map((state) => {
      const asked = packing.trialOn(table, state);
      const entries = packing.formsOf(state).map((form) => {
        const name = `${form}-${state.n_tasks}-${state.n_neurons}`;
        const found = name in packed ? readPacked(packed[name], table.preset) : null;
        return [form, found && packing.answered(found, asked, state, table)];
      });
      const responses = Object.fromEntries(entries);
      return {
        map: packing.mapOf(table, state).flat(),
        answers: responses,
        said: Object.values(responses).map((each) =>
          wordAnswer(each, asked.trial, table.criterion),
        ),
        words: words(table, state, { asked, responses }),
      };
    });
  },

  /** The states of a packed network in a trial of the first mapping, under the context of every one. */
  states({ description, packed, state }) {
    const { network, contexts } = readPacked(packed, description.preset);
    const { trial } = packing.trialOn(packing.readTable(description), state);
    return contexts.map((c) => [...network.under(c).simulate(trial.patterns, trial.epochIndex)]);
  },

  /** Where trained networks land on the map. */
  landed: ({ description, trained }) =>
    trained.map((each) => landed(packing.readTable(description), each)),

  /** Where keys lead, from the middle of every box back to its point, and what lies outside. */
  moves({ rows, from, keys }) {
    const layout = packing.layoutOf(rows, { left: 10, top: 5, width: 300, band: 40 });
    const found = layout.cells.map(({ box: [x, y, width, height] }) =>
      packing.pointAt(layout, [x + width / 2, y + height / 2]),
    );
    return {
      moved: keys.map((key) => packing.moved(rows, from, key) ?? null),
      found,
      cells: layout.cells,
      outside: packing.pointAt(layout, [0, 0]) ?? null,
    };
  },

  limits: ({ maps }) => maps.map(([map, state]) => packing.limitOf(map, state)),
});
