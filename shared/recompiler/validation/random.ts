/** Pseudo-random numbers for made-up states: the same seed gives the same numbers everywhere. */

export interface Random {
  /** A whole number, 0 <= n < limit <= 2**32. */
  below(limit: number): number;
  /** 32 bits, signed. */
  word(): number;
  /** True once in `times` on average. */
  oneIn(times: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
}

/** FNV-1a with another start for each of the generator's words (http://www.isthe.com/chongo/tech/comp/fnv/). */
function hash(text: string, start: number): number {
  let value = (0x811c9dc5 ^ start) >>> 0;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}

/** Chris Doty-Humphrey's sfc32 (PractRand), seeded from text. */
export function randomFrom(seed: string): Random {
  let [a, b, c, counter] = [hash(seed, 1), hash(seed, 2), hash(seed, 3), 1];
  const word = (): number => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return result;
  };
  for (let round = 0; round < 12; round++) word();
  const below = (limit: number): number => Math.floor(((word() >>> 0) / 2 ** 32) * limit);
  return {
    word,
    below,
    oneIn: (times) => below(times) === 0,
    pick: (items) => items[below(items.length)]!,
  };
}
