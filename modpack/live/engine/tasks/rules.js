/** What tasks ask for; as modpack.tasks.rules. */

export const RESPOND = 0;
export const WITHHOLD = 1;
export const UNDEFINED = 2;

export const SAME_ANGLE = Math.PI / 36;
export const TIE = 1e-4;
export const ON_DIRECTION = 1e-3;

/** x modulo m with the sign of m, as torch.remainder. */
export function remainder(x, m) {
  const rest = x % m;
  return rest !== 0 && rest < 0 !== m < 0 ? rest + m : rest;
}

/** Angles in rad brought into [0, 2 pi). */
export function wrap(angle) {
  return remainder(remainder(angle, 2 * Math.PI), 2 * Math.PI);
}

/** Distance on the circle, in [0, pi] rad. */
export function circularDistance(first, second) {
  return Math.abs(Math.atan2(Math.sin(first - second), Math.cos(first - second)));
}

function answer(respond, angle, defined) {
  if (!defined) return { kind: UNDEFINED, angle: NaN };
  return respond ? { kind: RESPOND, angle: wrap(angle) } : { kind: WITHHOLD, angle: NaN };
}

function present({ strength }) {
  return strength.map((rings) => rings.some((value) => value > 0));
}

/** Direction of the only stimulus, and whether there is exactly one. */
function onlyStimulus(conditions) {
  const [first, second] = present(conditions);
  return { angle: conditions.angle[first ? 0 : 1], defined: first !== second };
}

function relativeToStimulus(conditions, offset) {
  const { angle, defined } = onlyStimulus(conditions);
  return answer(defined, angle + offset, defined);
}

function permuted(conditions, permutation) {
  const { angle, defined } = onlyStimulus(conditions);
  const step = (2 * Math.PI) / permutation.length;
  const nearest = Math.round(angle / step);
  const isExact = defined && Math.abs(angle / step - nearest) < ON_DIRECTION;
  return answer(isExact, permutation[nearest % permutation.length] * step, isExact);
}

function towardsSecond(conditions, respond) {
  const defined = present(conditions).every(Boolean) && conditions.sequential;
  return answer(respond, conditions.angle[1], defined);
}

function match({ angle }) {
  return circularDistance(angle[0], angle[1]) < SAME_ANGLE;
}

function sameCategory({ angle }) {
  return angle[0] >= Math.PI === angle[1] >= Math.PI;
}

/** The response rules: (conditions, rule) -> { kind, angle }. */
export const RULES = {
  pro: (conditions) => relativeToStimulus(conditions, 0),
  anti: (conditions) => relativeToStimulus(conditions, Math.PI),
  Stronger: ({ angle, strength }, { modalities }) => {
    const attended = strength.map((rings) => modalities.map((modality) => rings[modality - 1]));
    const [first, second] = attended.map((rings) => rings.reduce((sum, value) => sum + value));
    const defined = attended.flat().every((value) => value > 0) && Math.abs(first - second) > TIE;
    return answer(defined, first > second ? angle[0] : angle[1], defined);
  },
  Permuted: (conditions, { permutation }) => permuted(conditions, permutation),
  respond_if_match: (conditions) => towardsSecond(conditions, match(conditions)),
  respond_unless_match: (conditions) => towardsSecond(conditions, !match(conditions)),
  respond_if_same_category: (conditions) => towardsSecond(conditions, sameCategory(conditions)),
  respond_unless_same_category: (conditions) =>
    towardsSecond(conditions, !sameCategory(conditions)),
};

/** What a task asks for in a trial of any task. */
export function taskAnswer(task, conditions) {
  return RULES[task.rule.type](conditions, task.rule);
}
