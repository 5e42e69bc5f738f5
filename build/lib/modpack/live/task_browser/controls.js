import { makeButton, makeMenu } from "../base/panel.js";
import { TrialControls } from "../base/trial.js";

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
    ring1.element.hidden = isDecision;
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
