/** Random words that mean something: pointers into the program's memory, small numbers, values at which results turn. */

import type { GuestFunction, Segment } from "../program.ts";
import type { Random } from "./random.ts";

/** Where plausible values come from. */
export interface ValueSources {
  readonly functions: readonly GuestFunction[];
  /** The image's segments, by whether the program may write to them. */
  readonly writable: readonly Segment[];
  readonly readOnly: readonly Segment[];
  /** Numbers that the function's code knows. */
  readonly constants: readonly number[];
  /** Bytes around the stack pointer that hold something: `[start, start + length)`. */
  readonly stack: { readonly start: number; readonly length: number };
}

type ValueKind =
  | "zero"
  | "tiny"
  | "small"
  | "constant"
  | "edge"
  | "stack"
  | "writable"
  | "readable"
  | "code"
  | "byte"
  | "any";

/** How often each kind of value is drawn, in parts of the sum. */
// biome-ignore format: a table
const WEIGHTS: readonly (readonly [kind: ValueKind, weight: number])[] = [
  ["zero",      5],
  ["tiny",      8],
  ["small",    10],
  ["constant", 12],
  ["edge",     14],
  ["stack",    19],
  ["writable", 14],
  ["readable",  5],
  ["code",      4],
  ["byte",      3],
  ["any",       6],
];

const kindsOf = (weights: readonly (readonly [kind: ValueKind, weight: number])[]): readonly ValueKind[] =>
  weights.flatMap(([kind, weight]) => Array.from({ length: weight }, () => kind));

const KINDS = kindsOf(WEIGHTS);

/** Values at which conditions, carries and sign extensions turn. */
// biome-ignore format: by size
const EDGE_VALUES = [
  0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 33, 63, 64, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000,
  0x7ffffffe, 0x7fffffff, -0x80000000, -0x7fffffff, -0x10000, -0x8001, -0x8000, -0x100, -0x81, -0x80, -32, -4, -2, -1,
];

/** Operands between which results turn, and which chance does not bring together: quotient overflow first of all. */
// biome-ignore format: a table, one row a case
export const BOUNDARY_PAIRS: readonly (readonly [number, number])[] = [
  [-0x80000000,          -1],
  [-0x80000000, -0x80000000],
  [ 0x7fffffff,           1],
  [ 0x7fffffff,  0x7fffffff],
  [         -1,          -1],
  [         -1,           0],
  [          0, -0x80000000],
  [-0x80000000,  0x7fffffff],
];

/** An address in a range: a multiple of four in most cases. */
export function addressIn(random: Random, start: number, length: number): number {
  const offset = random.below(Math.max(1, length));
  const isAligned = !random.oneIn(6);
  return (start + (isAligned ? offset - (offset % 4) : offset)) | 0;
}

function addressInSegments(random: Random, segments: readonly Segment[]): number {
  if (segments.length === 0) return random.below(256);
  const segment = random.pick(segments);
  return addressIn(random, segment.address, segment.memorySize);
}

export function plausibleValue(random: Random, sources: ValueSources): number {
  return drawn(random.pick(KINDS), random, sources);
}

function drawn(kind: ValueKind, random: Random, sources: ValueSources): number {
  switch (kind) {
    case "zero":
      return 0;
    case "tiny":
      return 1 + random.below(4);
    case "small":
      return random.below(72) - 8;
    case "constant":
      return sources.constants.length === 0 ? random.below(16) : random.pick(sources.constants) + random.below(3) - 1;
    case "edge":
      return random.pick(EDGE_VALUES);
    case "stack":
      return addressIn(random, sources.stack.start, sources.stack.length);
    case "writable":
      return addressInSegments(random, sources.writable);
    case "readable":
      return addressInSegments(random, sources.readOnly);
    case "code":
      return sources.functions.length === 0 ? 0 : random.pick(sources.functions).address | 0;
    case "byte":
      return random.below(256);
    default:
      return random.word();
  }
}

/** How often each kind of value is drawn where a caller that means well chooses: nothing that is sure to trap. */
// biome-ignore format: a table
const USABLE_WEIGHTS: readonly (readonly [kind: ValueKind, weight: number])[] = [
  ["zero",      8],
  ["tiny",     20],
  ["byte",     12],
  ["stack",    40],
  ["writable", 20],
];
const USABLE_KINDS: readonly ValueKind[] = kindsOf(USABLE_WEIGHTS);

/** A small number, or a pointer to memory that may be written: aligned to eight, with room behind it in most cases. */
export function usableValue(random: Random, sources: ValueSources): number {
  const kind = random.pick(USABLE_KINDS);
  const value = drawn(kind, random, sources);
  return kind === "stack" || kind === "writable" ? value & ~7 : value;
}

const printable = (random: Random): number => (random.oneIn(12) ? 0 : 32 + random.below(95));

/** A byte of text, or one of the bytes the code compares with. */
function textByte(random: Random, { constants }: ValueSources): number {
  return constants.length > 0 && random.oneIn(3) ? random.pick(constants) & 0xff : printable(random);
}

/** Gives the words that a piece of memory is filled with. */
export type Filling = (random: Random, sources: ValueSources) => number;

/**
 * Anything plausible, values at which results turn, any bytes, text. A state has one of them for all its memory, so that
 * each meets code that goes through much of it.
 */
export const FILLINGS: readonly Filling[] = [
  plausibleValue,
  usableValue,
  (random) => random.pick(EDGE_VALUES),
  (random) => random.word(),
  (random, sources) => {
    let word = 0;
    for (let shift = 0; shift < 32; shift += 8) word |= textByte(random, sources) << shift;
    return word;
  },
];
