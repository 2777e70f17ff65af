/** The meaning of every instruction that does not change the flow of control. */

import type { Instruction } from "../../mips/instruction.ts";
import type { Mnemonic, StraightMnemonic } from "../../mips/opcodes.ts";
import { ARITHMETIC, type Semantics } from "./arithmetic.ts";
import { FLOAT_ARITHMETIC } from "./float-arithmetic.ts";
import { FLOAT_CONVERSIONS } from "./float-conversions.ts";
import { FLOAT_MOVES } from "./float-moves.ts";
import type { LiftBuilder } from "./lift-builder.ts";
import { MEMORY } from "./memory.ts";
import { MULTIPLICATION } from "./multiply.ts";
import { isHardwareRegister, TRAPS } from "./traps.ts";

/** An instruction has a row here, or it does not compile; `syscall` and `break` end blocks. */
type BuiltMnemonic = Exclude<StraightMnemonic, "syscall" | "break">;

const SEMANTICS: Readonly<Record<BuiltMnemonic, Semantics>> = {
  ...ARITHMETIC,
  ...MULTIPLICATION,
  ...MEMORY,
  ...TRAPS,
  ...FLOAT_ARITHMETIC,
  ...FLOAT_CONVERSIONS,
  ...FLOAT_MOVES,
};

/** What an instruction means that does not change the flow of control, and ends no block. */
export const semanticsOf = (mnemonic: Mnemonic): Semantics | undefined =>
  (SEMANTICS as Readonly<Partial<Record<Mnemonic, Semantics>>>)[mnemonic];

/** Why the instruction has no translation, or undefined if it has one. */
export function refusalOf(instruction: Instruction): string | undefined {
  const { mnemonic, rd, sa } = instruction;
  if (mnemonic === "rdhwr" && !isHardwareRegister(rd)) return `hardware register ${rd} has no translation`;
  if (mnemonic === "ins" && rd < sa) return `bit field ends at bit ${rd}, below its start at bit ${sa}`;
  if (mnemonic === "ext" && sa + rd > 31) return `bit field from bit ${sa} is ${rd + 1} bits wide, past bit 31`;
  return undefined;
}

export function buildInstruction(b: LiftBuilder, instruction: Instruction): void {
  const semantics = semanticsOf(instruction.mnemonic);
  if (semantics === undefined) throw new Error(`no translation for ${instruction.mnemonic}`);
  b.begin(instruction.address, instruction);
  semantics(b);
}
