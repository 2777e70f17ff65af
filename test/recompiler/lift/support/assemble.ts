/** A tiny assembler for tests: one call an instruction, labels for the branches. */

import { type Mnemonic, OPCODE_OF } from "../../../../shared/recompiler/mips/opcodes.ts";
import { REGISTER_NAMES } from "../../../../shared/recompiler/register-file.ts";

type RegisterName = (typeof REGISTER_NAMES)[number];

/** Operands in the order the assembler takes them: a register by name, a number, or a label. */
export type Operand = RegisterName | number | `.${string}`;

/** A line: a label on its own, or a mnemonic and its operands. */
export type Line = `.${string}:` | readonly [Mnemonic | "nop", ...Operand[]];

const FIELD_SHIFT: Readonly<Record<string, number>> = {
  rs: 21,
  rt: 16,
  rd: 11,
  hw: 11,
  sa: 6,
  pos: 6,
  code10: 6,
  code20: 6,
  fd: 6,
  fs: 11,
  ft: 16,
  fr: 21,
  fcr: 11,
  bcc: 18,
  mcc: 18,
  ccc: 8,
};

function numberOf(operand: Operand | undefined): number {
  if (typeof operand === "number") return operand;
  const [, float] = /^f(\d+)$/.exec(operand ?? "") ?? [];
  if (float !== undefined) return Number(float);
  const register = (REGISTER_NAMES as readonly string[]).indexOf(operand ?? "");
  if (register === -1) throw new Error(`no register ${operand}`);
  return register;
}

function wordOf(
  mnemonic: Mnemonic,
  operands: readonly Operand[],
  address: number,
  labels: ReadonlyMap<string, number>,
): number {
  const { match, operands: fields, control } = OPCODE_OF[mnemonic];
  const names = fields === "" ? [] : fields.split(",").flatMap((field) => field.replace(")", "").split("("));
  let word = match;
  names.forEach((field, position) => {
    const operand = operands[position];
    if (field === "target") {
      const target = typeof operand === "string" ? labels.get(operand.slice(1)) : operand;
      if (target === undefined) throw new Error(`no label ${operand}`);
      const isAbsolute = control === "jump" || control === "call";
      word |= isAbsolute ? (target >>> 2) & 0x03ffffff : ((target - address - 4) >> 2) & 0xffff;
    } else if (field === "imm" || field === "uimm") word |= numberOf(operand) & 0xffff;
    else if (field === "size") word |= (numberOf(operand) - 1) << 11;
    else if (field === "inssize") word |= (numberOf(operands[position - 1]) + numberOf(operand) - 1) << 11;
    else word |= numberOf(operand ?? 0) << (FIELD_SHIFT[field] ?? 0);
  });
  return word >>> 0;
}

export interface Assembly {
  readonly words: readonly number[];
  readonly labels: ReadonlyMap<string, number>;
}

/** Assembles the lines for the address. A label `.x` of the lines is an operand; `labels` gives others by name. */
export function assemble(
  address: number,
  lines: readonly Line[],
  others: Readonly<Record<string, number>> = {},
): Assembly {
  const labels = new Map(Object.entries(others));
  let count = 0;
  for (const line of lines) {
    if (typeof line === "string") labels.set(line.slice(1, -1), address + 4 * count);
    else count += 1;
  }
  const words: number[] = [];
  for (const line of lines) {
    if (typeof line === "string") continue;
    const [mnemonic, ...operands] = line;
    words.push(mnemonic === "nop" ? 0 : wordOf(mnemonic, operands, address + 4 * words.length, labels));
  }
  return { words, labels };
}
