import { row } from "./tensors.js";
import { ModulatedNetwork } from "./network.js";
import { assemble } from "./tasks/generation.js";

/** What Python wrote for a page, as the engine uses it. */

/** Tensors of a table `{ name: { shape, offset } }` in a buffer of float32 (a DataView). */
export function readTensors(table, view) {
  const read = ({ shape, offset }) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const data = Float64Array.from({ length: size }, (_, k) =>
      view.getFloat32(4 * (offset + k), true),
    );
    return { shape, data };
  };
  return Object.fromEntries(Object.entries(table).map(([name, entry]) => [name, read(entry)]));
}

/** A network that describe_network (engine/data.py) wrote. */
export function readNetworkIn(view, { table, ...rest }, preset) {
  return new ModulatedNetwork({ ...rest, preset, tensors: readTensors(table, view) });
}

/**
 * The networks that LiveNetworks (engine/network.py) wrote, contexts of the tasks, and trials drawn beforehand.
 *
 * @returns `{ ...description, members: { form: [ModulatedNetwork] }, nSeeds, contexts: { task: c },
 *   trials: { task: [trial] }, deviates: [z] }`.
 */
export function readNetworks({ networks: tables, ...description }, view) {
  const { preset, tasks } = description;
  const shared = readTensors(description.tensors, view);
  const read = (described) => readNetworkIn(view, described, preset);
  const members = Object.entries(tables).map(([form, each]) => [form, each.map(read)]);
  return {
    ...description,
    members: Object.fromEntries(members),
    nSeeds: Math.min(...members.map(([, each]) => each.length)),
    contexts: Object.fromEntries(tasks.map(({ name }, k) => [name, row(shared.code, k)])),
    trials: Object.fromEntries(
      tasks.map((task, k) => [task.name, readTrials(task, k, preset, shared)]),
    ),
    deviates: Array.from({ length: shared.deviates.shape[0] }, (_, k) => row(shared.deviates, k)),
  };
}

/** The trials of task k from the tensors angle, strength and durations (task, trial, ...). */
function readTrials(task, k, preset, { angle, strength, durations: lengths }) {
  const count = angle.shape[1];
  return Array.from({ length: count }, (_, trial) => {
    const part = ({ shape, data }) => {
      const size = shape.slice(2).reduce((product, length) => product * length, 1);
      return Array.from(data.subarray((k * count + trial) * size, (k * count + trial + 1) * size));
    };
    const [s11, s12, s21, s22] = part(strength);
    const conditions = {
      angle: part(angle),
      strength: [
        [s11, s12],
        [s21, s22],
      ],
      sequential: task.sequential,
    };
    return assemble(task, preset, conditions, part(lengths));
  });
}
