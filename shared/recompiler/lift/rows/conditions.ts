/** The conditions of branches: a value that is 0 when the branch is not taken. */

import { IR } from "../../ir/opcodes.ts";
import type { ConditionalMnemonic } from "../../mips/opcodes.ts";
import type { LiftBuilder } from "./lift-builder.ts";

type Condition = (b: LiftBuilder) => number;

const registers =
  (comparison: number): Condition =>
  (b) =>
    b.op(comparison, b.get("rs"), b.get("rt"));

const withZero =
  (comparison: number): Condition =>
  (b) =>
    b.op(comparison, b.get("rs"), b.constant(0));

const [equal, unequal] = [registers(IR["i32.eq"]), registers(IR["i32.ne"])];
const [negative, notNegative] = [withZero(IR["i32.lt_s"]), withZero(IR["i32.ge_s"])];
const [notPositive, positive] = [withZero(IR["i32.le_s"]), withZero(IR["i32.gt_s"])];

const met: Condition = (b) => b.condition("rt");
const unmet: Condition = (b) => b.op(IR["i32.eqz"], b.condition("rt"));

/** The likely and linking forms compare as the plain ones do. */
// biome-ignore format: a table, one row a condition
export const CONDITIONS: Readonly<Record<ConditionalMnemonic, Condition>> = {
  beq:  equal,       beql:  equal,
  bne:  unequal,     bnel:  unequal,
  blez: notPositive, blezl: notPositive,
  bgtz: positive,    bgtzl: positive,
  bltz: negative,    bltzl: negative,    bltzal: negative,    bltzall: negative,
  bgez: notNegative, bgezl: notNegative, bgezal: notNegative, bgezall: notNegative,
  bc1t: met,         bc1tl: met,
  bc1f: unmet,       bc1fl: unmet,
};
