/**
 * The shape every lifted module has: which number each type, function and global bears. Shards and the linked module
 * agree in it, so that code moves from one to the other byte for byte.
 *
 * Functions: the host's imports, then the guest's functions in the order of the function table. In a shard those are
 * imports too, and the shard's own bodies come behind them.
 */

import type { GuestFunction } from "../program.ts";
import { KEPT_REGISTERS, REGISTER_GLOBALS } from "../register-file.ts";

export const TYPE = {
  /** A guest function, and the system call import. */
  guest: 0,
  /** The trap import: kind, address. */
  trap: 1,
} as const;

export const HOST_FUNCTION = { syscall: 0, trap: 1 } as const;
export const HOST_FUNCTION_COUNT = 2;

/** The mutable globals in order. `tls` is what `rdhwr $29` reads; `target` the last indirect call's address. */
export const MUTABLE_GLOBALS: readonly string[] = [
  ...KEPT_REGISTERS.map((register) => REGISTER_GLOBALS[register]!),
  "tls",
  "target",
];

const GLOBAL_OF_REGISTER = REGISTER_GLOBALS.map((name) =>
  name === undefined ? undefined : MUTABLE_GLOBALS.indexOf(name),
);

export const TLS_GLOBAL = MUTABLE_GLOBALS.indexOf("tls");
export const TARGET_GLOBAL = MUTABLE_GLOBALS.indexOf("target");
/** The immutable global behind the mutable ones: the guest address of the table's slot 0. */
export const TABLE_BASE_GLOBAL = MUTABLE_GLOBALS.length;

/** The global of a register, by its slot of the register file. */
export function globalOf(register: number): number {
  return GLOBAL_OF_REGISTER[register]!;
}

export function wasmFunctionOf(guestIndex: number): number {
  return HOST_FUNCTION_COUNT + guestIndex;
}

/** The function table's extent: slot `(address - base) >> 2` is for the function at `address`. */
export interface TableExtent {
  readonly base: number;
  readonly slots: number;
}

/** `functions` sorted by address. Slots without a function are null. */
export function tableExtent(functions: readonly GuestFunction[]): TableExtent {
  const first = functions[0];
  if (first === undefined) return { base: 0, slots: 0 };
  return { base: first.address, slots: ((functions.at(-1)!.address - first.address) >>> 2) + 1 };
}
