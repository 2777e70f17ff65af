/** Instructions as objdump prints them for o32: register names, and the aliases it prefers. */

import { REGISTER_NAMES } from "../register-file.ts";
import { decode } from "./decode.ts";
import type { Instruction } from "./instruction.ts";
import { type Mnemonic, OPCODE_OF } from "./opcodes.ts";

/** objdump calls `fp` `s8`. */
const registerName = (number: number): string => (number === 30 ? "s8" : REGISTER_NAMES[number]!);
const floatName = (number: number): string => `$f${number}`;
const hexadecimal = (value: number): string => `0x${(value >>> 0).toString(16)}`;

/** How each operand field of the opcode table prints. */
const OPERANDS: Readonly<Record<string, (instruction: Instruction) => string>> = {
  rs: ({ rs }) => registerName(rs),
  rt: ({ rt }) => registerName(rt),
  rd: ({ rd }) => registerName(rd),
  zero: () => "zero",
  hw: ({ rd }) => HARDWARE_REGISTERS[rd] ?? `$${rd}`,
  sa: ({ sa }) => hexadecimal(sa),
  imm: ({ immediate }) => String(immediate),
  uimm: ({ immediate }) => hexadecimal(immediate & 0xffff),
  target: ({ target }) => target.toString(16),
  code20: ({ word }) => hexadecimal((word >>> 6) & 0xfffff),
  code10: ({ word }) => hexadecimal((word >>> 6) & 0x3ff),
  code5: ({ sa }) => hexadecimal(sa),
  hint: ({ rt }) => hexadecimal(rt),
  pos: ({ sa }) => hexadecimal(sa),
  size: ({ rd }) => hexadecimal(rd + 1),
  inssize: ({ rd, sa }) => hexadecimal(rd - sa + 1),
  fd: ({ sa }) => floatName(sa),
  fs: ({ rd }) => floatName(rd),
  ft: ({ rt }) => floatName(rt),
  fr: ({ rs }) => floatName(rs),
  fcr: ({ rd }) => FLOAT_CONTROL_REGISTERS[rd] ?? `$${rd}`,
  bcc: ({ rt }) => conditionName(rt >>> 2),
  mcc: ({ rt }) => conditionName(rt >>> 2),
  ccc: ({ sa }) => conditionName(sa >>> 2),
  xhint: ({ rd }) => hexadecimal(rd),
  "rt(rs)": ({ rt, rs }) => `${registerName(rt)}(${registerName(rs)})`,
  "imm(rs)": ({ immediate, rs }) => `${immediate}(${registerName(rs)})`,
};

// MIPS32 Volume II, RDHWR.
const HARDWARE_REGISTERS: Readonly<Record<number, string>> = {
  0: "hwr_cpunum",
  1: "hwr_synci_step",
  2: "hwr_cc",
  3: "hwr_ccres",
};

// MIPS32 Volume II, CFC1.
const FLOAT_CONTROL_REGISTERS: Readonly<Record<number, string>> = {
  0: "c1_fir",
  1: "c1_ufr",
  4: "c1_unfr",
  25: "c1_fccr",
  26: "c1_fexr",
  28: "c1_fenr",
  31: "c1_fcsr",
};

const conditionName = (condition: number): string => `$fcc${condition}`;

interface Alias {
  readonly of: Mnemonic;
  readonly when: (instruction: Instruction) => boolean;
  readonly name: string;
  readonly operands: string;
}

const HAZARD_BARRIER = 0x400;
const hasBarrier = ({ word }: Instruction): boolean => (word & HAZARD_BARRIER) !== 0;

