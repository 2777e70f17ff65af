/** Integer arithmetic, logic, shifts and bit fields: what each instruction means, one row an instruction. */

import type { Builder } from "../../ir/builder.ts";
import { IR } from "../../ir/opcodes.ts";
import type { Mnemonic } from "../../mips/opcodes.ts";
import type { LiftBuilder } from "./lift-builder.ts";

/**
 * Builds the values of one instruction. Its fields are named, and never looked into: what is made of them are values, too, so that a
 * row holds of a word that is known, and of one that is not.
 */
export type Semantics = (b: LiftBuilder) => void;

function registers(op: number): Semantics {
  return (b) => b.set("rd", b.op(op, b.get("rs"), b.get("rt")));
}

function immediate(op: number): Semantics {
  return (b) => b.set("rt", b.op(op, b.get("rs"), b.immediate()));
}

/** The immediate is extended by zeros. */
function logicalImmediate(op: number): Semantics {
  return (b) => b.set("rt", b.op(op, b.get("rs"), b.unsignedImmediate()));
}

function shift(op: number): Semantics {
  return (b) => b.set("rd", b.op(op, b.get("rt"), b.field("sa")));
}

/** WebAssembly takes shift counts modulo 32, as MIPS does. */
function shiftVariable(op: number): Semantics {
  return (b) => b.set("rd", b.op(op, b.get("rt"), b.get("rs")));
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
  return (b) => {
    const [other, own] = [b.get("rs"), b.get("rd")];
    b.set("rd", b.op(IR["i32.select"], isZero ? own : other, isZero ? other : own, b.get("rt")));
  };
}

function unary(op: number, source: "rs" | "rt"): Semantics {
  return (b) => b.set("rd", b.op(op, b.get(source)));
}

const not = (b: Builder, value: number): number => b.op(IR["i32.xor"], value, b.constant(-1));

const BYTES_0_AND_2 = 0x00ff00ff;

export const ARITHMETIC = {
  add: (b) => b.set("rd", addTrapping(b, b.get("rs"), b.get("rt"))),
  addi: (b) => b.set("rt", addTrapping(b, b.get("rs"), b.immediate())),
  sub: (b) => b.set("rd", subtractTrapping(b, b.get("rs"), b.get("rt"))),
  addu: registers(IR["i32.add"]),
  addiu: immediate(IR["i32.add"]),
  subu: registers(IR["i32.sub"]),
  mul: registers(IR["i32.mul"]),

  and: registers(IR["i32.and"]),
  or: registers(IR["i32.or"]),
  xor: registers(IR["i32.xor"]),
  nor: (b) => b.set("rd", not(b, b.op(IR["i32.or"], b.get("rs"), b.get("rt")))),
  andi: logicalImmediate(IR["i32.and"]),
  ori: logicalImmediate(IR["i32.or"]),
  xori: logicalImmediate(IR["i32.xor"]),
  lui: (b) => b.set("rt", b.upperImmediate()),

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
  clo: (b) => b.set("rd", b.op(IR["i32.clz"], not(b, b.get("rs")))),
  seb: unary(IR["i32.extend8_s"], "rt"),
  seh: unary(IR["i32.extend16_s"], "rt"),
  wsbh: (b) => {
    const word = b.get("rt");
    const low = b.op(IR["i32.and"], b.op(IR["i32.shr_u"], word, b.constant(8)), b.constant(BYTES_0_AND_2));
    const high = b.op(IR["i32.shl"], b.op(IR["i32.and"], word, b.constant(BYTES_0_AND_2)), b.constant(8));
    b.set("rd", b.op(IR["i32.or"], low, high));
  },
  /** `sa` is the lowest bit, `rd` the width less one. */
  ext: (b) => {
    const shifted = b.op(IR["i32.shr_u"], b.get("rs"), b.field("sa"));
    b.set("rt", b.lowestBits(shifted));
  },
  /** `sa` is the lowest bit, `rd` the highest. */
  ins: (b) => {
    const kept = b.op(IR["i32.and"], b.get("rt"), b.onesOutsideFields());
    const moved = b.op(IR["i32.shl"], b.get("rs"), b.field("sa"));
    b.set("rt", b.op(IR["i32.or"], kept, b.op(IR["i32.and"], moved, b.onesBetweenFields())));
  },
} as const satisfies Partial<Record<Mnemonic, Semantics>>;
