import { make, makeButton, makeMenu } from "../base/panel.js";
import { SPEEDS } from "./conditions.js";
import { TrialControls } from "../base/trial_controls.js";

/** Controls of all conditions of a trial. */
export class ConditionControls extends TrialControls {
  constructor(figure) {
    super(figure);
    const menu = (name, label, options) => {
      const onInput = (value) => figure.set({ [name]: Number(value) });
      return makeMenu({ label, options, onInput });
    };
    // biome-ignore format: one pair of points or words
    const rings = [["1", "ring 1"], ["2", "ring 2"]];
    // biome-ignore format: one pair of points or words
    const stimuli = [["1", "stimulus 1"], ["2", "stimulus 2"]];
    this.menus = {
      ring1: menu("ring1", "ring of the stimulus", rings),
      ring2: menu("ring2", "ring of stimulus 2", rings),
      stronger1: menu("stronger1", "stronger in ring 1", stimuli),
      stronger2: menu("stronger2", "stronger in ring 2", stimuli),
    };
    this.pair = makeButton("", () => this.#changePair());
    const menus = Object.values(this.menus).map(({ element }) => element);
    this.element.append(...menus, this.pair);
  }

  show(state, task) {
    super.show(state, task);
    Object.entries(this.menus).forEach(([name, { show }]) => show(String(state[name])));
    const { ring1, ring2, stronger1, stronger2 } = this.menus;
    const isDecision = task.coherences !== null;
    const [first, second] = task.coherence_strength[0];
    ring1.element.hidden = isDecision || task.directions !== null;
    ring2.element.hidden = isDecision || !this.hasSecond;
    stronger1.element.hidden = first === 0;
    stronger2.element.hidden = second === 0;
    this.pair.hidden = isDecision || !this.hasSecond;
    this.pair.textContent = isMatch(state) ? "Make the directions opposite" : "Make them the same";
  }

  #changePair() {
    const { state } = this.figure;
    const angle2 = isMatch(state) ? (state.angle + 180) % 360 : state.angle;
    this.figure.set({ angle2 });
  }
}

const isMatch = ({ angle, angle2 }) => angle === angle2;

/** Controls of what is shown of a trial, by the part of the state that they show. */
export function makeControls(figure) {
  const tasks = figure.networks.tasks.map(({ name, label }, k) => [name, `${k + 1}. ${label}`]);
  const speeds = SPEEDS.map((speed) => [speed, `${speed} ×`]);
  const time = figure.slider("time", "time in the trial");
  time.input.addEventListener("input", () => figure.player.stop());
  time.element.classList.add("modpack-wide");
  return {
    task: figure.menu("task", "Task", tasks),
    speed: figure.menu("speed", "Speed", speeds, Number),
    show_network: figure.checkbox("show_network", "show a trained network"),
    time,
  };
}

/** The screen and what is asked, with their captions. */
export function makePanels(figure) {
  const parts = {
    screen: figure.canvas("modpack-ring"),
    screenWords: make("p", "modpack-caption"),
    asked: figure.canvas("modpack-ring"),
    askedWords: make("p", "modpack-caption"),
    networkLegend: makeNetworkLegend(figure),
  };
  const section = (title, ...rest) =>
    make("section", "", {}, make("p", "modpack-title", { textContent: title }), ...rest);
  const caption = make("div", "", {}, parts.askedWords, parts.networkLegend);
  const textContent =
    "Outside ring 1, inside ring 2. Dotted: not on the screen now. Drag a stimulus to turn it.";
  const grid = make(
    "div",
    "modpack-panels",
    {},
    section("On the screen", parts.screen, parts.screenWords),
    section("Asked", parts.asked, caption),
    make("p", "modpack-hint", { textContent }),
  );
  return { ...parts, grid };
}

function makeNetworkLegend({ networks, form }) {
  const stroke = make("span", "modpack-stroke");
  stroke.style.color = networks.colours[form];
  const words = make("span", "", {}, stroke, `the ${form} network so far`);
  return make("p", "modpack-legend", {}, words);
}