/** Shorter spellings, the first that holds. */
// biome-ignore format: a table, one alias a row
const ALIASES: readonly Alias[] = [
  { of: "sll", when: (i) => i.word === 0x00000000, name: "nop", operands: "" },
  { of: "sll", when: (i) => i.word === 0x00000040, name: "ssnop", operands: "" },
  { of: "sll", when: (i) => i.word === 0x000000c0, name: "ehb", operands: "" },
  { of: "sll", when: (i) => i.word === 0x00000140, name: "pause", operands: "" },
  { of: "or", when: (i) => i.rt === 0, name: "move", operands: "rd,rs" },
  { of: "addu", when: (i) => i.rt === 0, name: "move", operands: "rd,rs" },
  { of: "sub", when: (i) => i.rs === 0, name: "neg", operands: "rd,rt" },
  { of: "subu", when: (i) => i.rs === 0, name: "negu", operands: "rd,rt" },
  { of: "addiu", when: (i) => i.rs === 0, name: "li", operands: "rt,imm" },
  { of: "ori", when: (i) => i.rs === 0, name: "li", operands: "rt,uimm" },
  { of: "beq", when: (i) => i.rs === 0 && i.rt === 0, name: "b", operands: "target" },
  { of: "bgez", when: (i) => i.rs === 0, name: "b", operands: "target" },
  { of: "beq", when: (i) => i.rt === 0, name: "beqz", operands: "rs,target" },
  { of: "bne", when: (i) => i.rt === 0, name: "bnez", operands: "rs,target" },
  { of: "beql", when: (i) => i.rt === 0, name: "beqzl", operands: "rs,target" },
  { of: "bnel", when: (i) => i.rt === 0, name: "bnezl", operands: "rs,target" },
  { of: "bgezal", when: (i) => i.rs === 0, name: "bal", operands: "target" },
  { of: "jr", when: hasBarrier, name: "jr.hb", operands: "rs" },
  { of: "jalr", when: (i) => hasBarrier(i) && i.rd === 31, name: "jalr.hb", operands: "rs" },
  { of: "jalr", when: hasBarrier, name: "jalr.hb", operands: "rd,rs" },
  { of: "jalr", when: (i) => i.rd === 31, name: "jalr", operands: "rs" },
  { of: "div", when: () => true, name: "div", operands: "zero,rs,rt" },
  { of: "divu", when: () => true, name: "divu", operands: "zero,rs,rt" },
  { of: "rotr", when: () => true, name: "ror", operands: "rd,rt,sa" },
  { of: "rotrv", when: () => true, name: "rorv", operands: "rd,rt,rs" },
  { of: "sync", when: (i) => i.sa === 0, name: "sync", operands: "" },
  { of: "sync", when: (i) => i.sa === 0x04, name: "sync_wmb", operands: "" },
  { of: "sync", when: (i) => i.sa === 0x10, name: "sync_mb", operands: "" },
  { of: "sync", when: (i) => i.sa === 0x11, name: "sync_acquire", operands: "" },
  { of: "sync", when: (i) => i.sa === 0x12, name: "sync_release", operands: "" },
  { of: "sync", when: (i) => i.sa === 0x13, name: "sync_rmb", operands: "" },
  { of: "syscall", when: (i) => i.word === 0x0000000c, name: "syscall", operands: "" },
];

/** Operands that are left out where they are 0: the code of a trap, and the condition of a branch or a comparison. */
const UNSAID: Readonly<Record<string, (instruction: Instruction) => boolean>> = {
  code10: ({ word }) => ((word >>> 6) & 0x3ff) === 0,
  bcc: ({ rt }) => rt >>> 2 === 0,
  ccc: ({ sa }) => sa >>> 2 === 0,
};

/** `break` has two codes of ten bits, and objdump leaves out those that are 0; traps have one. */
function codesOf(instruction: Instruction): string | undefined {
  const { word, mnemonic } = instruction;
  if (mnemonic !== "break") return undefined;
  const [first, second] = [(word >>> 16) & 0x3ff, (word >>> 6) & 0x3ff];
  if (second !== 0) return `${hexadecimal(first)},${hexadecimal(second)}`;
  return first === 0 ? "" : hexadecimal(first);
}

/**
 * The instruction in objdump's spelling, mnemonic and operands separated by a tab: `lw\tv0,16(sp)`.
 * Branch and jump targets are absolute and without a symbol.
 */
export function disassemble(instruction: Instruction): string {
  const alias = ALIASES.find((candidate) => candidate.of === instruction.mnemonic && candidate.when(instruction));
  const name = alias?.name ?? instruction.mnemonic;
  const fields = (alias?.operands ?? OPCODE_OF[instruction.mnemonic].operands)
    .split(",")
    .filter((field) => field !== "");
  const printed = fields
    .filter((field) => !(UNSAID[field]?.(instruction) ?? false))
    .map((field) => OPERANDS[field]!(instruction));
  const operands = codesOf(instruction) ?? printed.join(",");
  return operands === "" ? name : `${name}\t${operands}`;
}

/** The word at an address as an instruction, or as `.word` where it is none. */
export function disassembleWord(word: number, address: number): string {
  const instruction = decode(word, address);
  return instruction === undefined
    ? `.word\t0x${(word >>> 0).toString(16).padStart(8, "0")}`
    : disassemble(instruction);
}
