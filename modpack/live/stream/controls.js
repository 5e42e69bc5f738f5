import { Axes } from "../base/axes.js";
import { make, makeButton } from "../base/panel.js";
import { BORDERS, DOTTED, IN_ORDER, SOLID } from "../base/strokes.js";
import { IDEAL, NOTHING, YOU } from "./compute.js";

/** What the figure of a stream is built of. */

const named = (names) => names.map((name) => [name, name]);

/** Menus and sliders, by the part of the state that they show. */
export function makeControls(figure) {
  const { forms, worlds, speeds } = figure.description;
  const others = [...named(forms), [NOTHING, "no other"]];
  const seeds = named(Array.from({ length: worlds }, (_, k) => String(k)));
  const rates = speeds.map((speed) => [String(speed), `${speed} a second`]);
  return {
    first: figure.menu("first", "First network", named(forms)),
    second: figure.menu("second", "Second network", others),
    third: figure.menu("third", "Third network", others),
    hazard: figure.slider("hazard", "hazard of a switch, per trial"),
    right: figure.slider("right", "probability that a cue is right"),
    sigma: figure.slider("sigma", "noise of a cue"),
    tau: figure.slider("tau", "time constant of the slow estimate"),
    seed: figure.menu("seed", "Seed of the world", seeds, Number),
    speed: figure.menu("speed", "Speed", rates, Number),
    hidden: figure.checkbox("hidden", "hide the tasks from now on"),
  };
}

/** A button that changes what has happened, and not the settings. */
export function makeAct(text, onClick) {
  const button = makeButton(text, onClick);
  button.dataset.keepsState = "true";
  return button;
}

/** A button for every task that may be guessed. */
export function makeGuesses({ labels }, onGuess) {
  const buttons = labels.map((label, k) => makeAct(`${k + 1}: ${label}`, () => onGuess(k)));
  const title = make("span", "modpack-label", { textContent: "My guess at the present task:" });
  const element = make("div", "modpack-guesses modpack-choice", {}, title, ...buttons);
  return { element, buttons };
}

/** The picture of the stream, which hears keys. */
export function makeStrip(figure, onKey) {
  const canvas = figure.canvas("modpack-strip");
  const element = make("div", "modpack-keys", { tabIndex: 0 }, canvas);
  element.setAttribute("role", "group");
  element.setAttribute(
    "aria-label",
    "The stream: keys 1 to 4 guess, Space plays and pauses, the right arrow goes on",
  );
  element.dataset.lmSuppressShortcuts = "true";
  element.addEventListener("keydown", (event) => onKey(event));
  return { canvas, element };
}

/** Who is right how often: a table that `show(heads, rows)` fills. */
export function makeScores() {
  const [head, body] = [make("thead", ""), make("tbody", "")];
  const element = make("table", "modpack-scores", {}, head, body);
  const show = (heads, rows) => {
    const cells = ["right", ...heads].map((textContent) =>
      make("th", "", { textContent, scope: "col" }),
    );
    head.replaceChildren(make("tr", "", {}, ...cells));
    body.replaceChildren(...rows.map(makeRow));
  };
  return { element, show };
}

function makeRow({ name, colour, dash, cells }) {
  const stroke = make("span", "modpack-stroke");
  Object.assign(stroke.style, { color: colour, borderTopStyle: BORDERS.get(dash) });
  const head = make("th", "", { scope: "row" }, stroke, name);
  return make("tr", "", {}, head, ...cells.map((textContent) => make("td", "", { textContent })));
}

/** The picture of how often everybody is right by trials since a switch. */
export function makeRecovery(figure, { lags }) {
  const canvas = figure.canvas("modpack-recovery");
  const x = { limits: [-0.3, lags - 0.7], label: "trials since the switch" };
  return new Axes(canvas, x, { limits: [0, 1.03], label: "right" });
}

/** How everybody's line is drawn: `{ colour, dash }` by name. */
export function strokesOf(forms, colours, ink) {
  const networks = forms.map((form, k) => [form, { colour: colours[form], dash: IN_ORDER[k] }]);
  return {
    [IDEAL]: { colour: ink, dash: SOLID },
    ...Object.fromEntries(networks),
    [YOU]: { colour: ink, dash: DOTTED },
  };
}

/** What the pictures show. */
export function makeNotes({ labels }) {
  const turned = labels.map((label, k) => `${label} (${k + 1})`);
  return [
    `Columns: trials. Rows: the tasks, to answer a stimulus in its direction turned by ${turned.join(", ")}. ` +
      "Strong shades: likely. Dots: the task whose answer was given, crosses: no task's. Green: the task.",
    "Shares of right trials by how many trials ago the task switched, in this world; faint line: chance. " +
      "Nobody can be better than the ideal observer in the long run; just after a switch one may.",
  ].map((textContent) => make("p", "modpack-note", { textContent }));
}
