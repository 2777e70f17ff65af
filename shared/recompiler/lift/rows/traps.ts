/** Conditional traps, and the instructions that do nothing or little in a process of one thread. */

import { CYCLES, THREAD_POINTER } from "../../ir/cells.ts";
import { IR } from "../../ir/opcodes.ts";
import type { Mnemonic } from "../../mips/opcodes.ts";
import { CYCLE_COUNTER, THREAD_POINTER_NUMBER } from "../use.ts";
import type { Semantics } from "./arithmetic.ts";
import type { LiftBuilder } from "./lift-builder.ts";

function trapIf(comparison: number): Semantics {
  return (b, { rs, rt }) => b.trapIf(b.op(comparison, b.get(rs), b.get(rt)), "trap");
}

function trapIfImmediate(comparison: number): Semantics {
  return (b, { rs, immediate }) => b.trapIf(b.op(comparison, b.get(rs), b.constant(immediate)), "trap");
}

/** By number: the processor's number, the bytes of a `synci`, cycles for one count of the clock. */
const HARDWARE_CONSTANTS: Readonly<Record<number, number>> = { 0: 0, 1: 32, 3: 2 };

export const isHardwareRegister = (number: number): boolean =>
  number === THREAD_POINTER_NUMBER || number === CYCLE_COUNTER || HARDWARE_CONSTANTS[number] !== undefined;

/** A clock that a run finds the same every time: it counts how often it is read. */
function countedCycles(b: LiftBuilder): number {
  const cycles = b.getCell(CYCLES);
  b.setCell(CYCLES, b.op(IR["i32.add"], cycles, b.constant(1)));
  return cycles;
}

const NOTHING: Semantics = () => {};

export const TRAPS = {
  teq: trapIf(IR["i32.eq"]),
  tne: trapIf(IR["i32.ne"]),
  tge: trapIf(IR["i32.ge_s"]),
  tgeu: trapIf(IR["i32.ge_u"]),
  tlt: trapIf(IR["i32.lt_s"]),
  tltu: trapIf(IR["i32.lt_u"]),
  teqi: trapIfImmediate(IR["i32.eq"]),
  tnei: trapIfImmediate(IR["i32.ne"]),
  tgei: trapIfImmediate(IR["i32.ge_s"]),
  tgeiu: trapIfImmediate(IR["i32.ge_u"]),
  tlti: trapIfImmediate(IR["i32.lt_s"]),
  tltiu: trapIfImmediate(IR["i32.lt_u"]),

  sync: NOTHING,
  synci: NOTHING,
  pref: NOTHING,
  rdhwr: (b, { rt, rd }) => {
    const constant = HARDWARE_CONSTANTS[rd];
    if (constant !== undefined) b.set(rt, b.constant(constant));
    else b.set(rt, rd === CYCLE_COUNTER ? countedCycles(b) : b.getCell(THREAD_POINTER));
  },
} as const satisfies Partial<Record<Mnemonic, Semantics>>;
