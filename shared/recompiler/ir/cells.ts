/**
 * The guest's state outside memory, as the IR names it: numbered cells with a type. What all functions share lives in
 * WebAssembly globals; `promote` keeps the cells of the banks in values inside a function.
 *
 * A cell need not be a global: register 0 is a constant, so cell 0 is free for HI and LO together, the halves of one
 * 64-bit accumulator, which is how sums of products stay in one value. What a function holds in a floating-point register
 * decides which cell the register is there: a double, or a single in the low or the high half of a global. It uses
 * one of them, never two that overlap.
 */

import { REGISTER_NAMES } from "../register-file.ts";
import type { ValueType } from "./opcodes.ts";

export interface Cell {
  readonly name: string;
  readonly type: ValueType;
  /** The global that it is, if it is all of one. */
  readonly global?: string;
}

/** Cells of a bank: as many as a set has bits. None of the analyses looks across banks. */
export const BANK = 32;

export const ACCUMULATOR = 0;
/** By register, a double. */
export const DOUBLE = BANK;
/** By register, the single in the low half of its global. */
export const LOW_SINGLE = 2 * BANK;
/** By register, halved, the single in the high half: where registers have 32 bits, the odd ones'. */
export const HIGH_SINGLE = 3 * BANK;
/** By number, a condition of the floating-point unit: 0 or 1. */
export const CONDITION = HIGH_SINGLE + BANK / 2;
const CONDITIONS = 8;

/** Cells from here on are globals that are read and written where they are. */
export const UNBANKED = 4 * BANK;
export const HIGH = UNBANKED;
export const LOW = UNBANKED + 1;
/** What `rdhwr $29` reads. */
export const THREAD_POINTER = UNBANKED + 2;
export const CONTROL = UNBANKED + 3;
export const LINK = UNBANKED + 4;
export const CYCLES = UNBANKED + 5;
/** By register, its global, or that of the pair it begins. */
export const FLOAT = UNBANKED + 6;
/** Where control goes, of code that says so as it runs. */
export const TARGET = FLOAT + BANK;

const floats = Array.from({ length: BANK }, (_, number) => number);

// biome-ignore format: one row a kind of cell
export const CELLS: readonly Cell[] = [
  { name: "acc", type: "i64" },
  ...REGISTER_NAMES.slice(1, BANK).map((name, index): Cell => ({ name, type: "i32", global: `r${index + 1}` })),
  ...floats.map((number): Cell => ({ name: `d${number}`, type: "f64" })),
  ...floats.map((number): Cell => ({ name: `s${number}`, type: "f32" })),
  ...floats.slice(0, BANK / 2).map((half): Cell => ({ name: `s${2 * half}_high`, type: "f32" })),
  ...floats.slice(0, BANK / 2).map((number): Cell => ({ name: number < CONDITIONS ? `c${number}` : `none${number}`, type: "i32" })),
  { name: "hi", type: "i32", global: "hi" },
  { name: "lo", type: "i32", global: "lo" },
  { name: "tls", type: "i32", global: "tls" },
  { name: "fcsr", type: "i32", global: "fcsr" },
  { name: "link", type: "i32", global: "link" },
  { name: "cycles", type: "i32", global: "cycles" },
  ...floats.map((number): Cell => ({ name: `f${number}`, type: "i64", global: `f${number}` })),
  { name: "target", type: "i32", global: "target" },
];

/** Cells of one bank as a mask of 32 bits. */
export type CellSet = number;

export const ALL_CELLS: CellSet = -1;

/** The cells of a set in ascending order. */
export function membersOf(set: CellSet): number[] {
  const members: number[] = [];
  for (let rest = set; rest !== 0; rest &= rest - 1) members.push(31 - Math.clz32(rest & -rest));
  return members;
}

/** What code outside a function sees and changes of the first bank when control goes there; of the others, everything. */
export interface Interface {
  readonly reads: CellSet;
  readonly writes: CellSet;
}

/** The interface of code of which nothing is known. */
export const EVERYTHING: Interface = { reads: ALL_CELLS, writes: ALL_CELLS };
