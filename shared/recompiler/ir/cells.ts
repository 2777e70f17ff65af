/**
 * The guest's state outside memory, as the IR names it: numbered cells with a type. What all functions share lives in
 * WebAssembly globals; `promote` keeps the cells of the first bank in values inside a function.
 *
 * Register 0 is a constant, so the first bank's cell 0 is free for HI and LO together: the halves of one 64-bit
 * accumulator, which is how sums of products stay in one value.
 */

import { HI, LO, REGISTER_NAMES } from "../register-file.ts";
import type { ValueType } from "./opcodes.ts";

export interface Cell {
  readonly name: string;
  readonly type: ValueType;
}

/** Cells of a bank: as many as a set has bits. */
export const BANK = 32;

export const ACCUMULATOR = 0;
/** HI and LO by themselves, and what `rdhwr $29` reads. No bank of theirs: they are read and written where they are. */
export const HIGH = BANK;
export const LOW = BANK + 1;
export const THREAD_POINTER = BANK + 2;

// biome-ignore format: one row a kind of cell
export const CELLS: readonly Cell[] = [
  { name: "acc", type: "i64" },
  ...REGISTER_NAMES.slice(1, BANK).map((name): Cell => ({ name, type: "i32" })),
  { name: REGISTER_NAMES[HI]!, type: "i32" },
  { name: REGISTER_NAMES[LO]!, type: "i32" },
  { name: "tls", type: "i32" },
];

/** Cells of the first bank as a mask of 32 bits. */
export type CellSet = number;

export const ALL_CELLS: CellSet = -1;

/** The cells of a set in ascending order. */
export function membersOf(set: CellSet): number[] {
  const members: number[] = [];
  for (let rest = set; rest !== 0; rest &= rest - 1) members.push(31 - Math.clz32(rest & -rest));
  return members;
}

/** What code outside a function sees and changes of the cells when control goes there. */
export interface Interface {
  readonly reads: CellSet;
  readonly writes: CellSet;
}

/** The interface of code of which nothing is known. */
export const EVERYTHING: Interface = { reads: ALL_CELLS, writes: ALL_CELLS };
