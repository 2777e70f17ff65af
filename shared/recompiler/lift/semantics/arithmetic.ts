/** Integer arithmetic, logic, shifts and bit fields: one row an instruction. */

import type { Instruction } from "../../mips/instruction.ts";
import type { Mnemonic } from "../../mips/opcodes.ts";
import { OP } from "../../wasm/opcodes.ts";
import type { Emitter } from "../emitter.ts";

/** Writes the code of one instruction. */
export type Semantics = (emitter: Emitter, instruction: Instruction) => void;

/** Operators for which register 0 on either side gives the other side. */
const HAVE_ZERO_AS_IDENTITY: ReadonlySet<number> = new Set([OP.i32Add, OP.i32Or, OP.i32Xor]);

function registers(operator: number): Semantics {
  return (emitter, { rd, rs, rt }) => {
    if (rd === 0) return;
    const isIdentity = HAVE_ZERO_AS_IDENTITY.has(operator);
    if (isIdentity && rs === 0) emitter.get(rt);
    else if ((isIdentity || operator === OP.i32Sub) && rt === 0) emitter.get(rs);
    else {
      emitter.get(rs);
      emitter.get(rt);
      emitter.code.op(operator);
    }
    emitter.set(rd);
  };
}

/** `isLogical`: the immediate is extended by zeros. */
function immediate(operator: number, isLogical = false): Semantics {
  return (emitter, { rt, rs, immediate }) => {
    if (rt === 0) return;
    const value = isLogical ? immediate & 0xffff : immediate;
    const isIdentity = HAVE_ZERO_AS_IDENTITY.has(operator);
    if (isIdentity && rs === 0) emitter.code.constant(value);
    else {
      emitter.get(rs);
      if (!isIdentity || value !== 0) {
        emitter.code.constant(value);
        emitter.code.op(operator);
      }
    }
    emitter.set(rt);
  };
}

function shift(operator: number): Semantics {
  return (emitter, { rd, rt, sa }) => {
    if (rd === 0) return;
    emitter.get(rt);
    if (sa !== 0) {
      emitter.code.constant(sa);
      emitter.code.op(operator);
    }
    emitter.set(rd);
  };
}

/** WebAssembly takes shift counts modulo 32, as MIPS does. */
function shiftVariable(operator: number): Semantics {
  return (emitter, { rd, rt, rs }) => {
    emitter.get(rt);
    emitter.get(rs);
    emitter.code.op(operator);
    emitter.set(rd);
  };
}

/** `pushSecond` pushes the second operand; overflow shows where the result's sign differs from both operands'. */
function trapping(operator: number, pushSecond: Semantics, destination: "rd" | "rt"): Semantics {
  return (emitter, instruction) => {
    const { code } = emitter;
    const result = emitter.temporary("word");
    emitter.get(instruction.rs);
    pushSecond(emitter, instruction);
    code.op(operator);
    code.localTee(result);
    emitter.get(instruction.rs);
    code.op(OP.i32Xor);
    // For a - b the result is compared with a and with the opposite of b's sign: with a ^ b.
    if (operator === OP.i32Add) code.localGet(result);
    else emitter.get(instruction.rs);
    pushSecond(emitter, instruction);
    code.op(OP.i32Xor);
    code.op(OP.i32And);
    code.constant(0);
    code.op(OP.i32LtS);
    emitter.trapIf("integer_overflow", instruction.address);
    code.localGet(result);
    emitter.set(instruction[destination]);
  };
}

const pushRt: Semantics = (emitter, { rt }) => emitter.get(rt);
const pushImmediate: Semantics = (emitter, instruction) => emitter.code.constant(instruction.immediate);

/** rd = rt compared with 0 ? rs : rd */
function moveIf(isZero: boolean): Semantics {
  return (emitter, { rd, rs, rt }) => {
    if (rd === 0) return;
    emitter.get(isZero ? rd : rs);
    emitter.get(isZero ? rs : rd);
    emitter.get(rt);
    emitter.code.op(OP.select);
    emitter.set(rd);
  };
}

