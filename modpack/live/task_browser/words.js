import { RESPOND } from "../engine/tasks/rules.js";
import { GO } from "../engine/tasks/generation.js";
import { degrees, wordResponse } from "../base/words.js";

/** One moment of a trial, in words. */

const RULE_WORDS = {
  pro: () => "respond towards the stimulus.",
  anti: () => "respond away from the stimulus, in the opposite direction.",
  Stronger: ({ modalities }) =>
    modalities.length === 2
      ? "respond towards the stimulus that is stronger in both rings together."
      : `respond towards the stimulus that is stronger in ring ${modalities[0]}.`,
  Permuted: ({ permutation }) => {
    const direction = (index) => degrees(((2 * Math.PI) / permutation.length) * index);
    const pairs = permutation.map((to, from) => `${direction(to)} to ${direction(from)}`);
    return `respond in one direction to each stimulus: ${pairs.join(", ")}.`;
  },
  respond_if_match: () =>
    "respond towards stimulus 2 if it has the direction of stimulus 1; else go on fixating.",
  respond_unless_match: () =>
    "go on fixating if both stimuli have the same direction; else respond towards stimulus 2.",
  respond_if_same_category: () =>
    "respond towards stimulus 2 if both are in the same half (0° to 180° or 180° to 360°); else go on fixating.",
  respond_unless_same_category: () =>
    "go on fixating if both stimuli are in the same half (0° to 180° or 180° to 360°); else respond towards stimulus 2.",
};

export const wordRule = ({ rule }) => `The rule: ${RULE_WORDS[rule.type](rule)}`;

/** What is on the screen, part by part. */
export function wordScreen({ cue, stimuli }) {
  const inRing = (ring) => stimuli.filter((stimulus) => stimulus.ring === ring);
  const word = ({ angle, strength }) => `${strength.toFixed(2)} at ${degrees(angle)}`;
  const rings = [1, 2].filter((ring) => inRing(ring).length > 0);
  const shown = rings.map((ring) => `ring ${ring}: strength ${inRing(ring).map(word).join(", ")}`);
  const parts = [...(cue ? ["fixation cue"] : []), ...shown];
  return parts.length > 0 ? parts : ["nothing"];
}

export function wordAnswer({ kind, angle }) {
  return kind === RESPOND ? `respond towards ${degrees(angle)}` : "go on fixating";
}

/** What is asked at a step, and before the go signal also what will be. */
export function wordAsked(trial, step, { dt }) {
  const go = trial.onsets[GO];
  if (step >= go) return `Asked now: ${wordAnswer(trial.answer)}.`;
  return `Asked now: keep fixating. From ${go * dt} ms on: ${wordAnswer(trial.answer)}.`;
}

/** What the network answers in the end, and whether that is right. */
export function wordNetwork({ decoded }, form, isRight, criterion) {
  const what = wordResponse(decoded, criterion);
  return `The ${form} network in the end: ${what}. That is ${isRight ? "right" : "wrong"}.`;
}
