/** A program of tiny functions: each has one instruction, and ends. */

import type { Endianness } from "../../../../shared/recompiler/machine.ts";
import { type Mnemonic, OPCODES, type Opcode } from "../../../../shared/recompiler/mips/opcodes.ts";
import type { FloatMode } from "../../../../shared/recompiler/program.ts";
import type { Line, Operand } from "../../../recompiler/lift/support/assemble.ts";
import { program, RETURN } from "../../../recompiler/lift/support/guest.ts";
import type { JudgedProgram } from "./judge.ts";

export interface TinyMachine extends FloatMode {
  readonly endianness: Endianness;
}

/** What a field of the instruction is given. General registers differ, so that none is taken for another. */
// biome-ignore format: a table
const OPERANDS: Readonly<Record<string, Operand>> = {
  rd: "v0", rs: "a0", rt: "a1", sa: 3, imm: 20, uimm: 0x8421, pos: 3, size: 9, inssize: 9, hw: 29,
  code5: 0, code10: 0, code20: 0, hint: 0, xhint: 0,
  fd: "f2", fs: "f4", ft: "f6", fr: "f8", bcc: 2, mcc: 2, ccc: 2, fcr: 31,
};

/** Jumps are no rows, and system calls are answered by nobody. */
const NO_ROW: ReadonlySet<Mnemonic> = new Set(["j", "jal", "jr", "jalr", "syscall", "break"]);

function linesFor({ mnemonic, operands, control }: Opcode): readonly Line[] {
  const fields = operands === "" ? [] : operands.replace(/(\w+)\((\w+)\)/, "$1,$2").split(",");
  if (control === "none" || control === "trap") {
    return [[mnemonic, ...fields.map((field) => OPERANDS[field]!)] as unknown as Line];
  }
  const given = fields.map((field) => (field === "target" ? ".there" : OPERANDS[field]!));
  const branch = [mnemonic, ...given] as unknown as Line;
  return [branch, ["addiu", "v0", "a2", 1], ["addiu", "v0", "v0", 2], ".there:", ["addiu", "v0", "v0", 4]];
}

/** `ctc1` and `cfc1` are instructions of it, so it is one that looks at flags; without them it is one that does not. */
export function tinyProgram(machine: TinyMachine, isPlain: boolean): JudgedProgram {
  const rows = OPCODES.filter(({ mnemonic, writes }) => {
    if (NO_ROW.has(mnemonic) || writes.includes("ra")) return false;
    if (isPlain && /^c[ft]c1$/.test(mnemonic)) return false;
    return machine.registerBits === 64 || !/\.l\b|^[ls]uxc1/.test(mnemonic);
  });
  const sources = Object.fromEntries(rows.map((row) => [row.mnemonic, [...linesFor(row), ...RETURN]]));
  const made = program(sources, { endianness: machine.endianness });
  const { registerBits, isNan2008 } = machine;
  return { ...made, image: { ...made.image, float: { registerBits, isNan2008 } }, captures: [] };
}
