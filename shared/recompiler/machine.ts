/**
 * The guest machine as every part of the recompiler sees it: numbers of registers, traps, address arithmetic.
 *
 * Addresses and register values are plain numbers. An address is unsigned (`0 <= a < 2**32`); a register value is a
 * signed 32-bit integer (`x | 0`), which is what both WebAssembly globals and `Int32Array` hand out.
 */

/** Numbers of the general registers that have a part in the o32 ABI. */
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
 * - `floating_point`: an exception of the floating-point unit that the program has enabled
 * - `return_elsewhere`: a function returned to another place than it was called from, as `longjmp` does: what lifted code
 *   cannot follow
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
  floating_point: 10,
  return_elsewhere: 11,
} as const;

/**
 * What code tells its host by the `trap` import, besides traps. No bundle has such code.
 *
 * - Followed step by step: an instruction is about to run, by its address; memory is about to be written, and where
 * - With the host in it: a function that the host stands for is called, by its address; one with a hook begins; it has returned
 */
export const TOLD = { step: -1, store: -2, call: -3, enter: -4, leave: -5 } as const;

export type TrapKind = keyof typeof TRAP_CODES;

/** A guest trap. `address` is the guest address of the instruction (or of the place that control cannot go to), where known. */
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
