/** The conditions of branches: a value that is 0 when the branch is not taken. */

import type { Builder } from "../../ir/builder.ts";
import { IR } from "../../ir/opcodes.ts";
import type { Instruction } from "../../mips/instruction.ts";
import type { Mnemonic } from "../../mips/opcodes.ts";

type Condition = (b: Builder, instruction: Instruction) => number;

const registers =
  (comparison: number): Condition =>
  (b, { rs, rt }) =>
    b.op(comparison, b.get(rs), b.get(rt));

const withZero =
  (comparison: number): Condition =>
  (b, { rs }) =>
    b.op(comparison, b.get(rs), b.constant(0));

const [equal, unequal] = [registers(IR["i32.eq"]), registers(IR["i32.ne"])];
const [negative, notNegative] = [withZero(IR["i32.lt_s"]), withZero(IR["i32.ge_s"])];
const [notPositive, positive] = [withZero(IR["i32.le_s"]), withZero(IR["i32.gt_s"])];

/** The likely and linking forms compare as the plain ones do. */
// biome-ignore format: a table, one row a condition
export const CONDITIONS: Partial<Record<Mnemonic, Condition>> = {
  beq:  equal,       beql:  equal,
  bne:  unequal,     bnel:  unequal,
  blez: notPositive, blezl: notPositive,
  bgtz: positive,    bgtzl: positive,
  bltz: negative,    bltzl: negative,    bltzal: negative,    bltzall: negative,
  bgez: notNegative, bgezl: notNegative, bgezal: notNegative, bgezall: notNegative,
};
