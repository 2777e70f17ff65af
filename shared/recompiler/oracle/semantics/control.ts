/**
 * Branches, jumps, calls. Conditions, targets and the link register are taken care of before the delay slot runs, and
 * control moves after it.
 */

import { RA } from "../../machine.ts";
import { condition } from "../float/control.ts";
import { type DecodedInstruction, type Machine, runDelaySlot, type Semantics } from "../machine.ts";
import { rs, rt } from "./operands.ts";

/** Where a call returns to: behind its delay slot. */
const returnAddress = (i: DecodedInstruction): number => i.address + 8;

function branch(m: Machine, i: DecodedInstruction, isTaken: boolean): void {
  runDelaySlot(m, i);
  if (isTaken) m.at = i.taken;
}

/** A likely branch that is not taken skips its delay slot. */
function branchLikely(m: Machine, i: DecodedInstruction, isTaken: boolean): void {
  if (isTaken) branch(m, i, true);
  else m.at = i.next.next;
}

function call(m: Machine, i: DecodedInstruction): void {
  runDelaySlot(m, i);
  m.observer.called(m, i, i.taken);
  m.at = i.taken;
}

/** The link register is written whether or not the branch is taken. */
function branchAndLink(m: Machine, i: DecodedInstruction, isTaken: boolean): void {
  m.registers[RA] = returnAddress(i);
  if (isTaken) call(m, i);
  else runDelaySlot(m, i);
}

function branchAndLinkLikely(m: Machine, i: DecodedInstruction, isTaken: boolean): void {
  m.registers[RA] = returnAddress(i);
  if (isTaken) call(m, i);
  else m.at = i.next.next;
}

function jumpAndLink(m: Machine, i: DecodedInstruction): void {
  m.registers[RA] = returnAddress(i);
  call(m, i);
}

function jumpRegister(m: Machine, i: DecodedInstruction): void {
  const target = rs(m, i) >>> 0;
  runDelaySlot(m, i);
  m.at = m.observer.jumped(m, i, target);
}

function jumpAndLinkRegister(m: Machine, i: DecodedInstruction): void {
  const target = rs(m, i) >>> 0;
  m.registers[i.rd] = returnAddress(i);
  m.registers[0] = 0;
  runDelaySlot(m, i);
  m.at = m.observer.calledIndirectly(m, i, target);
}

/** The condition of the floating-point unit that a branch names. */
const conditionOf = (i: DecodedInstruction): number => i.rt >>> 2;

// biome-ignore format: a table, one row a mnemonic
export const CONTROL = {
  beq:     (m, i) => branch(m, i, rs(m, i) === rt(m, i)),
  bne:     (m, i) => branch(m, i, rs(m, i) !== rt(m, i)),
  bltz:    (m, i) => branch(m, i, rs(m, i) < 0),
  blez:    (m, i) => branch(m, i, rs(m, i) <= 0),
  bgtz:    (m, i) => branch(m, i, rs(m, i) > 0),
  bgez:    (m, i) => branch(m, i, rs(m, i) >= 0),
  beql:    (m, i) => branchLikely(m, i, rs(m, i) === rt(m, i)),
  bnel:    (m, i) => branchLikely(m, i, rs(m, i) !== rt(m, i)),
  bltzl:   (m, i) => branchLikely(m, i, rs(m, i) < 0),
  blezl:   (m, i) => branchLikely(m, i, rs(m, i) <= 0),
  bgtzl:   (m, i) => branchLikely(m, i, rs(m, i) > 0),
  bgezl:   (m, i) => branchLikely(m, i, rs(m, i) >= 0),
  bltzal:  (m, i) => branchAndLink(m, i, rs(m, i) < 0),
  bgezal:  (m, i) => branchAndLink(m, i, rs(m, i) >= 0),
  bltzall: (m, i) => branchAndLinkLikely(m, i, rs(m, i) < 0),
  bgezall: (m, i) => branchAndLinkLikely(m, i, rs(m, i) >= 0),
  bc1f:    (m, i) => branch(m, i, !condition(m, conditionOf(i))),
  bc1t:    (m, i) => branch(m, i, condition(m, conditionOf(i))),
  bc1fl:   (m, i) => branchLikely(m, i, !condition(m, conditionOf(i))),
  bc1tl:   (m, i) => branchLikely(m, i, condition(m, conditionOf(i))),
  j:       (m, i) => branch(m, i, true),
  jal:     jumpAndLink,
  jr:      jumpRegister,
  jalr:    jumpAndLinkRegister,
} as const satisfies Record<string, Semantics>;
