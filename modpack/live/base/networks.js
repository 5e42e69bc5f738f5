import { readNetworks } from "../engine/data.js";
import { make } from "./panel.js";

/** What figures of trained networks share, as NetworkFigure in networks.py. */

/** The networks of a figure: those of the page, from the widget that holds them, or others that it was made of. */
export async function networksOf(model) {
  const given = model.get("networks");
  if (typeof given !== "string") return given;
  const reference = given.replace("IPY_MODEL_", "");
  const source = await model.widget_manager.get_model(reference);
  return readNetworks(source.get("description"), source.get("numbers"));
}

/** The menu of the networks of every form. */
export function makeSeedMenu(figure) {
  const options = Array.from({ length: figure.networks.nSeeds }, (_, k) => [String(k), String(k)]);
  const menu = figure.menu("seed", "Seed", options, Number);
  menu.element.hidden = options.length < 2; // nothing to choose from
  return menu;
}

/** A section with a title for every form, side by side, after what comes before them. */
export function makeFormPanels(forms, colours, partsOf, { className = "", before = [] } = {}) {
  const sections = forms.map((form) => {
    const title = make("p", "modpack-title", { textContent: form });
    title.style.borderColor = colours[form];
    return make("section", className, {}, title, ...partsOf(form));
  });
  const grid = make("div", "modpack-panels", {}, ...before, ...sections);
  grid.style.setProperty("--modpack-columns", forms.length);
  return { grid, sections };
}
