/** What a function's code says about the inputs it cares for: constants it knows, writable data it names. */

import { segmentAt, wordAt } from "../image.ts";
import { GP } from "../machine.ts";
import { decode } from "../mips/decode.ts";
import { FLOAT_FIELDS, type Instruction, registersWritten } from "../mips/instruction.ts";
import { OPCODE_OF } from "../mips/opcodes.ts";
import type { GuestFunction, ProgramImage } from "../program.ts";

export interface CodeHints {
  /** Numbers the code loads or compares with. Sorted. */
  readonly constants: readonly number[];
  /** Addresses of writable data. Sorted. */
  readonly globals: readonly number[];
  /** What floating-point numbers it makes integers of. Sorted. */
  readonly conversions: readonly Conversion[];
  /** What its floating-point arithmetic and comparisons take together, in the order of the code. */
  readonly floatOperands: readonly FloatOperands[];
}

/** Registers that one instruction reads numbers of a format from. */
export interface FloatOperands {
  readonly format: "s" | "d";
  readonly registers: readonly number[];
}

/** The integer's width and the number's format, as mnemonics have them. */
export type Conversion = `${"w" | "l"}.${"s" | "d"}`;

const CONVERTING = /^(?:cvt|round|trunc|ceil|floor)\.([wl]\.[sd])$/;

/** Instructions that add their immediate to a register: the rest of an address, or an access to one. */
const ADDING: ReadonlySet<string> = new Set("addiu lb lbu lh lhu lw lwl lwr ll sb sh sw swl swr sc".split(" "));

/** Instructions whose immediate is a number in its own right. */
const COMPARING: ReadonlySet<string> = new Set(
  "slti sltiu andi ori xori addi addiu teqi tnei tgei tgeiu tlti tltiu".split(" "),
);

/**
 * Arithmetic reads FCSR, which has the mode; moves and stores of numbers do not. What makes integers has ends of its own, which pairs
 * of numbers would drive out.
 */
function floatOperandsOf(instruction: Instruction): FloatOperands | undefined {
  if (CONVERTING.test(instruction.mnemonic)) return undefined;
  const { reads } = OPCODE_OF[instruction.mnemonic];
  const operands = reads.flatMap((operand) => /^(f[rst])\.([sd])$/.exec(operand)?.slice(1) ?? []);
  if (operands.length === 0 || !reads.includes("fcsr")) return undefined;
  const fields = operands.filter((_, position) => position % 2 === 0);
  return {
    format: operands[1] as "s" | "d",
    registers: fields.map((field) => instruction[FLOAT_FIELDS[field as "fs"]]),
  };
}

/** More would only be spread too thin. */
const MOST_HINTS = 64;

function namedBy(instruction: Instruction, upper: readonly (number | undefined)[]): number | undefined {
  const { mnemonic, rs, immediate } = instruction;
  const base = upper[rs];
  if (base === undefined) return undefined;
  if (mnemonic === "ori") return (base | (immediate & 0xffff)) >>> 0;
  return ADDING.has(mnemonic) ? (base + immediate) >>> 0 : undefined;
}

function sorted(values: ReadonlySet<number>): number[] {
  return [...values].sort((a, b) => a - b).slice(0, MOST_HINTS);
}

/**
 * Reads the code from start to end: `lui` and what is added to it, offsets from `gp`, what `gp`'s table holds, other
 * immediates. Flow of control is not followed: a hint too many does no harm.
 */
export function codeHints(image: ProgramImage, { address, size }: GuestFunction): CodeHints {
  const globals = new Set<number>();
  const constants = new Set<number>();
  const conversions = new Set<Conversion>();
  const floatOperands = new Map<string, FloatOperands>();
  const upper: (number | undefined)[] = new Array(32).fill(undefined);
  const note = (value: number): void => {
    if (segmentAt(image, value) === undefined) constants.add(value | 0);
    else if (segmentAt(image, value)?.isWritable === true) globals.add(value);
  };
  for (let at = address; at < address + size; at += 4) {
    upper[GP] = image.gp;
    const instruction = decode(wordAt(image, at) ?? 0, at);
    if (instruction === undefined) continue;
    const { mnemonic, rs, immediate } = instruction;
    const [, conversion] = CONVERTING.exec(mnemonic) ?? [];
    if (conversion !== undefined) conversions.add(conversion as Conversion);
    const operands = floatOperandsOf(instruction);
    if (operands !== undefined) floatOperands.set(`${operands.format} ${operands.registers}`, operands);
    const named = namedBy(instruction, upper);
    if (named !== undefined) note(named);
    else if (COMPARING.has(mnemonic)) constants.add(immediate);
    const isTableLoad = mnemonic === "lw" && rs === GP && named !== undefined;
    const value = isTableLoad ? wordAt(image, named) : mnemonic === "addiu" ? named : undefined;
    if (value !== undefined) note(value);
    for (const register of registersWritten(instruction)) {
      if (register < 32) upper[register] = mnemonic === "lui" ? (immediate << 16) >>> 0 : value;
    }
  }
  return {
    globals: sorted(globals),
    constants: sorted(constants),
    conversions: [...conversions].sort(),
    floatOperands: [...floatOperands.values()].slice(0, MOST_HINTS),
  };
}
