/**
 * Seeded random numbers: the generator sfc32 (Chris Doty-Humphrey, PractRand), 128 bits of state,
 * filled from a 32-bit seed by splitmix32. Its numbers are not those of torch.
 */
export class Generator {
  constructor(seed = 0) {
    let s = seed | 0;
    const splitmix = () => {
      s = (s + 0x9e3779b9) | 0;
      let z = Math.imul(s ^ (s >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return z ^ (z >>> 15);
    };
    this.state = Int32Array.from({ length: 4 }, splitmix);
    this.spare = null;
  }

  /** Next 32 bits as an unsigned integer. */
  bits() {
    const s = this.state;
    const result = (((s[0] + s[1]) | 0) + s[3]) | 0;
    s[3] += 1;
    s[0] = s[1] ^ (s[1] >>> 9);
    s[1] = s[2] + (s[2] << 3);
    s[2] = ((s[2] << 21) | (s[2] >>> 11)) + result;
    return result >>> 0;
  }

  /** Uniform in [0, 1), with 53 random bits. */
  uniform() {
    const high = this.bits() >>> 5;
    const low = this.bits() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** Standard normal deviate (Box and Muller 1958). */
  normal() {
    if (this.spare !== null) {
      const value = this.spare;
      this.spare = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}
