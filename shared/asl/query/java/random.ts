/** `java.util.Random`: with a seed, AWS's random functions give the numbers of this generator (Java SE API). */
export interface JavaRandom {
  /** An integer in [0, bound); bound is positive and below 2^31. */
  nextInt(bound: number): number;
  /** A number in [0, 1). */
  nextDouble(): number;
}

const multiplier = 0x5deece66dn;
const mask = (1n << 48n) - 1n;

export function javaRandom(seed: number): JavaRandom {
  let state = (BigInt(Math.trunc(seed)) ^ multiplier) & mask;

  function next(bits: number): number {
    state = (state * multiplier + 0xbn) & mask;
    return Number(BigInt.asIntN(32, state >> BigInt(48 - bits)));
  }

  function nextInt(bound: number): number {
    if ((bound & (bound - 1)) === 0) return Number((BigInt(bound) * BigInt(next(31))) >> 31n);
    for (;;) {
      const drawn = next(31);
      const value = drawn % bound;
      // Draws above the last whole multiple of the bound would favour small values.
      if (drawn - value + (bound - 1) < 2 ** 31) return value;
    }
  }

  return { nextInt, nextDouble: () => (next(26) * 2 ** 27 + next(27)) * 2 ** -53 };
}
