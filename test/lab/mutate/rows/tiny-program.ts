/** A program of tiny functions: each has one instruction, and ends. */

import type { Endianness } from "../../../../shared/recompiler/machine.ts";
import { type Mnemonic, OPCODES, type Opcode } from "../../../../shared/recompiler/mips/opcodes.ts";
import type { FloatMode } from "../../../../shared/recompiler/program.ts";
import type { Line, Operand } from "../../../recompiler/lift/support/assemble.ts";
import { program, RETURN } from "../../../recompiler/lift/support/guest.ts";
import type { JudgedProgram } from "./judge.ts";

export interface TinyMachine extends FloatMode {
  readonly name: string;
  readonly endianness: Endianness;
  /** Whether it sets modes and looks at flags: `ctc1` and `cfc1` are instructions of it then. */
  readonly isObserved: boolean;
}

export const TINY_PROGRAMS: readonly TinyMachine[] = [
  {
    name: "tiny functions, plain, 64-bit registers",
    endianness: "big",
    registerBits: 64,
    isNan2008: false,
    isObserved: false,
  },
  {
    name: "tiny functions, plain, pairs, little-endian",
    endianness: "little",
    registerBits: 32,
    isNan2008: false,
    isObserved: false,
  },
  {
    name: "tiny functions, observed, 2008 NaNs",
    endianness: "big",
    registerBits: 64,
    isNan2008: true,
    isObserved: true,
  },
];

/** What a field of the instruction is given. General registers differ, so that none is taken for another. */
// biome-ignore format: a table
const OPERANDS: Readonly<Record<string, Operand>> = {
  rd: "v0", rs: "a0", rt: "a1", sa: 3, imm: 24, uimm: 0x8421, pos: 3, size: 9, inssize: 9, hw: 29,
  code5: 0, code10: 0, code20: 0, hint: 0, xhint: 0,
  fd: "f2", fs: "f4", ft: "f6", fr: "f8", bcc: 2, mcc: 2, ccc: 2, fcr: 31,
};

/** Jumps are no rows, and system calls are answered by nobody. */
const NO_ROW: ReadonlySet<Mnemonic> = new Set(["j", "jal", "jr", "jalr", "syscall", "break"]);

function operandFor(field: string): Operand {
  const operand = OPERANDS[field];
  if (operand === undefined) throw new Error(`tiny functions have no operand for ${field}: give OPERANDS one`);
  return operand;
}

function linesFor({ mnemonic, operands, control }: Opcode): readonly Line[] {
  const fields = operands === "" ? [] : operands.replace(/(\w+)\((\w+)\)/, "$1,$2").split(",");
  if (control === "none" || control === "trap") {
    return [[mnemonic, ...fields.map(operandFor)] as unknown as Line];
  }
  const given = fields.map((field) => (field === "target" ? ".there" : operandFor(field)));
  const branch = [mnemonic, ...given] as unknown as Line;
  return [branch, ["addiu", "v0", "a2", 1], ["addiu", "v0", "v0", 2], ".there:", ["addiu", "v0", "v0", 4]];
}

/** What shows in what follows alone. */
const SEQUENCES: Readonly<Record<string, readonly Line[]>> = {
  "ll, sc": [
    ["ll", "v0", 24, "a0"],
    ["sc", "a1", 24, "a0"],
  ],
  "ll, sc elsewhere": [
    ["ll", "v0", 16, "a0"],
    ["sc", "a1", 20, "a0"],
    ["sc", "a2", 16, "a0"],
  ],
};

/** An operation that somebody asks about afterwards. */
const OBSERVED_SEQUENCES: Readonly<Record<string, readonly Line[]>> = {
  "div.s, cfc1": [
    ["div.s", "f2", "f4", "f6"],
    ["cfc1", "v0", 31],
  ],
};

export function tinyProgram({ endianness, registerBits, isNan2008, isObserved }: TinyMachine): JudgedProgram {
  const rows = OPCODES.filter(({ mnemonic, writes }) => {
    if (NO_ROW.has(mnemonic) || writes.includes("ra")) return false;
    if (!isObserved && /^c[ft]c1$/.test(mnemonic)) return false;
    return registerBits === 64 || !/\.l\b|^[ls]uxc1/.test(mnemonic);
  });
  const sequences = { ...SEQUENCES, ...(isObserved && OBSERVED_SEQUENCES) };
  const lines = [...rows.map((row) => [row.mnemonic, linesFor(row)] as const), ...Object.entries(sequences)];
  const sources = Object.fromEntries(lines.map(([name, given]) => [name, [...given, ...RETURN]]));
  const made = program(sources, { endianness });
  return { ...made, image: { ...made.image, float: { registerBits, isNan2008 } }, captures: [] };
}
