/** System calls, traps, and what matters only to hardware. */

import { GuestTrap } from "../../machine.ts";
import type { DecodedInstruction, Machine, Semantics } from "../machine.ts";
import { rs, rt, setRt, unsigned } from "./operands.ts";

function trapIf(isMet: boolean): void {
  if (isMet) throw new GuestTrap("trap");
}

/** The hardware register (named by `rd`) that Linux keeps the thread pointer in; the only one there is here. */
const THREAD_POINTER = 29;

function readHardwareRegister(m: Machine, i: DecodedInstruction): void {
  if (i.rd !== THREAD_POINTER) throw new GuestTrap("reserved_instruction");
  setRt(m, i, m.threadPointer);
}

const doNothing: Semantics = () => {};

function breakpoint(): never {
  throw new GuestTrap("breakpoint");
}

// biome-ignore format: a table, one row a mnemonic
export const SYSTEM = {
  syscall: (m) => m.observer.systemCall(m),
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