function unary(source: "rs" | "rt", ...operators: number[]): Semantics {
  return (emitter, instruction) => {
    emitter.get(instruction[source]);
    for (const operator of operators) emitter.code.op(operator);
    emitter.set(instruction.rd);
  };
}

const BYTES_0_AND_2 = 0x00ff00ff;

export const ARITHMETIC = {
  add: trapping(OP.i32Add, pushRt, "rd"),
  addi: trapping(OP.i32Add, pushImmediate, "rt"),
  sub: trapping(OP.i32Sub, pushRt, "rd"),
  addu: registers(OP.i32Add),
  addiu: immediate(OP.i32Add),
  subu: registers(OP.i32Sub),
  mul: registers(OP.i32Mul),

  and: registers(OP.i32And),
  or: registers(OP.i32Or),
  xor: registers(OP.i32Xor),
  nor: (emitter, { rd, rs, rt }) => {
    emitter.get(rs);
    if (rt !== 0) {
      emitter.get(rt);
      emitter.code.op(OP.i32Or);
    }
    emitter.code.constant(-1);
    emitter.code.op(OP.i32Xor);
    emitter.set(rd);
  },
  andi: immediate(OP.i32And, true),
  ori: immediate(OP.i32Or, true),
  xori: immediate(OP.i32Xor, true),
  lui: (emitter, instruction) => {
    emitter.code.constant(instruction.immediate << 16);
    emitter.set(instruction.rt);
  },

  slt: registers(OP.i32LtS),
  sltu: registers(OP.i32LtU),
  slti: immediate(OP.i32LtS),
  sltiu: immediate(OP.i32LtU),

  sll: shift(OP.i32Shl),
  srl: shift(OP.i32ShrU),
  sra: shift(OP.i32ShrS),
  rotr: shift(OP.i32Rotr),
  sllv: shiftVariable(OP.i32Shl),
  srlv: shiftVariable(OP.i32ShrU),
  srav: shiftVariable(OP.i32ShrS),
  rotrv: shiftVariable(OP.i32Rotr),

  movz: moveIf(true),
  movn: moveIf(false),

  clz: unary("rs", OP.i32Clz),
  clo: (emitter, { rd, rs }) => {
    emitter.get(rs);
    emitter.code.constant(-1);
    emitter.code.op(OP.i32Xor);
    emitter.code.op(OP.i32Clz);
    emitter.set(rd);
  },
  seb: unary("rt", OP.i32Extend8S),
  seh: unary("rt", OP.i32Extend16S),
  wsbh: (emitter, { rd, rt }) => {
    const { code } = emitter;
    emitter.get(rt);
    code.constant(8);
    code.op(OP.i32ShrU);
    code.constant(BYTES_0_AND_2);
    code.op(OP.i32And);
    emitter.get(rt);
    code.constant(BYTES_0_AND_2);
    code.op(OP.i32And);
    code.constant(8);
    code.op(OP.i32Shl);
    code.op(OP.i32Or);
    emitter.set(rd);
  },
  /** `sa` is the lowest bit, `rd` the width less one. */
  ext: (emitter, { rt, rs, sa, rd }) => {
    const { code } = emitter;
    emitter.get(rs);
    if (sa !== 0) {
      code.constant(sa);
      code.op(OP.i32ShrU);
    }
    if (sa + rd < 31) {
      code.constant(2 ** (rd + 1) - 1);
      code.op(OP.i32And);
    }
    emitter.set(rt);
  },
  /** `sa` is the lowest bit, `rd` the highest. */
  ins: (emitter, { rt, rs, sa, rd }) => {
    const { code } = emitter;
    const field = ((2 ** (rd - sa + 1) - 1) << sa) | 0;
    emitter.get(rt);
    code.constant(~field);
    code.op(OP.i32And);
    emitter.get(rs);
    code.constant(sa);
    code.op(OP.i32Shl);
    code.constant(field);
    code.op(OP.i32And);
    code.op(OP.i32Or);
    emitter.set(rt);
  },
} as const satisfies Partial<Record<Mnemonic, Semantics>>;
