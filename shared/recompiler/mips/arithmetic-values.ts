/** What arithmetic and logical instructions make of linear values. */

import type { Instruction } from "./instruction.ts";
import { isConstant, type LinearValue, type ValueAlgebra } from "./linear-value.ts";

export function maskedValue({ constant, unknown }: ValueAlgebra, operand: LinearValue, mask: number): LinearValue {
  return isConstant(operand) ? constant(operand.constant & mask) : unknown({ kind: "and", operand, mask: mask >>> 0 });
}

export function shiftedValue({ constant, unknown }: ValueAlgebra, operand: LinearValue, amount: number): LinearValue {
  if (amount === 0) return operand;
  return isConstant(operand)
    ? constant(operand.constant >>> amount)
    : unknown({ kind: "shift_right", operand, amount });
}

/**
 * @param read the value of a register before the instruction
 * @returns undefined when nothing can be said
 */
export function arithmeticResult(
  algebra: ValueAlgebra,
  instruction: Instruction,
  read: (register: number) => LinearValue,
): LinearValue | undefined {
  const { constant, unknown } = algebra;
  const { mnemonic, rs, rt, rd, sa, immediate } = instruction;
  switch (mnemonic) {
    case "addiu":
    case "addi":
      return algebra.add(read(rs), constant(immediate));
    case "addu":
    case "add":
      return algebra.add(read(rs), read(rt));
    case "subu":
    case "sub":
      return algebra.subtract(read(rs), read(rt));
    case "or": {
      const [a, b] = [read(rs), read(rt)];
      if (isConstant(a) && isConstant(b)) return constant(a.constant | b.constant);
      if (isConstant(b) && b.constant === 0) return a;
      return isConstant(a) && a.constant === 0 ? b : undefined;
    }
    case "ori": {
      const value = read(rs);
      return isConstant(value) ? constant(value.constant | (immediate & 0xffff)) : undefined;
    }
    case "lui":
      return constant(immediate << 16);
    case "sll":
      return algebra.scale(read(rt), 1 << sa);
    case "srl":
      return shiftedValue(algebra, read(rt), sa);
    case "andi":
      return maskedValue(algebra, read(rs), immediate & 0xffff);
    case "ext":
      return maskedValue(algebra, shiftedValue(algebra, read(rs), sa), 0xffffffff >>> (31 - rd));
    case "sltiu":
    case "slti":
      return unknown({ kind: "compare", left: read(rs), right: constant(immediate), isSigned: mnemonic === "slti" });
    case "sltu":
    case "slt":
      return unknown({ kind: "compare", left: read(rs), right: read(rt), isSigned: mnemonic === "slt" });
    default:
      return undefined;
  }
}
