/** Conditional traps, `break`, and the instructions that do nothing or little in a process of one thread. */

import type { Mnemonic } from "../../mips/opcodes.ts";
import { OP } from "../../wasm/opcodes.ts";
import { TLS_GLOBAL } from "../shape.ts";
import type { Semantics } from "./arithmetic.ts";

function trapIf(comparison: number): Semantics {
  return (emitter, { rs, rt, address }) => {
    emitter.get(rs);
    if (rt === 0 && comparison === OP.i32Eq) emitter.code.op(OP.i32Eqz);
    else {
      emitter.get(rt);
      emitter.code.op(comparison);
    }
    emitter.trapIf("trap", address);
  };
}

function trapIfImmediate(comparison: number): Semantics {
  return (emitter, { rs, immediate, address }) => {
    emitter.get(rs);
    emitter.code.constant(immediate);
    emitter.code.op(comparison);
    emitter.trapIf("trap", address);
  };
}

/** By number: the processor's number, the bytes of a `synci`, cycles for one count of the clock, which itself is not here. */
const HARDWARE_CONSTANTS: Readonly<Record<number, number>> = { 0: 0, 1: 32, 3: 2 };
const THREAD_POINTER = 29;

export const isHardwareRegister = (number: number): boolean =>
  number === THREAD_POINTER || HARDWARE_CONSTANTS[number] !== undefined;

const NOTHING: Semantics = () => {};

export const TRAPS = {
  teq: trapIf(OP.i32Eq),
  tne: trapIf(OP.i32Ne),
  tge: trapIf(OP.i32GeS),
  tgeu: trapIf(OP.i32GeU),
  tlt: trapIf(OP.i32LtS),
  tltu: trapIf(OP.i32LtU),
  teqi: trapIfImmediate(OP.i32Eq),
  tnei: trapIfImmediate(OP.i32Ne),
  tgei: trapIfImmediate(OP.i32GeS),
  tgeiu: trapIfImmediate(OP.i32GeU),
  tlti: trapIfImmediate(OP.i32LtS),
  tltiu: trapIfImmediate(OP.i32LtU),
  break: (emitter, { address }) => emitter.trap("breakpoint", address),

  sync: NOTHING,
  synci: NOTHING,
  pref: NOTHING,
  rdhwr: (emitter, { rt, rd }) => {
    const constant = HARDWARE_CONSTANTS[rd];
    if (constant === undefined) emitter.code.globalGet(TLS_GLOBAL);
    else emitter.code.constant(constant);
    emitter.set(rt);
  },
} as const satisfies Partial<Record<Mnemonic, Semantics>>;
