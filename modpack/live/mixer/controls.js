import { make, makeButton, makeMenu } from "../base/panel.js";
import { makeFormPanels, makeSeedMenu } from "../base/networks.js";
import { makeOutputLegend } from "../base/trial_controls.js";

/** What the mixer is built of. */

/** Controls of the context, by the part of the state that they show. */
export function makeControls(figure) {
  const { tasks, opponents } = figure.networks;
  const named = tasks.map(({ name, label }) => [name, label]);
  const own = named.filter(([name]) => opponents[name].length);
  return {
    a: makeMenu({ label: "Trials of", options: own, onInput: (a) => chooseTrials(figure, a) }),
    b: figure.menu("b", "Context moves towards", named),
    seed: makeSeedMenu(figure),
    mix: figure.slider("mix", "mix"),
    guess: figure.slider("guess", "my guess: they change sides at a mix of"),
    strength: figure.slider("strength", "strength of the context"),
    noise: figure.slider("noise", "noise of the context"),
    keep_norm: figure.checkbox("keep_norm", "the mix keeps its length"),
    in_line: figure.checkbox("in_line", "noise in line with the two contexts only"),
  };
}

/** Show trials of another task, and keep to a pair. */
function chooseTrials(figure, a) {
  const others = figure.networks.opponents[a];
  const { b } = figure.state;
  figure.set({ a, b: others.includes(b) ? b : others[0] });
}

export function makeDrawButton(figure) {
  const count = figure.networks.deviates.length;
  return makeButton("Draw the noise again", () =>
    figure.set({ draw: (figure.state.draw + 1) % count }),
  );
}

/** Where a guess becomes a fixed one, for which the choices are shown. */
export function makeCommitButton(figure) {
  return makeButton("Commit: show the choices", () => figure.set({ committed: true }));
}

/** The trial on show and what explains the other panels. */
export function makeInput(figure) {
  return {
    title: make("p", "modpack-title"),
    ring: figure.canvas(
      "modpack-ring",
      "Directions of the stimuli on a ring; sliders set them too.",
    ),
    hint: make("p", "modpack-hint"),
    map: figure.canvas(
      "modpack-map",
      "Input channels over time; the dotted line is the go signal.",
    ),
    outputs: makeOutputLegend(figure, "Over time; above: input and neurons, below: outputs"),
    choices: make("p", "modpack-legend"),
  };
}

/** For every form what its network does in the trial, and its choices over the mix. */
export function makePanels(figure) {
  const makeParts = (form) => ({
    ring: figure.canvas("modpack-ring", `Answer of the ${form} network as an arrow.`),
    answer: make("p", "modpack-answer"),
    units: figure.canvas("modpack-map", `Rates of all neurons of the ${form} network over time.`),
    outputs: figure.canvas("modpack-outputs", `Outputs of the ${form} network over time.`),
    time: make("p", "modpack-axis"),
    curve: figure.canvas("modpack-curve"),
    axis: make("p", "modpack-axis"),
  });
  return Object.fromEntries(figure.forms.map((form) => [form, makeParts(form)]));
}

/** Some parts of the panels of all forms, side by side, to the right of what explains them. */
export function makeBand(figure, names, ...explaining) {
  const { forms, colours } = figure.networks;
  const section = make("section", "modpack-input", {}, ...explaining);
  const partsOf = (form) => names.map((name) => figure.panels[form][name]);
  const options = { className: "modpack-network", before: [section] };
  const { grid } = makeFormPanels(forms, colours, partsOf, options);
  grid.style.setProperty("--modpack-rows", names.length + 1);
  return grid;
}
