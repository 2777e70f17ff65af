/** Multiplication and division: HI and LO are the halves of one `i64`, so that sums of products stay in it. */

import { IR } from "../../ir/opcodes.ts";
import type { Mnemonic } from "../../mips/opcodes.ts";
import type { Semantics } from "./arithmetic.ts";

/** `accumulate`: what joins the product to what the accumulator holds; without it the product replaces it. */
function product(extend: number, accumulate?: number): Semantics {
  return (b) => {
    const result = b.op(IR["i64.mul"], b.op(extend, b.get("rs")), b.op(extend, b.get("rt")));
    b.setAccumulator(accumulate === undefined ? result : b.op(accumulate, b.getAccumulator(), result));
  };
}

/**
 * The manual leaves the results of a division by zero open; like qemu, this machine divides by 1 then, and takes the
 * quotient of the lowest number and -1 for the lowest number. The remainder is cheaper from the quotient than from a
 * second division.
 */
function division(isSigned: boolean): Semantics {
  return (b) => {
    const [dividend, divisor] = [b.get("rs"), b.get("rt")];
    let isOpen = b.op(IR["i32.eqz"], divisor);
    if (isSigned) {
      const isLowest = b.op(IR["i32.eq"], dividend, b.constant(-0x80000000));
      const isMinusOne = b.op(IR["i32.eq"], divisor, b.constant(-1));
      isOpen = b.op(IR["i32.or"], isOpen, b.op(IR["i32.and"], isLowest, isMinusOne));
    }
    const safe = b.op(IR["i32.select"], b.constant(1), divisor, isOpen);
    const quotient = b.op(isSigned ? IR["i32.div_s"] : IR["i32.div_u"], dividend, safe);
    const remainder = b.op(IR["i32.sub"], dividend, b.op(IR["i32.mul"], quotient, safe));
    b.setAccumulator(b.op(IR["i64.join"], quotient, remainder));
  };
}

export const MULTIPLICATION = {
  mult: product(IR["i64.extend_i32_s"]),
  multu: product(IR["i64.extend_i32_u"]),
  madd: product(IR["i64.extend_i32_s"], IR["i64.add"]),
  maddu: product(IR["i64.extend_i32_u"], IR["i64.add"]),
  msub: product(IR["i64.extend_i32_s"], IR["i64.sub"]),
  msubu: product(IR["i64.extend_i32_u"], IR["i64.sub"]),
  div: division(true),
  divu: division(false),
  mfhi: (b) => b.set("rd", b.op(IR["i64.high"], b.getAccumulator())),
  mflo: (b) => b.set("rd", b.op(IR["i64.low"], b.getAccumulator())),
  mthi: (b) => b.setAccumulator(b.op(IR["i64.join"], b.op(IR["i64.low"], b.getAccumulator()), b.get("rs"))),
  mtlo: (b) => b.setAccumulator(b.op(IR["i64.join"], b.get("rs"), b.op(IR["i64.high"], b.getAccumulator()))),
} as const satisfies Partial<Record<Mnemonic, Semantics>>;
