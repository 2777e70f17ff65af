/**
 * What is known of the two lowest bits of the registers, carried forwards through a function, so that a load or store
 * whose address is known to be aligned needs no check. One mask for each bit: is it known, and if so, is it set.
 */

import type { Instruction } from "../mips/instruction.ts";
import type { Mnemonic } from "../mips/opcodes.ts";
import { type RegisterSet, setOf, writeSet } from "./registers.ts";

export interface AlignmentFacts {
  readonly known0: RegisterSet;
  readonly value0: RegisterSet;
  readonly known1: RegisterSet;
  readonly value1: RegisterSet;
}

/** The low bits of one value: `known` and `bits` are numbers of two bits; a bit that is not known is 0 in `bits`. */
export interface LowBits {
  readonly known: number;
  readonly bits: number;
}

export const NOTHING_KNOWN: AlignmentFacts = { known0: 0, value0: 0, known1: 0, value1: 0 };
const UNKNOWN: LowBits = { known: 0, bits: 0 };

export function lowBitsOf(facts: AlignmentFacts, register: number): LowBits {
  if (register === 0) return { known: 3, bits: 0 };
  const bit = (mask: RegisterSet) => (mask >>> register) & 1;
  return {
    known: bit(facts.known0) | (bit(facts.known1) << 1),
    bits: bit(facts.value0) | (bit(facts.value1) << 1),
  };
}

export function withLowBits(facts: AlignmentFacts, register: number, { known, bits }: LowBits): AlignmentFacts {
  const bit = setOf(register);
  const put = (mask: RegisterSet, isSet: number) => (isSet ? mask | bit : mask & ~bit);
  return {
    known0: put(facts.known0, known & 1),
    value0: put(facts.value0, known & bits & 1),
    known1: put(facts.known1, known & 2),
    value1: put(facts.value1, known & bits & 2),
  };
}

export function forget(facts: AlignmentFacts, registers: RegisterSet): AlignmentFacts {
  return {
    known0: facts.known0 & ~registers,
    value0: facts.value0 & ~registers,
    known1: facts.known1 & ~registers,
    value1: facts.value1 & ~registers,
  };
}

/** What holds whichever of two ways was taken. */
export function meet(a: AlignmentFacts, b: AlignmentFacts): AlignmentFacts {
  const known0 = a.known0 & b.known0 & ~(a.value0 ^ b.value0);
  const known1 = a.known1 & b.known1 & ~(a.value1 ^ b.value1);
  return { known0, value0: a.value0 & known0, known1, value1: a.value1 & known1 };
}

export function areEqual(a: AlignmentFacts, b: AlignmentFacts): boolean {
  return a.known0 === b.known0 && a.value0 === b.value0 && a.known1 === b.known1 && a.value1 === b.value1;
}

function constant(value: number): LowBits {
  return { known: 3, bits: value & 3 };
}

/** Bit 0 of a sum needs bit 0 of both, bit 1 needs all four. */
function sum(a: LowBits, b: LowBits): LowBits {
  if ((a.known & b.known & 1) === 0) return UNKNOWN;
  const known = a.known & b.known & 2 ? 3 : 1;
  return { known, bits: (a.bits + b.bits) & known };
}

function negated(a: LowBits): LowBits {
  return (a.known & 1) === 0 ? UNKNOWN : { known: a.known, bits: -a.bits & a.known };
}

function and(a: LowBits, b: LowBits): LowBits {
  const known = (a.known & b.known) | (a.known & ~a.bits) | (b.known & ~b.bits);
  return { known, bits: a.bits & b.bits & known };
}

function or(a: LowBits, b: LowBits): LowBits {
  const known = (a.known & b.known) | a.bits | b.bits;
  return { known, bits: (a.bits | b.bits) & known };
}

function xor(a: LowBits, b: LowBits): LowBits {
  const known = a.known & b.known;
  return { known, bits: (a.bits ^ b.bits) & known };
}

function shiftedLeft(a: LowBits, amount: number): LowBits {
  if (amount >= 2) return constant(0);
  return amount === 0 ? a : { known: 1 | ((a.known & 1) << 1), bits: (a.bits & 1) << 1 };
}

type Rule = (instruction: Instruction, of: (register: number) => LowBits) => LowBits;

/** The low bits of the result, for the instructions that tell something of them. */
const RESULTS: Partial<Record<Mnemonic, Rule>> = {
  lui: () => constant(0),
  addi: (i, of) => sum(of(i.rs), constant(i.immediate)),
  addiu: (i, of) => sum(of(i.rs), constant(i.immediate)),
  andi: (i, of) => and(of(i.rs), constant(i.immediate)),
  ori: (i, of) => or(of(i.rs), constant(i.immediate)),
  xori: (i, of) => xor(of(i.rs), constant(i.immediate)),
  add: (i, of) => sum(of(i.rs), of(i.rt)),
  addu: (i, of) => sum(of(i.rs), of(i.rt)),
  sub: (i, of) => sum(of(i.rs), negated(of(i.rt))),
  subu: (i, of) => sum(of(i.rs), negated(of(i.rt))),
  and: (i, of) => and(of(i.rs), of(i.rt)),
  or: (i, of) => or(of(i.rs), of(i.rt)),
  xor: (i, of) => xor(of(i.rs), of(i.rt)),
  sll: (i, of) => shiftedLeft(of(i.rt), i.sa),
  movz: (i, of) => either(of(i.rs), of(i.rd)),
  movn: (i, of) => either(of(i.rs), of(i.rd)),
  ins: (i, of) => (i.sa >= 2 ? of(i.rt) : UNKNOWN),
};

function either(a: LowBits, b: LowBits): LowBits {
  const known = a.known & b.known & ~(a.bits ^ b.bits);
  return { known, bits: a.bits & known };
}

/** Bytes of the accesses that trap when their address is no multiple of it. */
export const ACCESS_ALIGNMENT: Partial<Record<Mnemonic, 2 | 4>> = {
  lh: 2,
  lhu: 2,
  sh: 2,
  lw: 4,
  sw: 4,
  ll: 4,
  sc: 4,
};

/** What is known after the instruction, if it did not trap. */
export function factsAfter(facts: AlignmentFacts, instruction: Instruction): AlignmentFacts {
  const rule = RESULTS[instruction.mnemonic];
  const written = writeSet(instruction);
  if (rule !== undefined) {
    if (written === 0) return facts;
    return withLowBits(
      facts,
      31 - Math.clz32(written),
      rule(instruction, (register) => lowBitsOf(facts, register)),
    );
  }
  const size = ACCESS_ALIGNMENT[instruction.mnemonic];
  const checked = size === undefined ? facts : withAlignedAccess(facts, instruction, size);
  return written === 0 ? checked : forget(checked, written);
}

/** An access that went through shows that base plus displacement was aligned. */
function withAlignedAccess(facts: AlignmentFacts, { rs, immediate }: Instruction, size: 2 | 4): AlignmentFacts {
  if (rs === 0) return facts;
  const mask = size - 1;
  const before = lowBitsOf(facts, rs);
  return withLowBits(facts, rs, { known: before.known | mask, bits: (before.bits & ~mask) | (-immediate & mask) });
}
