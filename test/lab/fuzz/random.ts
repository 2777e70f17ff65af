import { seededRandom } from "../crash/random.ts";

/** Choices that follow from a seed. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number from 0 to `below`, exclusive. */
  below(below: number): number;
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number;
  pick<Item>(items: readonly Item[]): Item;
  isTrue(probability?: number): boolean;
  bytes(count: number): Uint8Array;
}

export function randomOf(seed: string): Random {
  const next = seededRandom(seed);
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    between: (least, most) => least + below(most - least + 1),
    pick<Item>(items: readonly Item[]): Item {
      if (items.length === 0) throw new RangeError("there is nothing to pick from");
      return items[below(items.length)] as Item;
    },
    isTrue: (probability = 0.5) => next() < probability,
    bytes: (count) => Uint8Array.from({ length: count }, () => below(256)),
  };
}
