/** Conditional traps, and the instructions that do nothing or little in a process of one thread. */

import { CYCLES, THREAD_POINTER } from "../../ir/cells.ts";
import { IR } from "../../ir/opcodes.ts";
import type { Mnemonic } from "../../mips/opcodes.ts";
import { CYCLE_COUNTER, THREAD_POINTER_NUMBER } from "../use.ts";
import type { Semantics } from "./arithmetic.ts";
import type { LiftBuilder } from "./lift-builder.ts";

function trapIf(comparison: number): Semantics {
  return (b) => b.trapIf(b.op(comparison, b.get("rs"), b.get("rt")), "trap");
}

function trapIfImmediate(comparison: number): Semantics {
  return (b) => b.trapIf(b.op(comparison, b.get("rs"), b.immediate()), "trap");
}

/** A clock that a run finds the same every time: it counts how often it is read. */
function countedCycles(b: LiftBuilder): number {
  const cycles = b.getCell(CYCLES);
  b.setCell(CYCLES, b.op(IR["i32.add"], cycles, b.constant(1)));
  return cycles;
}

/** By number: the processor's number, the bytes of a `synci`, the clock, cycles for one count of it, the thread's data. */
const HARDWARE_REGISTERS: Readonly<Record<number, (b: LiftBuilder) => number>> = {
  0: (b) => b.constant(0),
  1: (b) => b.constant(32),
  [CYCLE_COUNTER]: countedCycles,
  3: (b) => b.constant(2),
  [THREAD_POINTER_NUMBER]: (b) => b.getCell(THREAD_POINTER),
};

export const isHardwareRegister = (number: number): boolean => HARDWARE_REGISTERS[number] !== undefined;

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
  rdhwr: (b) => {
    const cases = Object.entries(HARDWARE_REGISTERS).map(([number, read]) => [number, () => b.set("rt", read(b))]);
    b.byField("rd", Object.fromEntries(cases), () => b.trapIf(b.constant(1), "reserved_instruction"));
  },
} as const satisfies Partial<Record<Mnemonic, Semantics>>;
