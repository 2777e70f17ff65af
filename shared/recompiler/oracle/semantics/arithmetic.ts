/** Addition, comparison, logic, moves ("MIPS32 Architecture for Programmers, Volume II"). */

import { GuestTrap } from "../../machine.ts";
import { condition } from "../float/control.ts";
import type { DecodedInstruction, Machine, Semantics } from "../machine.ts";
import { rs, rt, setRd, setRt, unsigned } from "./operands.ts";

/** The sum or difference, computed without loss, as a word; traps if it is none. */
function withoutOverflow(exact: number): number {
  if (exact !== (exact | 0)) throw new GuestTrap("integer_overflow");
  return exact;
}

const zeroExtended = (i: DecodedInstruction): number => i.immediate & 0xffff;

function countLeadingOnes(value: number): number {
  return Math.clz32(~value);
}

function moveIf(m: Machine, i: DecodedInstruction, isMet: boolean): void {
  if (isMet) setRd(m, i, rs(m, i));
}

// biome-ignore format: a table, one row a mnemonic
export const ARITHMETIC = {
  add:   (m, i) => setRd(m, i, withoutOverflow(rs(m, i) + rt(m, i))),
  addu:  (m, i) => setRd(m, i, rs(m, i) + rt(m, i)),
  sub:   (m, i) => setRd(m, i, withoutOverflow(rs(m, i) - rt(m, i))),
  subu:  (m, i) => setRd(m, i, rs(m, i) - rt(m, i)),
  and:   (m, i) => setRd(m, i, rs(m, i) & rt(m, i)),
  or:    (m, i) => setRd(m, i, rs(m, i) | rt(m, i)),
  xor:   (m, i) => setRd(m, i, rs(m, i) ^ rt(m, i)),
  nor:   (m, i) => setRd(m, i, ~(rs(m, i) | rt(m, i))),
  slt:   (m, i) => setRd(m, i, rs(m, i) < rt(m, i) ? 1 : 0),
  sltu:  (m, i) => setRd(m, i, unsigned(rs(m, i)) < unsigned(rt(m, i)) ? 1 : 0),

  addi:  (m, i) => setRt(m, i, withoutOverflow(rs(m, i) + i.immediate)),
  addiu: (m, i) => setRt(m, i, rs(m, i) + i.immediate),
  slti:  (m, i) => setRt(m, i, rs(m, i) < i.immediate ? 1 : 0),
  // The immediate is sign-extended first and then compared unsigned.
  sltiu: (m, i) => setRt(m, i, unsigned(rs(m, i)) < unsigned(i.immediate) ? 1 : 0),
  andi:  (m, i) => setRt(m, i, rs(m, i) & zeroExtended(i)),
  ori:   (m, i) => setRt(m, i, rs(m, i) | zeroExtended(i)),
  xori:  (m, i) => setRt(m, i, rs(m, i) ^ zeroExtended(i)),
  lui:   (m, i) => setRt(m, i, i.immediate << 16),

  movz:  (m, i) => moveIf(m, i, rt(m, i) === 0),
  movn:  (m, i) => moveIf(m, i, rt(m, i) !== 0),
  movf:  (m, i) => moveIf(m, i, !condition(m, i.rt >>> 2)),
  movt:  (m, i) => moveIf(m, i, condition(m, i.rt >>> 2)),
  clz:   (m, i) => setRd(m, i, Math.clz32(rs(m, i))),
  clo:   (m, i) => setRd(m, i, countLeadingOnes(rs(m, i))),
} as const satisfies Record<string, Semantics>;
