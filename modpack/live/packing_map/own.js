/** Networks that the reader trains in the page, by the training bench: where they land on the map. */

/** Which point of a map a trained network belongs to; null where it is another kind of network. */
export function landed(
  { forms, rows, held_at: heldAt },
  { form, names, nNeurons, contextNoise, seed, performance },
) {
  const row = rows.find(({ n_tasks }) => n_tasks === names.length);
  const isOurs = row?.orders[0].tasks.every((name) => names.includes(name)) && forms.includes(form);
  if (!isOurs || contextNoise > 0) return null;
  const held = performance.filter((value) => value >= heldAt).length;
  return { form, n_tasks: names.length, n_neurons: nNeurons, seed, held };
}

const keyOf = ({ form, n_tasks, n_neurons, seed }) => [form, n_tasks, n_neurons, seed].join();

export class Own {
  constructor(description, onChange) {
    this.points = new Map();
    this.hear = ({ detail }) => {
      const point = landed(description, detail);
      if (point === null) return;
      this.points.set(keyOf(point), point);
      onChange();
    };
    window.addEventListener("modpack-trained", this.hear);
  }

  /** Those of some forms. */
  of(forms) {
    return [...this.points.values()].filter(({ form }) => forms.includes(form));
  }

  stop() {
    window.removeEventListener("modpack-trained", this.hear);
  }
}

/** What a network that the reader has trained holds. */
export const wordOwn = ({ form, n_tasks, n_neurons, seed, held }) =>
  `trained here: ${form}, ${n_neurons} neurons, seed ${seed}: holds ${held} of ${n_tasks}`;
