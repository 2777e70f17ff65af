/** The code of every instruction that does not change the flow of control. */

import type { Instruction } from "../../mips/instruction.ts";
import { type Mnemonic, OPCODE_OF } from "../../mips/opcodes.ts";
import type { Emitter } from "../emitter.ts";
import { ARITHMETIC, type Semantics } from "./arithmetic.ts";
import { MEMORY } from "./memory.ts";
import { MULTIPLICATION } from "./multiply.ts";
import { TRAPS } from "./traps.ts";
import { UNALIGNED } from "./unaligned.ts";

const SEMANTICS: Partial<Record<Mnemonic, Semantics>> = {
  ...ARITHMETIC,
  ...MULTIPLICATION,
  ...MEMORY,
  ...UNALIGNED,
  ...TRAPS,
};

const THREAD_POINTER = 29;

/** Why the instruction has no translation, or undefined if it has one. */
export function refusalOf(instruction: Instruction): string | undefined {
  const { mnemonic, rd, sa } = instruction;
  const isControl = !["none", "trap"].includes(OPCODE_OF[mnemonic].control);
  if (!isControl && mnemonic !== "syscall" && SEMANTICS[mnemonic] === undefined) {
    return `no translation for ${mnemonic}`;
  }
  if (mnemonic === "rdhwr" && rd !== THREAD_POINTER) return `hardware register ${rd} is not modelled, only 29 is`;
  if (mnemonic === "ins" && rd < sa) return `bit field ends at bit ${rd}, below its start at bit ${sa}`;
  if (mnemonic === "ext" && sa + rd > 31) return `bit field from bit ${sa} is ${rd + 1} bits wide, past bit 31`;
  return undefined;
}

export function writeInstruction(emitter: Emitter, instruction: Instruction): void {
  const semantics = SEMANTICS[instruction.mnemonic];
  if (semantics === undefined) throw new Error(`no translation for ${instruction.mnemonic}`);
  semantics(emitter, instruction);
}
