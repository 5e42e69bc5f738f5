import { degreesApart, dragAngle } from "./drawing.js";
import { clamp, make } from "./panel.js";

/** What figures with a chosen trial share, as TrialFigure in trial.py. */

/** Controls for the stimuli and the delay of a trial; a ring on which the stimuli can be dragged. */
export class TrialControls {
  constructor(figure) {
    this.figure = figure;
    this.sliders = {
      angle: figure.slider("angle", "direction of the stimulus"),
      angle2: figure.slider("angle2", "direction of stimulus 2"),
      coherence: figure.slider("coherence", "coherence"),
      delay: figure.slider("delay", "delay"),
    };
    const elements = Object.values(this.sliders).map(({ element }) => element);
    this.element = figure.group("Trial", ...elements);
  }

  /** Show the sliders that the task has, at the values of the state. */
  show(state, task) {
    const { angle, angle2, coherence, delay } = this.sliders;
    this.hasSecond = hasSecond(task);
    if (task.delays) [delay.input.min, delay.input.max] = task.delays;
    angle.show(state.angle);
    angle2.show(state.angle2);
    coherence.show(state.coherence);
    delay.show(task.delays ? clamp(state.delay, task.delays) : state.delay);
    angle2.element.hidden = !this.hasSecond;
    coherence.element.hidden = task.coherences === null;
    delay.element.hidden = task.delays === null;
  }

  /** Let the pointer turn the nearest stimulus. */
  dragOn(canvas) {
    const { figure } = this;
    const shown = () => (this.hasSecond ? ["angle", "angle2"] : ["angle"]);
    const angles = () => shown().map((each) => figure.state[each]);
    let name = "angle";
    dragAngle(canvas, angles, (degrees, isFirst) => {
      const [first, second = first] = angles().map((angle) => degreesApart(degrees, angle));
      if (isFirst) name = second < first ? "angle2" : "angle";
      figure.set({ [name]: degrees });
    });
  }
}

function hasSecond({ strength: [, rings] }) {
  return rings.some((value) => value > 0);
}

/** Which output has which colour. */
export function makeOutputLegend(figure, title) {
  const entries = ["fixation", "cos", "sin"].map((name) => {
    const mark = make("span", "modpack-stroke");
    if (name !== "fixation") mark.style.color = figure.model.get("outputs")[name];
    return make("span", "", {}, mark, name);
  });
  return make("p", "modpack-legend", {}, make("i", "", { textContent: title }), ...entries);
}
