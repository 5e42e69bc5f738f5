/** Operators on contexts; as modpack.context. */

export function norm(c) {
  return Math.sqrt(c.reduce((sum, value) => sum + value * value, 0));
}

export function difference(a, b) {
  return a.map((value, k) => value - b[k]);
}

/** (1 - lam) a + lam b. */
export function mix(a, b, lam) {
  return a.map((value, k) => (1 - lam) * value + lam * b[k]);
}

/** The linear mix rescaled to the norm (1 - lam) |a| + lam |b|. */
export function mixPreservingNorm(a, b, lam) {
  const mixed = mix(a, b, lam);
  const target = (1 - lam) * norm(a) + lam * norm(b);
  const possible = norm(mixed) > 1e-6 * target && target > 0;
  if (!possible) throw new RangeError(`lam=${lam}: the mix has no direction and norm to keep`);
  return fade(mixed, target / norm(mixed));
}

/** c + sigma z, with one standard normal z for every coordinate. */
export function noise(c, sigma, generator) {
  return c.map((value) => value + sigma * generator.normal());
}

/** c + sigma z (b - a) / |b - a|, with one standard normal z. */
export function noiseInLine(c, a, b, sigma, generator) {
  const unit = directionOf(a, b);
  const shift = sigma * generator.normal();
  return c.map((value, k) => value + shift * unit[k]);
}

/** The part of z along b - a. */
export function inLine(z, a, b) {
  const unit = directionOf(a, b);
  return fade(
    unit,
    unit.reduce((sum, value, k) => sum + value * z[k], 0),
  );
}

/** The unit vector from a to b. */
function directionOf(a, b) {
  const distance = norm(difference(b, a));
  if (!(distance > 0)) throw new RangeError("b must be another context than a");
  return fade(difference(b, a), 1 / distance);
}

/** s c; 0 is the neutral context of every form. */
export function fade(c, s) {
  return c.map((value) => s * value);
}

/** The context with every coordinate set to zero with probability p. */
export function drop(c, p, generator) {
  const entries = c.reduce((count, value) => count + (value !== 0), 0);
  if (entries < 2) throw new RangeError("drop needs a dense context: use an orthogonal code");
  return c.map((value) => (generator.uniform() >= p ? value : 0));
}
