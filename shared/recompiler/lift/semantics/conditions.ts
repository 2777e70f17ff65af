/** The conditions of branches. */

import type { Instruction } from "../../mips/instruction.ts";
import type { Mnemonic } from "../../mips/opcodes.ts";
import { OP } from "../../wasm/opcodes.ts";
import type { Emitter } from "../emitter.ts";

/** What a branch compares its `rs` with, and how. The likely and linking forms compare as the plain ones do. */
// biome-ignore format: a table, one row a condition
const CONDITIONS: Partial<Record<Mnemonic, readonly ["rt" | "zero", number]>> = {
  beq:  ["rt", OP.i32Eq],    beql:  ["rt", OP.i32Eq],
  bne:  ["rt", OP.i32Ne],    bnel:  ["rt", OP.i32Ne],
  blez: ["zero", OP.i32LeS], blezl: ["zero", OP.i32LeS],
  bgtz: ["zero", OP.i32GtS], bgtzl: ["zero", OP.i32GtS],
  bltz: ["zero", OP.i32LtS], bltzl: ["zero", OP.i32LtS], bltzal: ["zero", OP.i32LtS], bltzall: ["zero", OP.i32LtS],
  bgez: ["zero", OP.i32GeS], bgezl: ["zero", OP.i32GeS], bgezal: ["zero", OP.i32GeS], bgezall: ["zero", OP.i32GeS],
};

/** Pushes a number that is 0 when the branch is not taken. */
export function pushCondition(emitter: Emitter, { mnemonic, rs, rt }: Instruction): void {
  const condition = CONDITIONS[mnemonic];
  if (condition === undefined) throw new Error(`${mnemonic} is no conditional branch`);
  const [operand, comparison] = condition;
  if (operand === "rt" && (rs === 0 || rt === 0)) {
    emitter.get(rs === 0 ? rt : rs);
    if (comparison === OP.i32Eq) emitter.code.op(OP.i32Eqz);
    return;
  }
  emitter.get(rs);
  if (operand === "rt") emitter.get(rt);
  else emitter.code.constant(0);
  emitter.code.op(comparison);
}
