/**
 * The guest machine as every part of the recompiler sees it: register numbering, traps, address arithmetic.
 *
 * Addresses and register values are plain numbers. An address is unsigned (`0 <= a < 2**32`); a register value is a
 * signed 32-bit integer (`x | 0`), which is what both WebAssembly globals and `Int32Array` hand out.
 */

/** Index of HI and LO behind the 32 general registers in a register file. */
export const HI = 32;
export const LO = 33;

/** Number of slots of a register file: `r0`..`r31`, HI, LO. Slot 0 always reads as 0. */
export const REGISTER_COUNT = 34;

/** Conventional o32 names by register number, HI and LO last. */
export const REGISTER_NAMES = [
  "zero", "at", "v0", "v1", "a0", "a1", "a2", "a3",
  "t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7",
  "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7",
  "t8", "t9", "k0", "k1", "gp", "sp", "fp", "ra",
  "hi", "lo",
] as const; // biome-ignore format: eight to a row, as the ABI's tables print them

export const V0 = 2;
export const V1 = 3;
export const A0 = 4;
export const A1 = 5;
export const A2 = 6;
export const A3 = 7;
export const GP = 28;
export const SP = 29;
export const FP = 30;
export const RA = 31;

export type Endianness = "big" | "little";

/**
 * Why guest execution stopped abnormally. The number is what lifted code passes to its `trap` import, so it is part
 * of the bundle's format: never renumber.
 *
 * - `memory_fault`: an access outside `[0, memory size)`
 * - `address_error`: a misaligned load, store or instruction fetch
 * - `integer_overflow`: `add`, `addi`, `sub`
 * - `trap`: `teq` and its family; `breakpoint`: `break`
 * - `reserved_instruction`: the word decodes to nothing this machine knows
 * - `unlifted`: control reached code that was not lifted (see the function's report)
 * - `unknown_target`: an indirect call or jump to an address that starts no known function
 * - `stack_exhausted`: the host ran out of stack under deep guest recursion
 */
export const TRAP_CODES = {
  memory_fault: 1,
  address_error: 2,
  integer_overflow: 3,
  trap: 4,
  breakpoint: 5,
  reserved_instruction: 6,
  unlifted: 7,
  unknown_target: 8,
  stack_exhausted: 9,
} as const;

export type TrapKind = keyof typeof TRAP_CODES;

/** A guest trap. `address` is the guest address of the instruction (or of the unreachable target), where known. */
export class GuestTrap extends Error {
  override readonly name = "GuestTrap";
  readonly kind: TrapKind;
  readonly address: number | undefined;
  constructor(kind: TrapKind, address?: number, detail?: string) {
    super(`guest ${kind}${address === undefined ? "" : ` at ${hex(address)}`}${detail ? `: ${detail}` : ""}`);
    this.kind = kind;
    this.address = address;
  }
}

/** `0x` and eight lowercase hexadecimal digits: how every report and message writes an address. */
export function hex(address: number): string {
  return `0x${(address >>> 0).toString(16).padStart(8, "0")}`;
}
