import { Axes } from "../base/axes.js";
import { make, makeMenu } from "../base/panel.js";
import { NOTHING, SHOWN, formsOf, orderOf } from "./compute.js";
import { wordOwn } from "./own.js";
import { wordMapping } from "./words.js";

/** Menus of what the map shows. */
export function makeMapMenus(figure) {
  const { forms } = figure.description;
  const named = forms.map((form) => [form, form]);
  const shown = SHOWN.map((name) => [name, name]);
  return {
    form: figure.menu("form", "Map of", named),
    minus: figure.menu("minus", "minus", [[NOTHING, NOTHING], ...named]),
    shows: figure.menu("shows", "shows", shown),
  };
}

/** Menus of the mapping of the trial, which brings its own context, and of another's context. */
export class MappingMenus {
  constructor(figure) {
    this.description = figure.description;
    const most = Math.max(...this.description.rows.map(({ n_tasks }) => n_tasks));
    const options = Array.from({ length: most }, (_, k) => [String(k), ""]);
    const menu = (label, set) =>
      makeMenu({ label, options, onInput: (text) => figure.set(set(Number(text))) });
    this.mapping = menu("Mapping (°)", (mapping) => ({ mapping, context: mapping }));
    this.context = menu("Context of mapping (°)", (context) => ({ context }));
  }

  get elements() {
    return [this.mapping.element, this.context.element];
  }

  show(state) {
    const { tasks } = orderOf(this.description, state);
    for (const name of ["mapping", "context"]) {
      const { input, show } = this[name];
      show(String(state[name]), (text) => Number(text) < tasks.length);
      [...input.options].forEach((option, k) => {
        option.hidden = k >= tasks.length;
        option.textContent = option.hidden ? "" : `${k + 1}: ${wordMapping(tasks[k])}`;
      });
    }
  }
}

/** What the lines over the map mean, form by form. */
export function curveEntries(state, curves) {
  const entries = formsOf(state).map((form, k) => {
    const stroke = make("span", `modpack-stroke ${k ? "modpack-dashed" : ""}`);
    const intervals = curves[k].some(({ low }) => low !== null);
    const thick = intervals ? ", thick: 95 % interval" : "";
    return make("span", "", {}, stroke, `N50, ${form}: half of the mappings held, mean${thick}`);
  });
  const dot = make("span", "", {}, make("span", "modpack-open"), "N50 of one order");
  return [...entries, dot];
}

/** What the diamonds in the map mean. */
export function ownEntries(own, colours) {
  return own.map((point) => {
    const mark = make("span", "modpack-diamond");
    mark.style.background = colours[point.form];
    return make("span", "", {}, mark, wordOwn(point));
  });
}

/** A section for each of the two forms of a difference; a map of one form has the first alone. */
export function makePanels(figure) {
  const panels = [0, 1].map(() => {
    const title = make("p", "modpack-title");
    const [held, answer] = [make("p", "modpack-hint"), make("p", "modpack-answer")];
    const [ring, scores, learned] = ["ring", "scores", "learned"].map((name) =>
      figure.canvas(`modpack-${name}`),
    );
    const y = { limits: [0, 1.03], label: "right" };
    const axes = {
      scores: new Axes(scores, { label: "network, by order of mappings" }, y),
      learned: new Axes(learned, { label: "training step" }, y),
    };
    const section = make("section", "", {}, title, held, ring, answer, scores, learned);
    return { section, title, held, answer, ring, scores, learned, axes };
  });
  const grid = make("div", "modpack-panels", {}, ...panels.map(({ section }) => section));
  return { panels, grid };
}

/** What the ring of a panel shows. */
export function makeTrialNote() {
  return make("p", "modpack-note", {
    textContent:
      "The first order's network of the point, without noise. ■ stimulus, ● what the mapping asks for, " +
      "○ what the context's mapping asks for, → answer: its direction counts, whatever its length.",
  });
}

/** What the other pictures of a panel show. */
export function makeDotsNote() {
  return make("p", "modpack-note", {
    textContent:
      "Dots: mappings of a network, in the column of its order; those of the first column have rims, and the " +
      "mapping of the trial is large. Dashed: held from here on. Short lines: floors. Below, how the same " +
      "networks learned, the first thick; straight line: their mean floor.",
  });
}
