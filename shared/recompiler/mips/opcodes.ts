/**
 * The instruction set of MIPS I, MIPS II and MIPS32 releases 1 and 2 as data, one row an instruction; that of the floating-point
 * unit stands in `fpu-opcodes.ts`.
 *
 * Bits that the manual calls reserved ("0" boxes in "MIPS32 Architecture for Programmers, Volume II") are part of the
 * mask, so a word that sets one matches no row. Fields the manual calls a hint or a code are free. Privileged
 * and coprocessor 2 words have no row.
 */

import { FPU_ROWS } from "./fpu-opcodes.ts";
import type { ControlClass, RegisterOperand, Row } from "./opcode-row.ts";

/**
 * Operands name the fields in the order the assembler writes them: `rd`, `rs`, `rt` registers; `hw` the number of a
 * hardware register; `sa` a shift amount; `imm` signed and `uimm` unsigned 16-bit; `target` an absolute address;
 * `code20`, `code10`, `code5` the free bits of a system call, a trap, `sync`; `hint` a prefetch hint; `pos`, `size`
 * and `inssize` a bit field; `fd`, `fs`, `ft`, `fr` floating-point registers, `fcr` a control register of that unit; `bcc`, `mcc`,
 * `ccc` its condition in branches, moves and compares; `xhint` the hint of an indexed prefetch.
 */
