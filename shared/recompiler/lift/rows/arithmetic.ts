/** Integer arithmetic, logic, shifts and bit fields: what each instruction means, one row an instruction. */

import type { Builder } from "../../ir/builder.ts";
import { IR } from "../../ir/opcodes.ts";
import type { Instruction } from "../../mips/instruction.ts";
import type { Mnemonic } from "../../mips/opcodes.ts";
import type { LiftBuilder } from "./lift-builder.ts";

/** Builds the values of one instruction. */
export type Semantics = (b: LiftBuilder, instruction: Instruction) => void;

function registers(op: number): Semantics {
  return (b, { rd, rs, rt }) => b.set(rd, b.op(op, b.get(rs), b.get(rt)));
}

function immediate(op: number): Semantics {
  return (b, { rt, rs, immediate }) => b.set(rt, b.op(op, b.get(rs), b.constant(immediate)));
}

/** The immediate is extended by zeros. */
function logicalImmediate(op: number): Semantics {
  return (b, { rt, rs, immediate }) => b.set(rt, b.op(op, b.get(rs), b.constant(immediate & 0xffff)));
}

function shift(op: number): Semantics {
  return (b, { rd, rt, sa }) => b.set(rd, b.op(op, b.get(rt), b.constant(sa)));
}

/** WebAssembly takes shift counts modulo 32, as MIPS does. */
function shiftVariable(op: number): Semantics {
  return (b, { rd, rt, rs }) => b.set(rd, b.op(op, b.get(rt), b.get(rs)));
}

/** Overflow shows where the sum's sign differs from both operands'. */
function addTrapping(b: Builder, left: number, right: number): number {
  const sum = b.op(IR["i32.add"], left, right);
  const differs = b.op(IR["i32.and"], b.op(IR["i32.xor"], sum, left), b.op(IR["i32.xor"], sum, right));
  b.trapIf(b.op(IR["i32.lt_s"], differs, b.constant(0)), "integer_overflow");
  return sum;
}

/** Overflow shows where the operands' signs differ, and the difference's from the first one's. */
function subtractTrapping(b: Builder, left: number, right: number): number {
  const difference = b.op(IR["i32.sub"], left, right);
  const differs = b.op(IR["i32.and"], b.op(IR["i32.xor"], difference, left), b.op(IR["i32.xor"], left, right));
  b.trapIf(b.op(IR["i32.lt_s"], differs, b.constant(0)), "integer_overflow");
  return difference;
}

/** rd = rt compared with 0 ? rs : rd */
function moveIf(isZero: boolean): Semantics {
  return (b, { rd, rs, rt }) => {
    const [other, own] = [b.get(rs), b.get(rd)];
    b.set(rd, b.op(IR["i32.select"], isZero ? own : other, isZero ? other : own, b.get(rt)));
  };
}

function unary(op: number, source: "rs" | "rt"): Semantics {
  return (b, instruction) => b.set(instruction.rd, b.op(op, b.get(instruction[source])));
}

const not = (b: Builder, value: number): number => b.op(IR["i32.xor"], value, b.constant(-1));

const BYTES_0_AND_2 = 0x00ff00ff;

export const ARITHMETIC = {
  add: (b, { rd, rs, rt }) => b.set(rd, addTrapping(b, b.get(rs), b.get(rt))),
  addi: (b, { rt, rs, immediate }) => b.set(rt, addTrapping(b, b.get(rs), b.constant(immediate))),
  sub: (b, { rd, rs, rt }) => b.set(rd, subtractTrapping(b, b.get(rs), b.get(rt))),
  addu: registers(IR["i32.add"]),
  addiu: immediate(IR["i32.add"]),
  subu: registers(IR["i32.sub"]),
  mul: registers(IR["i32.mul"]),

  and: registers(IR["i32.and"]),
  or: registers(IR["i32.or"]),
  xor: registers(IR["i32.xor"]),
  nor: (b, { rd, rs, rt }) => b.set(rd, not(b, b.op(IR["i32.or"], b.get(rs), b.get(rt)))),
  andi: logicalImmediate(IR["i32.and"]),
  ori: logicalImmediate(IR["i32.or"]),
  xori: logicalImmediate(IR["i32.xor"]),
  lui: (b, { rt, immediate }) => b.set(rt, b.constant(immediate << 16)),

  slt: registers(IR["i32.lt_s"]),
  sltu: registers(IR["i32.lt_u"]),
  slti: immediate(IR["i32.lt_s"]),
  sltiu: immediate(IR["i32.lt_u"]),

  sll: shift(IR["i32.shl"]),
  srl: shift(IR["i32.shr_u"]),
  sra: shift(IR["i32.shr_s"]),
  rotr: shift(IR["i32.rotr"]),
  sllv: shiftVariable(IR["i32.shl"]),
  srlv: shiftVariable(IR["i32.shr_u"]),
  srav: shiftVariable(IR["i32.shr_s"]),
  rotrv: shiftVariable(IR["i32.rotr"]),

  movz: moveIf(true),
  movn: moveIf(false),

  clz: unary(IR["i32.clz"], "rs"),
  clo: (b, { rd, rs }) => b.set(rd, b.op(IR["i32.clz"], not(b, b.get(rs)))),
  seb: unary(IR["i32.extend8_s"], "rt"),
  seh: unary(IR["i32.extend16_s"], "rt"),
  wsbh: (b, { rd, rt }) => {
    const word = b.get(rt);
    const low = b.op(IR["i32.and"], b.op(IR["i32.shr_u"], word, b.constant(8)), b.constant(BYTES_0_AND_2));
    const high = b.op(IR["i32.shl"], b.op(IR["i32.and"], word, b.constant(BYTES_0_AND_2)), b.constant(8));
    b.set(rd, b.op(IR["i32.or"], low, high));
  },
  /** `sa` is the lowest bit, `rd` the width less one. */
  ext: (b, { rt, rs, sa, rd }) => {
    const shifted = b.op(IR["i32.shr_u"], b.get(rs), b.constant(sa));
    b.set(rt, sa + rd < 31 ? b.op(IR["i32.and"], shifted, b.constant(2 ** (rd + 1) - 1)) : shifted);
  },
  /** `sa` is the lowest bit, `rd` the highest. */
  ins: (b, { rt, rs, sa, rd }) => {
    const field = ((2 ** (rd - sa + 1) - 1) << sa) | 0;
    const kept = b.op(IR["i32.and"], b.get(rt), b.constant(~field));
    const moved = b.op(IR["i32.shl"], b.get(rs), b.constant(sa));
    b.set(rt, b.op(IR["i32.or"], kept, b.op(IR["i32.and"], moved, b.constant(field))));
  },
} as const satisfies Partial<Record<Mnemonic, Semantics>>;
