/** Multiplication and division: HI and LO are the halves of one `i64`, so that sums of products stay in it. */

import type { Mnemonic } from "../../mips/opcodes.ts";
import { OP } from "../../wasm/opcodes.ts";
import type { Semantics } from "./arithmetic.ts";

/** `accumulate`: the operator that joins the product to what the accumulator holds; without it the product replaces it. */
function product(extend: number, accumulate?: number): Semantics {
  return (emitter, { rs, rt }) => {
    const { code } = emitter;
    if (accumulate !== undefined) emitter.getAccumulator();
    emitter.get(rs);
    code.op(extend);
    emitter.get(rt);
    code.op(extend);
    code.op(OP.i64Mul);
    if (accumulate !== undefined) code.op(accumulate);
    emitter.setAccumulator();
  };
}

/**
 * The manual leaves the results of a division by zero open; like qemu, this machine divides by 1 then, and takes the
 * quotient of the lowest number and -1 for the lowest number. The remainder is cheaper from the quotient than from a
 * second division.
 */
function division(isSigned: boolean): Semantics {
  return (emitter, { rs, rt }) => {
    const { code } = emitter;
    const quotient = emitter.temporary("quotient");
    const remainder = emitter.temporary("remainder");
    const divisor = emitter.temporary("word");
    emitter.get(rs);
    code.constant(1);
    emitter.get(rt);
    emitter.get(rt);
    code.op(OP.i32Eqz);
    if (isSigned) {
      emitter.get(rs);
      code.constant(-0x80000000);
      code.op(OP.i32Eq);
      emitter.get(rt);
      code.constant(-1);
      code.op(OP.i32Eq);
      code.op(OP.i32And);
      code.op(OP.i32Or);
    }
    code.op(OP.select);
    code.localTee(divisor);
    code.op(isSigned ? OP.i32DivS : OP.i32DivU);
    code.localSet(quotient);
    emitter.get(rs);
    code.localGet(quotient);
    code.localGet(divisor);
    code.op(OP.i32Mul);
    code.op(OP.i32Sub);
    code.localTee(remainder);
    code.op(OP.i64ExtendI32U);
    code.constant64(32);
    code.op(OP.i64Shl);
    code.localGet(quotient);
    code.op(OP.i64ExtendI32U);
    code.op(OP.i64Or);
    emitter.setAccumulator();
    emitter.areHalvesInTemporaries = true;
  };
}

export const MULTIPLICATION = {
  mult: product(OP.i64ExtendI32S),
  multu: product(OP.i64ExtendI32U),
  madd: product(OP.i64ExtendI32S, OP.i64Add),
  maddu: product(OP.i64ExtendI32U, OP.i64Add),
  msub: product(OP.i64ExtendI32S, OP.i64Sub),
  msubu: product(OP.i64ExtendI32U, OP.i64Sub),
  div: division(true),
  divu: division(false),

  mfhi: (emitter, { rd }) => {
    emitter.pushHigh();
    emitter.set(rd);
  },
  mflo: (emitter, { rd }) => {
    emitter.pushLow();
    emitter.set(rd);
  },
  mthi: (emitter, { rs }) => {
    const { code } = emitter;
    emitter.get(rs);
    code.op(OP.i64ExtendI32U);
    code.constant64(32);
    code.op(OP.i64Shl);
    emitter.pushLow();
    code.op(OP.i64ExtendI32U);
    code.op(OP.i64Or);
    emitter.setAccumulator();
  },
  mtlo: (emitter, { rs }) => {
    const { code } = emitter;
    emitter.pushHigh();
    code.op(OP.i64ExtendI32U);
    code.constant64(32);
    code.op(OP.i64Shl);
    emitter.get(rs);
    code.op(OP.i64ExtendI32U);
    code.op(OP.i64Or);
    emitter.setAccumulator();
  },
} as const satisfies Partial<Record<Mnemonic, Semantics>>;