// biome-ignore format: a table, one row an instruction, in columns
const ROWS = [
  ["sll",     0x00000000, 0xffe0003f, "rd,rt,sa",       "none",               ["rt"],                   ["rd"]],
  ["srl",     0x00000002, 0xffe0003f, "rd,rt,sa",       "none",               ["rt"],                   ["rd"]],
  ["rotr",    0x00200002, 0xffe0003f, "rd,rt,sa",       "none",               ["rt"],                   ["rd"]],
  ["sra",     0x00000003, 0xffe0003f, "rd,rt,sa",       "none",               ["rt"],                   ["rd"]],
  ["sllv",    0x00000004, 0xfc0007ff, "rd,rt,rs",       "none",               ["rt", "rs"],             ["rd"]],
  ["srlv",    0x00000006, 0xfc0007ff, "rd,rt,rs",       "none",               ["rt", "rs"],             ["rd"]],
  ["rotrv",   0x00000046, 0xfc0007ff, "rd,rt,rs",       "none",               ["rt", "rs"],             ["rd"]],
  ["srav",    0x00000007, 0xfc0007ff, "rd,rt,rs",       "none",               ["rt", "rs"],             ["rd"]],
  ["jr",      0x00000008, 0xfc1ffbff, "rs",             "jump_register",      ["rs"],                   []],
  ["jalr",    0x00000009, 0xfc1f03ff, "rd,rs",          "call_register",      ["rs"],                   ["rd"]],
  ["movz",    0x0000000a, 0xfc0007ff, "rd,rs,rt",       "none",               ["rs", "rt", "rd"],       ["rd"]],
  ["movn",    0x0000000b, 0xfc0007ff, "rd,rs,rt",       "none",               ["rs", "rt", "rd"],       ["rd"]],
  ["syscall", 0x0000000c, 0xfc00003f, "code20",         "none",               ["syscall"],              ["syscall"]],
  ["break",   0x0000000d, 0xfc00003f, "code20",         "trap",               [],                       []],
  ["sync",    0x0000000f, 0xfffff83f, "code5",          "none",               [],                       []],
  ["mfhi",    0x00000010, 0xffff07ff, "rd",             "none",               ["hi"],                   ["rd"]],
  ["mthi",    0x00000011, 0xfc1fffff, "rs",             "none",               ["rs"],                   ["hi"]],
  ["mflo",    0x00000012, 0xffff07ff, "rd",             "none",               ["lo"],                   ["rd"]],
  ["mtlo",    0x00000013, 0xfc1fffff, "rs",             "none",               ["rs"],                   ["lo"]],
  ["mult",    0x00000018, 0xfc00ffff, "rs,rt",          "none",               ["rs", "rt"],             ["hi", "lo"]],
  ["multu",   0x00000019, 0xfc00ffff, "rs,rt",          "none",               ["rs", "rt"],             ["hi", "lo"]],
  ["div",     0x0000001a, 0xfc00ffff, "rs,rt",          "none",               ["rs", "rt"],             ["hi", "lo"]],
  ["divu",    0x0000001b, 0xfc00ffff, "rs,rt",          "none",               ["rs", "rt"],             ["hi", "lo"]],
  ["add",     0x00000020, 0xfc0007ff, "rd,rs,rt",       "none",               ["rs", "rt"],             ["rd"]],
  ["addu",    0x00000021, 0xfc0007ff, "rd,rs,rt",       "none",               ["rs", "rt"],             ["rd"]],
  ["sub",     0x00000022, 0xfc0007ff, "rd,rs,rt",       "none",               ["rs", "rt"],             ["rd"]],
  ["subu",    0x00000023, 0xfc0007ff, "rd,rs,rt",       "none",               ["rs", "rt"],             ["rd"]],
  ["and",     0x00000024, 0xfc0007ff, "rd,rs,rt",       "none",               ["rs", "rt"],             ["rd"]],
  ["or",      0x00000025, 0xfc0007ff, "rd,rs,rt",       "none",               ["rs", "rt"],             ["rd"]],
  ["xor",     0x00000026, 0xfc0007ff, "rd,rs,rt",       "none",               ["rs", "rt"],             ["rd"]],
  ["nor",     0x00000027, 0xfc0007ff, "rd,rs,rt",       "none",               ["rs", "rt"],             ["rd"]],
  ["slt",     0x0000002a, 0xfc0007ff, "rd,rs,rt",       "none",               ["rs", "rt"],             ["rd"]],
  ["sltu",    0x0000002b, 0xfc0007ff, "rd,rs,rt",       "none",               ["rs", "rt"],             ["rd"]],
  ["tge",     0x00000030, 0xfc00003f, "rs,rt,code10",   "none",               ["rs", "rt"],             []],
  ["tgeu",    0x00000031, 0xfc00003f, "rs,rt,code10",   "none",               ["rs", "rt"],             []],
  ["tlt",     0x00000032, 0xfc00003f, "rs,rt,code10",   "none",               ["rs", "rt"],             []],
  ["tltu",    0x00000033, 0xfc00003f, "rs,rt,code10",   "none",               ["rs", "rt"],             []],
  ["teq",     0x00000034, 0xfc00003f, "rs,rt,code10",   "none",               ["rs", "rt"],             []],
  ["tne",     0x00000036, 0xfc00003f, "rs,rt,code10",   "none",               ["rs", "rt"],             []],

  ["bltz",    0x04000000, 0xfc1f0000, "rs,target",      "branch",             ["rs"],                   []],
  ["bgez",    0x04010000, 0xfc1f0000, "rs,target",      "branch",             ["rs"],                   []],
  ["bltzl",   0x04020000, 0xfc1f0000, "rs,target",      "branch_likely",      ["rs"],                   []],
  ["bgezl",   0x04030000, 0xfc1f0000, "rs,target",      "branch_likely",      ["rs"],                   []],
  ["tgei",    0x04080000, 0xfc1f0000, "rs,imm",         "none",               ["rs"],                   []],
  ["tgeiu",   0x04090000, 0xfc1f0000, "rs,imm",         "none",               ["rs"],                   []],
  ["tlti",    0x040a0000, 0xfc1f0000, "rs,imm",         "none",               ["rs"],                   []],
  ["tltiu",   0x040b0000, 0xfc1f0000, "rs,imm",         "none",               ["rs"],                   []],
  ["teqi",    0x040c0000, 0xfc1f0000, "rs,imm",         "none",               ["rs"],                   []],
  ["tnei",    0x040e0000, 0xfc1f0000, "rs,imm",         "none",               ["rs"],                   []],
  ["bltzal",  0x04100000, 0xfc1f0000, "rs,target",      "branch_call",        ["rs"],                   ["ra"]],
  ["bgezal",  0x04110000, 0xfc1f0000, "rs,target",      "branch_call",        ["rs"],                   ["ra"]],
  ["bltzall", 0x04120000, 0xfc1f0000, "rs,target",      "branch_call_likely", ["rs"],                   ["ra"]],
  ["bgezall", 0x04130000, 0xfc1f0000, "rs,target",      "branch_call_likely", ["rs"],                   ["ra"]],
  ["synci",   0x041f0000, 0xfc1f0000, "imm(rs)",        "none",               ["rs"],                   []],

  ["j",       0x08000000, 0xfc000000, "target",         "jump",               [],                       []],
  ["jal",     0x0c000000, 0xfc000000, "target",         "call",               [],                       ["ra"]],
  ["beq",     0x10000000, 0xfc000000, "rs,rt,target",   "branch",             ["rs", "rt"],             []],
  ["bne",     0x14000000, 0xfc000000, "rs,rt,target",   "branch",             ["rs", "rt"],             []],
  ["blez",    0x18000000, 0xfc1f0000, "rs,target",      "branch",             ["rs"],                   []],
  ["bgtz",    0x1c000000, 0xfc1f0000, "rs,target",      "branch",             ["rs"],                   []],
  ["addi",    0x20000000, 0xfc000000, "rt,rs,imm",      "none",               ["rs"],                   ["rt"]],
  ["addiu",   0x24000000, 0xfc000000, "rt,rs,imm",      "none",               ["rs"],                   ["rt"]],
  ["slti",    0x28000000, 0xfc000000, "rt,rs,imm",      "none",               ["rs"],                   ["rt"]],
  ["sltiu",   0x2c000000, 0xfc000000, "rt,rs,imm",      "none",               ["rs"],                   ["rt"]],
  ["andi",    0x30000000, 0xfc000000, "rt,rs,uimm",     "none",               ["rs"],                   ["rt"]],
  ["ori",     0x34000000, 0xfc000000, "rt,rs,uimm",     "none",               ["rs"],                   ["rt"]],
  ["xori",    0x38000000, 0xfc000000, "rt,rs,uimm",     "none",               ["rs"],                   ["rt"]],
  ["lui",     0x3c000000, 0xffe00000, "rt,uimm",        "none",               [],                       ["rt"]],
  ["beql",    0x50000000, 0xfc000000, "rs,rt,target",   "branch_likely",      ["rs", "rt"],             []],
  ["bnel",    0x54000000, 0xfc000000, "rs,rt,target",   "branch_likely",      ["rs", "rt"],             []],
  ["blezl",   0x58000000, 0xfc1f0000, "rs,target",      "branch_likely",      ["rs"],                   []],
  ["bgtzl",   0x5c000000, 0xfc1f0000, "rs,target",      "branch_likely",      ["rs"],                   []],

  ["madd",    0x70000000, 0xfc00ffff, "rs,rt",          "none",               ["rs", "rt", "hi", "lo"], ["hi", "lo"]],
  ["maddu",   0x70000001, 0xfc00ffff, "rs,rt",          "none",               ["rs", "rt", "hi", "lo"], ["hi", "lo"]],
  ["mul",     0x70000002, 0xfc0007ff, "rd,rs,rt",       "none",               ["rs", "rt"],             ["rd"]],
  ["msub",    0x70000004, 0xfc00ffff, "rs,rt",          "none",               ["rs", "rt", "hi", "lo"], ["hi", "lo"]],
  ["msubu",   0x70000005, 0xfc00ffff, "rs,rt",          "none",               ["rs", "rt", "hi", "lo"], ["hi", "lo"]],
  ["clz",     0x70000020, 0xfc0007ff, "rd,rs",          "none",               ["rs"],                   ["rd"]],
  ["clo",     0x70000021, 0xfc0007ff, "rd,rs",          "none",               ["rs"],                   ["rd"]],

  ["ext",     0x7c000000, 0xfc00003f, "rt,rs,pos,size", "none",               ["rs"],                   ["rt"]],
  ["ins",     0x7c000004, 0xfc00003f, "rt,rs,pos,inssize", "none",            ["rs", "rt"],             ["rt"]],
  ["wsbh",    0x7c0000a0, 0xffe007ff, "rd,rt",          "none",               ["rt"],                   ["rd"]],
  ["seb",     0x7c000420, 0xffe007ff, "rd,rt",          "none",               ["rt"],                   ["rd"]],
  ["seh",     0x7c000620, 0xffe007ff, "rd,rt",          "none",               ["rt"],                   ["rd"]],
  ["rdhwr",   0x7c00003b, 0xffe007ff, "rt,hw",          "none",               [],                       ["rt"]],

  ["lb",      0x80000000, 0xfc000000, "rt,imm(rs)",     "none",               ["rs"],                   ["rt"]],
  ["lh",      0x84000000, 0xfc000000, "rt,imm(rs)",     "none",               ["rs"],                   ["rt"]],
  ["lwl",     0x88000000, 0xfc000000, "rt,imm(rs)",     "none",               ["rs", "rt"],             ["rt"]],
  ["lw",      0x8c000000, 0xfc000000, "rt,imm(rs)",     "none",               ["rs"],                   ["rt"]],
  ["lbu",     0x90000000, 0xfc000000, "rt,imm(rs)",     "none",               ["rs"],                   ["rt"]],
  ["lhu",     0x94000000, 0xfc000000, "rt,imm(rs)",     "none",               ["rs"],                   ["rt"]],
  ["lwr",     0x98000000, 0xfc000000, "rt,imm(rs)",     "none",               ["rs", "rt"],             ["rt"]],
  ["sb",      0xa0000000, 0xfc000000, "rt,imm(rs)",     "none",               ["rs", "rt"],             []],
  ["sh",      0xa4000000, 0xfc000000, "rt,imm(rs)",     "none",               ["rs", "rt"],             []],
  ["swl",     0xa8000000, 0xfc000000, "rt,imm(rs)",     "none",               ["rs", "rt"],             []],
  ["sw",      0xac000000, 0xfc000000, "rt,imm(rs)",     "none",               ["rs", "rt"],             []],
  ["swr",     0xb8000000, 0xfc000000, "rt,imm(rs)",     "none",               ["rs", "rt"],             []],
  ["ll",      0xc0000000, 0xfc000000, "rt,imm(rs)",     "none",               ["rs"],                   ["rt"]],
  ["pref",    0xcc000000, 0xfc000000, "hint,imm(rs)",   "none",               ["rs"],                   []],
  ["sc",      0xe0000000, 0xfc000000, "rt,imm(rs)",     "none",               ["rs", "rt"],             ["rt"]],

  ...FPU_ROWS,
] as const satisfies readonly Row[];

