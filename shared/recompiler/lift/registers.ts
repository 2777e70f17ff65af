/**
 * Sets of guest registers as 32-bit masks: bit `r` is general register `r`. Register 0 is a constant, so its bit is
 * free and stands for HI and LO together: they are the halves of one 64-bit accumulator, which is how they are kept.
 */

import { RA } from "../machine.ts";
import type { Instruction } from "../mips/instruction.ts";
import type { FloatOperand, RegisterOperand } from "../mips/opcode-row.ts";
import { type Mnemonic, OPCODES } from "../mips/opcodes.ts";

export type RegisterSet = number;

/** The bit of HI and LO. */
export const ACCUMULATOR = 1;
export const ALL_REGISTERS: RegisterSet = -1;

/** The registers of a set in ascending order; 0 stands for the accumulator. */
export function membersOf(set: RegisterSet): number[] {
  const members: number[] = [];
  for (let rest = set; rest !== 0; rest &= rest - 1) members.push(31 - Math.clz32(rest & -rest));
  return members;
}

/** The set of one general register; empty for register 0. */
export function setOf(register: number): RegisterSet {
  return register === 0 ? 0 : 1 << register;
}

/** Operand kinds as flags, so that a set is put together without looking at names. */
const RS = 1;
const RT = 2;
const RD = 4;
const LINK = 8;
const HALF = 16;

/** Code with floating-point operands has no translation. */
const FLAGS: Readonly<Record<Exclude<RegisterOperand, FloatOperand | "fcsr">, number>> = {
  rs: RS,
  rt: RT,
  rd: RD,
  ra: LINK,
  hi: HALF,
  lo: HALF,
  syscall: 0,
};

interface OperandFlags {
  readonly reads: number;
  readonly writes: number;
}

const FLAGS_OF = new Map<Mnemonic, OperandFlags>(
  OPCODES.map(({ mnemonic, reads, writes }) => [
    mnemonic,
    { reads: flagsOf(mnemonic, reads), writes: flagsOf(mnemonic, writes) },
  ]),
);

function flagsOf(mnemonic: Mnemonic, operands: readonly RegisterOperand[]): number {
  // A write of one half of the accumulator keeps the other, so it reads the accumulator too.
  const initial = mnemonic === "mthi" || mnemonic === "mtlo" ? HALF : 0;
  return operands.reduce(
    (flags, operand) => flags | (operand in FLAGS ? FLAGS[operand as keyof typeof FLAGS] : 0),
    initial,
  );
}

function setOfOperands({ rs, rt, rd }: Instruction, flags: number): RegisterSet {
  let set = flags & HALF ? ACCUMULATOR : 0;
  if (flags & RS) set |= setOf(rs);
  if (flags & RT) set |= setOf(rt);
  if (flags & RD) set |= setOf(rd);
  if (flags & LINK) set |= setOf(RA);
  return set;
}

/** What lifted code of the instruction reads. A system call is not an instruction here but a call of the host. */
export function readSet(instruction: Instruction): RegisterSet {
  return setOfOperands(instruction, FLAGS_OF.get(instruction.mnemonic)!.reads);
}

export function writeSet(instruction: Instruction): RegisterSet {
  return setOfOperands(instruction, FLAGS_OF.get(instruction.mnemonic)!.writes);
}
