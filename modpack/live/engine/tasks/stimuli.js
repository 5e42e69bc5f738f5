import { wrap } from "./rules.js";

/** Conditions drawn at random; as modpack.tasks.stimuli, from other random numbers. */

const CATEGORY_ANGLES = Array.from({ length: 10 }, (_, k) => (Math.PI * (2 * k + 1)) / 10);
const NON_MATCH = [Math.PI / 9, (17 * Math.PI) / 9];

const uniform = (low, high, generator) => low + (high - low) * generator.uniform();
const anyOf = (values, generator) => values[Math.floor(values.length * generator.uniform())];
const sign = (generator) => anyOf([-1, 1], generator);
const ring = (generator) =>
  anyOf(
    [
      [1, 0],
      [0, 1],
    ],
    generator,
  );
const anywhere = (generator) => uniform(0, 2 * Math.PI, generator);

/** Two directions from low to high apart, on either side. */
function apart(low, high, generator) {
  const first = anywhere(generator);
  return [first, wrap(first + uniform(low, high, generator) * sign(generator))];
}

/** Strengths mean +/- coherence of two stimuli. */
function strengths(coherences, generator) {
  const mean = uniform(0.8, 1.2, generator);
  const difference = anyOf(coherences, generator) * sign(generator);
  return [mean + difference, mean - difference];
}

const single = (angle, strength) => ({
  angle: [angle, NaN],
  strength: [strength, [0, 0]],
  sequential: false,
});
const sides = (generator) => apart(Math.PI / 2, (3 * Math.PI) / 2, generator);

/** By type: (what Python says of the stimuli, generator) -> the conditions of a trial. */
export const STIMULI = {
  SingleStimulus: (_about, generator) => single(anywhere(generator), ring(generator)),

  Directions: ({ n }, generator) =>
    single(((2 * Math.PI) / n) * Math.floor(n * generator.uniform()), [1, 0]),

  Decision: ({ modality, sequential, coherences }, generator) => {
    const angle = sides(generator);
    const strength = strengths(coherences, generator).map((value) =>
      modality === 1 ? [value, 0] : [0, value],
    );
    return { angle, strength, sequential };
  },

  ContextDecision: ({ sequential, coherences }, generator) => {
    const angle = sides(generator);
    const [first, second] = [1, 2].map(() => strengths(coherences, generator));
    const strength = [0, 1].map((stimulus) => [first[stimulus], second[stimulus]]);
    return { angle, strength, sequential };
  },

  MultisensoryDecision: ({ sequential, coherences }, generator) => {
    const angle = sides(generator);
    const strength = strengths(coherences, generator).map((whole) => {
      const share = (uniform(0.2, 0.8, generator) * sign(generator)) / 2;
      return [whole * (1 + share), whole * (1 - share)];
    });
    return { angle, strength, sequential };
  },

  MatchPair: (_about, generator) => {
    const angle = apart(...NON_MATCH, generator);
    if (sign(generator) > 0) angle[1] = angle[0];
    return { angle, strength: [ring(generator), ring(generator)], sequential: true };
  },

  CategoryPair: (_about, generator) => {
    const angle = [0, 1].map(() => anyOf(CATEGORY_ANGLES, generator));
    return { angle, strength: [ring(generator), ring(generator)], sequential: true };
  },
};

/** By type: (what Python says of a distribution, generator) -> a duration in ms. */
export const DURATIONS = {
  Uniform: ({ low, high }, generator) => uniform(low, high, generator),
  Choice: ({ values }, generator) => anyOf(values, generator),
  Fixed: ({ value }) => value,
};
