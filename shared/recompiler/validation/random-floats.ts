/** Random floating-point registers: boundaries, numbers near each other, integers, and whatever else bits may say. */

import { F0, F0_HIGH } from "../register-file.ts";
import type { Conversion } from "./code-hints.ts";
import type { Random } from "./random.ts";

/** Zero, subnormal, the ends of the normal numbers, halves, ends of the integers, infinity, NaNs of either kind. */
// biome-ignore format: by size
const SINGLES = [
  0x00000000, 0x00000001, 0x007fffff, 0x00800000, 0x3f000000, 0x3f7fffff, 0x3f800000, 0x3fc00000, 0x40200000, 0x4b000001,
  0x4effffff, 0x4f000000, 0x5f000000, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fbfffff, 0x7fc00000,
];

/** The high words of the same as doubles, and low words that they may have. */
// biome-ignore format: by size
const DOUBLES_HIGH = [
  0x00000000, 0x000fffff, 0x00100000, 0x36a00000, 0x380fffff, 0x3fe00000, 0x3fefffff, 0x3ff00000, 0x3ff80000, 0x40040000,
  0x41dfffff, 0x41e00000, 0x43e00000, 0x47efffff, 0x7fefffff, 0x7ff00000, 0x7ff7ffff, 0x7ff80000,
];
const DOUBLES_LOW = [0, 1, 0x00200000, 0xe0000000, 0xf0000000, 0xffc00000, 0xffe00000, 0xffffffff];

const signed = (random: Random, bits: number): number => (random.oneIn(2) ? bits : bits ^ 0x80000000) | 0;

const scratch = new DataView(new ArrayBuffer(8));

type Words = readonly [high: number, low: number];

function doubleOf(value: number): Words {
  scratch.setFloat64(0, value);
  return [scratch.getInt32(0), scratch.getInt32(4)];
}

function singleOf(value: number): number {
  scratch.setFloat32(0, value);
  return scratch.getInt32(0);
}

/** The largest number that is an integer of the width, the first that is none, and, seen from below, the first that is none. */
// biome-ignore format: a table, high words and low words
const INTEGER_ENDS: Readonly<Record<Conversion, readonly Words[]>> = {
  "w.s": [[0, 0x4effffff], [0, 0x4f000000], [0, 0x4f000001]],
  "l.s": [[0, 0x5effffff], [0, 0x5f000000], [0, 0x5f000001]],
  "w.d": [[0x41dfffff, 0xffc00000], [0x41e00000, 0x00000000], [0x41e00000, 0x00200000]],
  "l.d": [[0x43dfffff, 0xffffffff], [0x43e00000, 0x00000000], [0x43e00000, 0x00000001]],
};

function integerEnd(random: Random, conversions: readonly Conversion[]): Words {
  const conversion = random.pick(conversions);
  const [high, low] = random.pick(INTEGER_ENDS[conversion]);
  return conversion.endsWith("s") ? [random.word(), signed(random, low)] : [signed(random, high), low | 0];
}

/** A number as a person would write it. */
const ordinary = (random: Random): number => (random.below(2001) - 1000) / (random.oneIn(2) ? 1 : 1 << random.below(8));

/** Half of them doubles, half of them singles or words beside something. */
function pattern(random: Random): Words {
  switch (random.below(8)) {
    case 0:
    case 1:
      return doubleOf(ordinary(random));
    case 2:
      return [signed(random, random.pick(DOUBLES_HIGH)), random.pick(DOUBLES_LOW) | 0];
    case 3:
      return [signed(random, ((1023 - 40 + random.below(80)) << 20) | random.below(1 << 20)), random.word()];
    case 4:
      return [random.word(), singleOf(ordinary(random))];
    case 5:
      return [signed(random, random.pick(SINGLES)), signed(random, random.pick(SINGLES))];
    case 6:
      return [random.below(3) - 1, random.below(201) - 100];
    default:
      return [random.word(), random.word()];
  }
}

/**
 * Equal and opposite numbers are rare by chance, and matter to whatever compares or cancels them; so do the ends of the integers to
 * whatever makes some.
 */
export function fillFloats(
  random: Random,
  registerBits: 32 | 64,
  conversions: readonly Conversion[],
  registers: Int32Array,
): void {
  let last: Words = [0, 0];
  for (let number = 0; number < 32; number += registerBits === 32 ? 2 : 1) {
    const drawn = () => (conversions.length > 0 && random.oneIn(3) ? integerEnd(random, conversions) : pattern(random));
    const [high, low] = random.oneIn(6) ? last : random.oneIn(12) ? [last[0] ^ 0x80000000, last[1]] : drawn();
    registers[F0 + number] = low;
    registers[registerBits === 32 ? F0 + number + 1 : F0_HIGH + number] = high;
    last = [high, low];
  }
}

const [ONE, THREE, LEAST, LARGEST, INFINITE] = [0x3f800000, 0x40400000, 0x00000001, 0x7f7fffff, 0x7f800000];
/** NaNs whose quiet bit is set, and not set: which of them signals is by the convention. */
const [SET, OTHER_SET, NOT_SET, OTHER_NOT_SET] = [0x7fc00001, 0x7fe00003, 0x7f800002, 0x7fa00005];
/** Each rounds to another integer in at least one of the modes. */
const [HALVES, QUARTERS, TIE] = [0x3fc00000, 0x3f400000, 0x40200000];
const NEGATIVE = 0x80000000;

/**
 * Operands that chance does not bring together: one of them a NaN, both of them, infinities that cancel, the ends of the range. A
 * prime number of them, so that each comes to each instruction.
 */
// biome-ignore format: a table, one row a case
export const FLOAT_PAIRS: readonly (readonly [number, number])[] = [
  [NOT_SET,             ONE],
  [ONE,                 NOT_SET],
  [SET | NEGATIVE,      THREE],
  [THREE,               SET | NEGATIVE],
  [NOT_SET,             SET],
  [SET,                 OTHER_SET | NEGATIVE],
  [OTHER_NOT_SET,       NOT_SET | NEGATIVE],
  [INFINITE,            INFINITE | NEGATIVE],
  [INFINITE,            0],
  [0,                   NEGATIVE],
  [LARGEST,             LARGEST],
  [LEAST | NEGATIVE,    LEAST],
  [ONE,                 ONE | NEGATIVE],
  [ONE | NEGATIVE,      THREE],
  [HALVES,              QUARTERS | NEGATIVE],
  [QUARTERS | NEGATIVE, TIE],
  [TIE | NEGATIVE,      HALVES],
];

/** The number of a double that a single is; of a NaN, one with the same quiet bit. */
function asDouble(single: number): Words {
  if ((single & INFINITE) === INFINITE)
    return [(single & NEGATIVE) | 0x7ff00000 | ((single & 0x7fffff) >>> 3), single << 29];
  if ((single & 0x7fffffff) === LEAST) return [single & NEGATIVE, 1];
  if ((single & 0x7fffffff) === LARGEST) return [(single & NEGATIVE) | 0x7fefffff, -1];
  scratch.setUint32(0, single);
  return doubleOf(scratch.getFloat32(0));
}

/** Puts a number, given as a single, into a register as the format has it. */
export function setFloat(
  registers: Int32Array,
  registerBits: 32 | 64,
  number: number,
  format: "s" | "d",
  single: number,
): void {
  if (format === "s") {
    registers[F0 + number] = single | 0;
    return;
  }
  const [high, low] = asDouble(single);
  registers[F0 + number] = low;
  registers[registerBits === 32 ? F0 + (number | 1) : F0_HIGH + number] = high;
}
