/**
 * The guest's register file, described once: what each slot of it is called, and which global of a lifted module keeps it.
 * Whoever walks, stores, compares or names registers does it from here.
 *
 * A slot is a word, a signed 32-bit number; a file is an `Int32Array` with one element a slot. What is wider than a word has
 * its high word in a slot of its own, behind all the low ones: so general registers of 64 bits are rows here.
 */

/** Conventional names of the o32 ABI by number. */
const GENERAL_NAMES = [
  "zero", "at", "v0", "v1", "a0", "a1", "a2", "a3",
  "t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7",
  "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7",
  "t8", "t9", "k0", "k1", "gp", "sp", "fp", "ra",
] as const; // biome-ignore format: eight to a row, as the ABI's tables print them

const ACCUMULATOR_NAMES = ["hi", "lo"] as const;

const FLOAT_NAMES = [
  "f0", "f1", "f2", "f3", "f4", "f5", "f6", "f7",
  "f8", "f9", "f10", "f11", "f12", "f13", "f14", "f15",
  "f16", "f17", "f18", "f19", "f20", "f21", "f22", "f23",
  "f24", "f25", "f26", "f27", "f28", "f29", "f30", "f31",
] as const; // biome-ignore format: eight to a row

/**
 * - `fcsr`: control and status of the floating-point unit
 * - `link`: the address that `ll` has read and nothing since has spoilt, with bit 0 set; 0 where there is none
 * - `cycles`: what `rdhwr $2` reads next; it counts its readings, so that waiting by it ends and is the same in every run
 */
const STATE_NAMES = ["fcsr", "link", "cycles"] as const;

const HIGH_NAMES = FLOAT_NAMES.map((name) => `${name}.high` as const);

/** Names by slot: general registers first, so that the slot of one is its number. */
export const REGISTER_NAMES = [
  ...GENERAL_NAMES,
  ...ACCUMULATOR_NAMES,
  ...FLOAT_NAMES,
  ...STATE_NAMES,
  ...HIGH_NAMES,
] as const;

export type RegisterName = (typeof REGISTER_NAMES)[number];

/** Number of slots. Slot 0 always reads as 0. */
export const REGISTER_COUNT = REGISTER_NAMES.length;

const slotOf = (name: RegisterName): number => REGISTER_NAMES.indexOf(name);

export const HI = slotOf("hi");
export const LO = slotOf("lo");
/** The low word of floating-point register 0; the others follow. */
export const F0 = slotOf("f0");
/** The high word of floating-point register 0 where these have 64 bits. */
export const F0_HIGH = slotOf("f0.high");
export const FCSR = slotOf("fcsr");
export const LINK = slotOf("link");
export const CYCLES = slotOf("cycles");

/** All of them 0, but for what the caller sets. */
export const emptyRegisters = (): Int32Array => new Int32Array(REGISTER_COUNT);

/** The banks that a lifted module has besides general registers, HI and LO: those that the program's code names. */
export interface OptionalBanks {
  /** Bits of a floating-point register; none without the unit. */
  readonly registerBits?: 32 | 64;
  readonly hasLink: boolean;
  readonly hasCycles: boolean;
}

/** A global of a lifted module. Of 64 bits, it keeps two slots: one in its low half, one in its high half. */
export interface RegisterGlobal {
  readonly name: string;
  readonly type: "i32" | "i64";
  readonly slot: number;
  readonly highSlot?: number;
}

const word = (name: string, slot: number): RegisterGlobal => ({ name, type: "i32", slot });

/** `r0` is a constant. */
export const USUAL_GLOBALS: readonly RegisterGlobal[] = [
  ...Array.from({ length: GENERAL_NAMES.length - 1 }, (_, index) => word(`r${index + 1}`, index + 1)),
  word("hi", HI),
  word("lo", LO),
];

/** Registers of 32 bits come in pairs, named by the even one: a pair is what holds a double. */
function floatGlobals(registerBits: 32 | 64): RegisterGlobal[] {
  const registers = FLOAT_NAMES.map((name, number): RegisterGlobal => {
    const highSlot = registerBits === 64 ? F0_HIGH + number : F0 + number + 1;
    return { name, type: "i64", slot: F0 + number, highSlot };
  });
  return [word("fcsr", FCSR), ...registers.filter((_, number) => registerBits === 64 || number % 2 === 0)];
}

/**
 * The last operation of the unit that raised nothing new, where a program may see causes: FCSR takes up what it caused when
 * somebody looks. Its number, and the patterns of its operands.
 */
export const NOTED_GLOBALS = [
  { name: "noted", type: "i32" },
  { name: "noted_a", type: "i64" },
  { name: "noted_b", type: "i64" },
] as const;

/** Those behind the usual ones, in order. */
export function optionalGlobals({ registerBits, hasLink, hasCycles }: OptionalBanks): RegisterGlobal[] {
  return [
    ...(registerBits === undefined ? [] : floatGlobals(registerBits)),
    ...(hasLink ? [word("link", LINK)] : []),
    ...(hasCycles ? [word("cycles", CYCLES)] : []),
  ];
}

/** What a module has, by the names of its globals. */
export function banksOf(hasGlobal: (name: string) => boolean): OptionalBanks {
  return {
    ...(hasGlobal("fcsr") && { registerBits: hasGlobal("f1") ? 64 : 32 }),
    hasLink: hasGlobal("link"),
    hasCycles: hasGlobal("cycles"),
  };
}

/** Slots that globals keep, ascending: what is handed to lifted code, and what it is compared in. */
export function keptSlots(globals: readonly RegisterGlobal[]): number[] {
  return globals
    .flatMap(({ slot, highSlot }) => (highSlot === undefined ? [slot] : [slot, highSlot]))
    .sort((a, b) => a - b);
}
