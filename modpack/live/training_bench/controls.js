import { Axes } from "../base/axes.js";
import { make } from "../base/panel.js";
import { NOTHING, PLACES, SEEDS, UNDECIDED, formsOf, isOutcome } from "./compute.js";
import { wordLearn } from "./words.js";

/** What the training bench is built of. */

const named = (names) => names.map((name) => [name, name]);

/** Menus and sliders of what is trained, by the part of the state that they show. */
export function makeControls(figure) {
  const { sets, forms } = figure.description;
  const labelled = Object.entries(sets).map(([key, { label }]) => [key, label]);
  const seeds = named(Array.from({ length: SEEDS }, (_, k) => String(k)));
  return {
    tasks: figure.menu("tasks", "Tasks", labelled),
    first: figure.menu("first", "First network", named(forms)),
    second: figure.menu("second", "Second network", [...named(forms), [NOTHING, "no second one"]]),
    third: figure.menu("third", "Third network", [...named(forms), [NOTHING, "no third one"]]),
    n_neurons: figure.slider("n_neurons", "neurons"),
    context_noise: figure.slider("context_noise", "noise on the context"),
    seed: figure.menu("seed", "Seed", seeds, Number),
  };
}

/** Menus of what the reader predicts. */
export class Predictions {
  constructor(figure) {
    this.description = figure.description;
    const { tasks, learn } = this.description;
    const labelled = Object.values(tasks).map(({ name, label }) => [name, label]);
    this.last = figure.menu("last", "Which task comes last?", [[UNDECIDED, "–"], ...labelled]);
    this.learn = figure.menu("learn", "Which learn all tasks?", named(learn));
    this.element = figure.group("Predict first", this.last.element, this.learn.element);
  }

  show(state) {
    const { tasks } = this.description.sets[state.tasks];
    this.last.show(state.last, (name) => name === UNDECIDED || tasks.includes(name));
    for (const option of this.last.input.options) option.hidden = option.disabled;
    this.learn.show(state.learn, (name) => isOutcome(name, formsOf(state).length));
    for (const option of this.learn.input.options) {
      option.hidden = option.disabled;
      option.textContent = wordLearn(option.value, state);
    }
  }
}

/** A panel for every network. */
export function makePanels(figure) {
  const panels = PLACES.map(() => {
    const [title, said] = [make("p", "modpack-title"), make("p", "modpack-answer")];
    const [tasks, curve, modulators] = ["tasks", "curve", "modulators"].map((name) =>
      figure.canvas(`modpack-${name}`),
    );
    const hint = make("p", "modpack-hint");
    const section = make("section", "", {}, title, said, tasks, curve, hint, modulators);
    const axes = new Axes(
      curve,
      { label: "training step" },
      { limits: [0, 1.05], label: "right; loss" },
    );
    return { section, title, said, tasks, axes, hint, modulators };
  });
  const grid = make("div", "modpack-panels", {}, ...panels.map(({ section }) => section));
  return { panels, grid };
}

/** What the pictures of a panel show. */
export function makeNote() {
  return make("p", "modpack-note", {
    textContent:
      "Rows: the outputs in one trial of each task (solid fixation, dashed cosine, dotted sine of the answer; thin: as " +
      "they should be), and the fraction of 25 fresh trials that is right, of 100 in the end; dashed line: 90 %. Curve, " +
      "thick: mean of the bars; thin: loss, as a fraction of the first.",
  });
}
