/** States to run an instruction on: pairs of boundaries in either format, and random ones. */

import { type Random, randomFrom } from "../../../../shared/recompiler/validation/random.ts";

/** Words of a record: FCSR, three general registers, HI, LO, and four floating-point registers, the low word first. */
export const RECORD_WORDS = 14;

// biome-ignore format: boundaries of one kind to a row
const SINGLES: readonly number[] = [
  0x00000000, 0x00000001, 0x007fffff, 0x00800000, 0x00800001,
  0x33800000, 0x3f000000, 0x3f7fffff, 0x3f800000, 0x3f800001, 0x3fc00000, 0x40200000, 0x4b000001,
  0x4effffff, 0x4f000000, 0x4f000001, 0x5effffff, 0x5f000000, 0x5f000001, 0x7e800000, 0x7f7fffff, 0x7f800000,
  0x7f800001, 0x7fbfffff, 0x7fc00000, 0x7fffffff,
];

// biome-ignore format: boundaries of one kind to a row
const DOUBLES: readonly bigint[] = [
  0n, 1n, 0x000fffffffffffffn, 0x0010000000000000n, 0x0010000000000001n,
  // Where a single becomes zero, subnormal, normal, infinite.
  0x3690000000000000n, 0x36a0000000000001n, 0x380fffffe0000000n, 0x380fffffffffffffn, 0x47efffffe0000000n, 0x47effffff0000000n,
  0x3fe0000000000000n, 0x3fefffffffffffffn, 0x3ff0000000000000n, 0x3ff0000000000001n, 0x3ff8000000000000n, 0x4004000000000000n,
  0x41dfffffffc00000n, 0x41dfffffffe00000n, 0x41e0000000000000n, 0x41e0000000100000n, 0x41e0000000200000n,
  0x43dfffffffffffffn, 0x43e0000000000000n, 0x43e0000000000001n, 0x7fefffffffffffffn, 0x7ff0000000000000n,
  0x7ff0000020000001n, 0x7ff7ffffffffffffn, 0x7ff8000000000000n, 0x7fffffffffffffffn,
];

const SIGN_32 = 0x8000_0000;
const SIGN_64 = 1n << 63n;

const wordsOf = (pattern: bigint): readonly [number, number] => [
  Number(pattern & 0xffff_ffffn),
  Number((pattern >> 32n) & 0xffff_ffffn),
];

/** Numbers of one size and of sizes that meet, so that sums cancel and products come near the ends. */
function randomDouble(random: Random): bigint {
  const fraction = (BigInt(random.below(1 << 20)) << 32n) | BigInt(random.word() >>> 0);
  const shortened = random.oneIn(3)
    ? (fraction >> 29n) << 29n
    : random.oneIn(3)
      ? fraction & 0xf000000000000n
      : fraction;
  const exponent = random.pick([
    () => random.below(2048),
    () => 1023 + random.below(7) - 3,
    () => 1023 + random.below(70) - 4,
    () => 511 + random.below(3),
    () => random.below(3),
    () => 2044 + random.below(4),
    () => 1023 - 127 + random.below(255),
    () => 1023 - 152 + random.below(30),
  ])();
  return (BigInt(random.below(2)) << 63n) | (BigInt(exponent) << 52n) | shortened;
}

function randomSingle(random: Random): number {
  const fraction = random.below(1 << 23);
  const shortened = random.oneIn(3) ? fraction & 0x7f8000 : fraction;
  const exponent = random.pick([
    () => random.below(256),
    () => 127 + random.below(7) - 3,
    () => 127 + random.below(40) - 4,
    () => 63 + random.below(3),
    () => random.below(3),
    () => 252 + random.below(4),
  ])();
  return ((random.below(2) << 31) | (exponent << 23) | shortened) >>> 0;
}

function randomPattern(random: Random): readonly [number, number] {
  if (random.oneIn(12)) return [random.word() >>> 0, random.word() >>> 0];
  if (random.oneIn(2)) return [randomSingle(random), random.word() >>> 0];
  if (random.oneIn(20)) return [random.pick(SINGLES) ^ 0, random.word() >>> 0];
  return wordsOf(random.oneIn(20) ? random.pick(DOUBLES) : randomDouble(random));
}

/** Any mode; conditions and flags set or not; one in eight with FS; nothing enabled, no cause. */
function randomControl(random: Random): number {
  const conditions = random.word() & 0xfe800000;
  const flush = random.oneIn(8) ? 1 << 24 : 0;
  return (conditions | flush | (random.below(32) << 2) | random.below(4)) >>> 0;
}

const INTEGERS = [
  0, 1, 2, 31, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff,
];

const randomInteger = (random: Random): number => (random.oneIn(3) ? random.pick(INTEGERS) : random.word() >>> 0);

type Pattern = readonly [low: number, high: number];

function record(random: Random, a: Pattern, b: Pattern, control = randomControl(random)): number[] {
  const first = randomInteger(random);
  const second = random.oneIn(5) ? first : randomInteger(random);
  const general = [randomInteger(random), first, second];
  return [
    control,
    ...general,
    randomInteger(random),
    randomInteger(random),
    ...a,
    ...b,
    ...randomPattern(random),
    ...randomPattern(random),
  ];
}

/** What FCSR asks for. */
export interface Modes {
  /** Rounding modes that each pair of boundaries is tried in, in turn. Default: one, the usual or any. */
  readonly ofPairs?: readonly number[];
  /** To nearest, subnormal numbers stay. */
  readonly isUsual?: boolean;
}

const MODE = 3;
const FLUSH = 1 << 24;

/** Every pair of boundaries in the formats, either sign of the second. */
function boundaryRecords(random: Random, modes: readonly number[] | undefined): number[][] {
  const doubles = DOUBLES.flatMap((each) => [wordsOf(each), wordsOf(each ^ SIGN_64)]);
  const singles = SINGLES.flatMap((each): Pattern[] => [
    [each, random.word() >>> 0],
    [(each ^ SIGN_32) >>> 0, random.word() >>> 0],
  ]);
  const controls = (): number[] =>
    modes === undefined
      ? [random.oneIn(3) ? 0 : randomControl(random)]
      : modes.map((mode) => ((randomControl(random) & ~(MODE | FLUSH)) | mode) >>> 0);
  return [doubles, singles].flatMap((patterns) =>
    patterns.flatMap((a, index) =>
      patterns.flatMap((b) => (index % 2 === 0 ? controls().map((control) => record(random, a, b, control)) : [])),
    ),
  );
}

/** @param count of random states */
export function instructionStates(seed: string, count: number, modes: Modes = {}): readonly (readonly number[])[] {
  const random = randomFrom(seed);
  const made = Array.from({ length: count }, () => record(random, randomPattern(random), randomPattern(random)));
  const all = [...boundaryRecords(random, modes.ofPairs), ...made];
  if (modes.isUsual !== true) return all;
  return all.map(([control = 0, ...rest]) => [(control & ~(MODE | FLUSH)) >>> 0, ...rest]);
}
