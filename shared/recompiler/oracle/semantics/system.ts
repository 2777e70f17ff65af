/** System calls, traps, and what matters only to hardware. */

import { GuestTrap } from "../../machine.ts";
import { CYCLES, LINK } from "../../register-file.ts";
import type { DecodedInstruction, Machine, Semantics } from "../machine.ts";
import { rs, rt, setRt, unsigned } from "./operands.ts";

function trapIf(isMet: boolean): void {
  if (isMet) throw new GuestTrap("trap");
}

/** By number, named by `rd` (MIPS32 Volume II, RDHWR; 29 is where Linux keeps the thread pointer). */
const HARDWARE_REGISTERS: Readonly<Record<number, (m: Machine) => number>> = {
  /** The processor: there is one. */
  0: () => 0,
  /** Bytes that a `synci` covers; of a 24Kf. */
  1: () => 32,
  /** A clock that a run finds the same every time: it counts how often it is read. */
  2: (m) => {
    const cycles = m.registers[CYCLES]!;
    m.registers[CYCLES] = cycles + 1;
    return cycles;
  },
  /** Cycles for one count of that clock; of a 24Kf. */
  3: () => 2,
  29: (m) => m.threadPointer,
};

function readHardwareRegister(m: Machine, i: DecodedInstruction): void {
  const read = HARDWARE_REGISTERS[i.rd];
  if (read === undefined) throw new GuestTrap("reserved_instruction");
  setRt(m, i, read(m));
}

function systemCall(m: Machine): void {
  m.registers[LINK] = 0;
  m.observer.systemCall(m);
}

const doNothing: Semantics = () => {};

function breakpoint(): never {
  throw new GuestTrap("breakpoint");
}

// biome-ignore format: a table, one row a mnemonic
export const SYSTEM = {
  syscall: systemCall,
  break:   breakpoint,
  teq:     (m, i) => trapIf(rs(m, i) === rt(m, i)),
  tne:     (m, i) => trapIf(rs(m, i) !== rt(m, i)),
  tge:     (m, i) => trapIf(rs(m, i) >= rt(m, i)),
  tgeu:    (m, i) => trapIf(unsigned(rs(m, i)) >= unsigned(rt(m, i))),
  tlt:     (m, i) => trapIf(rs(m, i) < rt(m, i)),
  tltu:    (m, i) => trapIf(unsigned(rs(m, i)) < unsigned(rt(m, i))),
  teqi:    (m, i) => trapIf(rs(m, i) === i.immediate),
  tnei:    (m, i) => trapIf(rs(m, i) !== i.immediate),
  tgei:    (m, i) => trapIf(rs(m, i) >= i.immediate),
  tgeiu:   (m, i) => trapIf(unsigned(rs(m, i)) >= unsigned(i.immediate)),
  tlti:    (m, i) => trapIf(rs(m, i) < i.immediate),
  tltiu:   (m, i) => trapIf(unsigned(rs(m, i)) < unsigned(i.immediate)),
  rdhwr:   readHardwareRegister,
  // No caches, no other processor.
  sync:    doNothing,
  synci:   doNothing,
  pref:    doNothing,
} as const satisfies Record<string, Semantics>;
