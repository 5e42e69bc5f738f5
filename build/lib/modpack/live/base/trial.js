import { readout } from "../engine/network.js";
import { UNDEFINED, wrap } from "../engine/rules.js";
import { assemble, durations } from "../engine/trials.js";
import { final, satisfies } from "../engine/scoring.js";
import { choice, opposed } from "../engine/choices.js";
import { dragAngle } from "./drawing.js";

/** The page's half of trials.py: a trial whose stimuli the reader chooses, and a network in it. */

export const clamp = (value, [low, high]) => Math.min(Math.max(value, low), high);

/** The trial that the reader chose; as chosen_trial in Python. */
export function chosenTrial(task, preset, state) {
  const strength = task.strength.map((rings, stimulus) =>
    rings.map((value, ring) => value + state.coherence * task.coherence_strength[stimulus][ring]),
  );
  return trialOf(task, preset, state, strength);
}

/** The same, but stimuli of any strength, (stimulus, ring). */
export function trialOf(task, preset, state, strength) {
  const angle = [state.angle, state.angle2].map((degrees, stimulus) =>
    strength[stimulus][0] + strength[stimulus][1] === 0 ? NaN : wrap(degrees * (Math.PI / 180)),
  );
  const periods = [...task.periods];
  if (task.delays) periods[2] = clamp(state.delay, task.delays);
  const conditions = { angle, strength, sequential: task.sequential };
  return assemble(task, preset, conditions, durations(periods, preset.dt, preset.length));
}

/** What a network does in a trial: its states, its outputs and what it says. */
export function respond(dynamics, trial, preset) {
  const states = dynamics.simulate(trial.patterns, trial.epochIndex);
  const outputs = readout(dynamics, states);
  return { states, outputs, said: final(outputs, trial, preset) };
}

/** The same, and which of two answers that is. */
export function run(network, context, trial, b, { preset, criterion }) {
  const response = respond(network.under(context), trial, preset);
  return { ...response, made: made(response.said, trial.answer, b, criterion) };
}

/** The choice, or "both" if both tasks ask for the same and it was answered. */
function made(said, a, b, criterion) {
  const alike = b.kind !== UNDEFINED && !opposed(a, b);
  return alike && satisfies(said, a, criterion) ? "both" : choice(said, a, b, criterion);
}

/** Neurons in the order of the time of their largest rate in a trial. */
export function orderOf(states, n) {
  const peak = (i) => {
    let best = 0;
    for (let t = 0; t * n < states.length; t++)
      if (states[t * n + i] > states[best * n + i]) best = t;
    return best;
  };
  return Array.from({ length: n }, (_, i) => [peak(i), i])
    .sort(([first], [second]) => first - second)
    .map(([, i]) => i);
}

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
    let name = "angle";
    dragAngle(canvas, (degrees, isFirst) => {
      const { angle, angle2 } = figure.state;
      const apart = (other) => Math.abs(((degrees - other + 540) % 360) - 180);
      if (isFirst) name = this.hasSecond && apart(angle2) < apart(angle) ? "angle2" : "angle";
      figure.set({ [name]: degrees });
    });
  }
}

function hasSecond({ strength: [, rings] }) {
  return rings.some((value) => value > 0);
}