export type Mnemonic = (typeof ROWS)[number][0];
export type FloatMnemonic = (typeof FPU_ROWS)[number][0];

/** What only changes registers and memory, or traps: the instructions of a block's inside. */
export type StraightMnemonic = Extract<
  (typeof ROWS)[number],
  readonly [string, number, number, string, "none" | "trap", ...unknown[]]
>[0];

/** What goes one of two ways by a condition. */
export type ConditionalMnemonic = Extract<
  (typeof ROWS)[number],
  readonly [string, number, number, string, `branch${string}`, ...unknown[]]
>[0];

const FLOAT_MNEMONICS: ReadonlySet<Mnemonic> = new Set(FPU_ROWS.map(([mnemonic]) => mnemonic));

export const isFloatMnemonic = (mnemonic: Mnemonic): mnemonic is FloatMnemonic => FLOAT_MNEMONICS.has(mnemonic);

/** One row of the table: a word `w` is this instruction when `(w & mask) >>> 0 === match`. */
export interface Opcode {
  readonly mnemonic: Mnemonic;
  readonly match: number;
  readonly mask: number;
  /** Operand fields in assembler order, comma separated. */
  readonly operands: string;
  readonly control: ControlClass;
  readonly reads: readonly RegisterOperand[];
  readonly writes: readonly RegisterOperand[];
}

export const OPCODES: readonly Opcode[] = ROWS.map(([mnemonic, match, mask, operands, control, reads, writes]) => ({
  mnemonic,
  match,
  mask,
  operands,
  control,
  reads,
  writes,
}));

/** The row of each mnemonic. */
export const OPCODE_OF: Readonly<Record<Mnemonic, Opcode>> = Object.fromEntries(
  OPCODES.map((opcode) => [opcode.mnemonic, opcode]),
) as Record<Mnemonic, Opcode>;
