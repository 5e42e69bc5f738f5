import { make, makeMenu } from "../base/panel.js";
import { NOTHING, SHOWN, formsOf, orderOf } from "./compute.js";
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
