/** What a register, or a word of the frame, may hold at a place of a function, so far as its interface has use for it. */

import { REGISTER_COUNT } from "../../register-file.ts";

/** A set of slots of the register file. */
export type Slots = bigint;

export const slotsOf = (slots: Iterable<number>): Slots => {
  let set = 0n;
  for (const slot of slots) set |= 1n << BigInt(slot);
  return set;
};

export const hasSlot = (set: Slots, slot: number): boolean => ((set >> BigInt(slot)) & 1n) === 1n;

/** Ascending. */
export const slotsIn = (set: Slots): readonly number[] =>
  Array.from({ length: REGISTER_COUNT }, (_, slot) => slot).filter((slot) => hasSlot(set, slot));

/** Equal values are one object. */
export interface Value {
  /** What slots held as the function was entered: it may be that of any of these. */
  readonly entries: Slots;
  /** It may be something else. */
  readonly isOther: boolean;
  /** It is the stack pointer of the entry and so many bytes, and nothing else. */
  readonly frame: number | undefined;
  /** It is this number and nothing else. */
  readonly constant: number | undefined;
}

export class Values {
  /** By what they are: equal values are one object, so that to compare them is to compare two references. */
  readonly #mixtures = new Map<string, Value>();
  readonly #frames = new Map<number, Value>();
  readonly #constants = new Map<number, Value>();
  readonly #joins = new Map<Value, Map<Value, Value>>();
  readonly #slots = new Map<Slots, readonly number[]>();
  readonly other = this.#mixture(0n, true);
  readonly #entries = Array.from({ length: REGISTER_COUNT }, (_, slot) => this.#mixture(1n << BigInt(slot), false));

  entry(slot: number): Value {
    return this.#entries[slot]!;
  }

  frame(offset: number): Value {
    return getOrAdd(this.#frames, offset, () => ({ ...NOTHING, frame: offset }));
  }

  constant(constant: number): Value {
    const unsigned = constant >>> 0;
    return getOrAdd(this.#constants, unsigned, () => ({ ...NOTHING, constant: unsigned }));
  }

  /** Ascending; sets are few, and asked for at each call. */
  slotsIn(set: Slots): readonly number[] {
    return getOrAdd(this.#slots, set, () => slotsIn(set));
  }

  join(one: Value, another: Value): Value {
    if (one === another) return one;
    const joins = getOrAdd(this.#joins, one, () => new Map<Value, Value>());
    return getOrAdd(joins, another, () => {
      const isOther = [one, another].some((each) => each.isOther || each.entries === 0n);
      return this.#mixture(one.entries | another.entries, isOther);
    });
  }

  #mixture(entries: Slots, isOther: boolean): Value {
    return getOrAdd(this.#mixtures, `${entries} ${isOther}`, () => ({ ...NOTHING, entries, isOther }));
  }
}

const NOTHING: Value = { entries: 0n, isOther: false, frame: undefined, constant: undefined };

function getOrAdd<Key, Item>(items: Map<Key, Item>, key: Key, make: () => Item): Item {
  const known = items.get(key);
  if (known !== undefined) return known;
  const made = make();
  items.set(key, made);
  return made;
}
