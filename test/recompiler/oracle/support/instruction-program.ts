/**
 * A program that runs each instruction on each state and writes out what it did: FCSR, a general register, HI, LO, a floating-point
 * register and eight bytes of memory.
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Endianness } from "../../../../shared/recompiler/machine.ts";
import { type Mnemonic, OPCODE_OF, type Opcode } from "../../../../shared/recompiler/mips/opcodes.ts";
import type { FloatMode } from "../../../../shared/recompiler/program.ts";
import { type Random, randomFrom } from "../../../../shared/recompiler/validation/random.ts";
import { RECORD_WORDS } from "./instruction-states.ts";

export interface Machine extends FloatMode {
  readonly endianness: Endianness;
}

/** One instruction as it is tried. */
export interface Trial {
  /** Lines of assembly before, with and after it. */
  readonly lines: readonly string[];
  /** The instruction itself. */
  readonly text: string;
  /** What it calls as `1f`, if it links. */
  readonly callee?: readonly string[];
}

const RECORD_BYTES = RECORD_WORDS * 4;
export const RESULT_BYTES = 32;
/** Offsets in a record: four floating-point registers. */
const OFFSETS = { fs: 24, ft: 32, fr: 40, fd: 48 } as const;
type Field = keyof typeof OFFSETS;

/** General registers that hold the addresses of a record and of its result. */
export const [STATE_POINTER, RESULT_POINTER] = [16, 17];
const STATE = `$${STATE_POINTER}`;
const RESULT = `$${RESULT_POINTER}`;

/** Registers for the operands: others each time, of which no two share a pair. */
function floatRegisters(random: Random, opcode: Opcode, machine: Machine): Record<Field, number> {
  const pairs = Array.from({ length: 16 }, (_, index) => index);
  const take = (field: Field): number => {
    const [pair] = pairs.splice(random.below(pairs.length), 1);
    const isDouble = [...opcode.reads, ...opcode.writes].includes(`${field}.d`);
    const mayBeOdd = machine.registerBits === 64 || !isDouble;
    return pair! * 2 + (mayBeOdd ? random.below(2) : 0);
  };
  const registers = { fs: take("fs"), ft: take("ft"), fr: take("fr"), fd: take("fd") };
  const mayBeSame = opcode.operands.includes("fs,ft");
  return mayBeSame && random.oneIn(6) ? { ...registers, ft: registers.fs } : registers;
}

function loadFloat(register: number, offset: number, { registerBits }: Machine): string[] {
  const low = `lwc1 $f${register},${offset}(${STATE})`;
  if (registerBits === 64) return [low, `lw $8,${offset + 4}(${STATE})`, `mthc1 $8,$f${register}`];
  return register % 2 === 0 ? [low, `lwc1 $f${register + 1},${offset + 4}(${STATE})`] : [low];
}

function storeFloat(register: number, { registerBits }: Machine): string[] {
  const low = `swc1 $f${register},16(${RESULT})`;
  if (registerBits === 64) return [low, `mfhc1 $8,$f${register}`, `sw $8,20(${RESULT})`];
  return register % 2 === 0 ? [low, `swc1 $f${register + 1},20(${RESULT})`] : [low, `sw $0,20(${RESULT})`];
}

const COPY_MEMORY = [`lw $8,24(${STATE})`, `sw $8,24(${RESULT})`, `lw $8,28(${STATE})`, `sw $8,28(${RESULT})`];

/** Bytes of an aligned access, for those that must be. */
const WIDTHS: Readonly<Partial<Record<Mnemonic, number>>> = {
  lh: 2, lhu: 2, sh: 2, lw: 4, sw: 4, ll: 4, sc: 4, lwc1: 4, swc1: 4, lwxc1: 4, swxc1: 4, ldc1: 8, sdc1: 8, ldxc1: 8, sdxc1: 8,
}; // biome-ignore format: a list

/** All but FIR, by which processors differ. */
const CONTROL_REGISTERS = [25, 26, 28, 31];

/** What an operand is written as; the general registers are `$2` for results, `$5` and `$6` for operands. */
function operandText(
  field: string,
  opcode: Opcode,
  registers: Record<Field, number>,
  random: Random,
  variant: number,
): string {
  if (field in OFFSETS) return `$f${registers[field as Field]}`;
  const isResult = opcode.writes.includes(field as never);
  const width = WIDTHS[opcode.mnemonic] ?? 1;
  const offset = 24 + (random.below(8) & -width);
  switch (field) {
    case "rs":
      return isResult ? "$2" : "$5";
    case "rt":
      return isResult ? "$2" : "$6";
    case "rd":
      return "$2";
    case "hw":
      return `$${random.pick([0, 1, 3, 29])}`;
    case "sa":
      return String(random.below(32));
    case "imm":
      return String(random.pick([random.below(65536) - 32768, -1, 0, 1, 32767, -32768]));
    case "uimm":
      return String(random.pick([random.below(65536), 0, 1, 65535]));
    case "hint":
    case "xhint":
      return "4";
    case "code5":
      return "0";
    case "fcr":
      return `$${CONTROL_REGISTERS[variant % CONTROL_REGISTERS.length]}`;
    case "bcc":
    case "mcc":
    case "ccc":
      return `$fcc${random.below(8)}`;
    case "imm(rs)":
      return `${offset}($7)`;
    case "rt(rs)":
      return "$9($7)";
    default:
      throw new Error(`no operand ${field}`);
  }
}

/** A bit field inside the word. */
function bitField(random: Random): string {
  const position = random.below(32);
  return `${position},${1 + random.below(32 - position)}`;
}

function textOf(opcode: Opcode, registers: Record<Field, number>, random: Random, variant: number): string {
  const fields = opcode.operands.split(",");
  if (fields.includes("pos")) return `${opcode.mnemonic} $2,$5,${bitField(random)}`;
  const printed = fields
    .filter((each) => each !== "")
    .map((each) => operandText(each, opcode, registers, random, variant));
  if (opcode.mnemonic === "div" || opcode.mnemonic === "divu") printed.unshift("$0");
  return `${opcode.mnemonic} ${printed.join(",")}`;
}

/** What traps on some operands is given others. */
const HALVED: ReadonlySet<Mnemonic> = new Set(["add", "addi", "sub"]);

function linesBefore(opcode: Opcode, random: Random): string[] {
  const lines = [];
  if (HALVED.has(opcode.mnemonic)) lines.push("sra $5,$5,1", "sra $6,$6,1");
  if (opcode.operands.includes("(rs)")) {
    const isStore = !opcode.writes.some((each) => each !== "fcsr") || opcode.mnemonic === "sc";
    lines.push(...COPY_MEMORY, `move $7,${isStore ? RESULT : STATE}`);
    // An index with any low bits for what leaves them out of account.
    const isFree = opcode.mnemonic === "luxc1" || opcode.mnemonic === "suxc1";
    const width = WIDTHS[opcode.mnemonic] ?? 8;
    lines.push(`li $9,${24 + (isFree ? random.below(8) : random.below(8) & -width)}`);
  }
  // No cause that is enabled, and none that cannot be disabled.
  if (opcode.mnemonic === "ctc1") lines.push("li $8,0xfffdf07f", "and $6,$6,$8");
  return lines;
}

/** A branch adds to a register in its slot and behind it, and tells where it links to. */
function branchTrial(opcode: Opcode, random: Random): Trial {
  const operands = opcode.operands.split(",").slice(0, -1);
  const registers = { fs: 0, ft: 0, fr: 0, fd: 0 };
  const given = operands.map((field) => operandText(field, opcode, registers, random, 0));
  const text = `${opcode.mnemonic} ${[...given, "1f"].join(",")}`;
  const before = ["move $15,$31", text, "addiu $2,$2,1", "addiu $2,$2,2"];
  const after = ["subu $8,$31,$15", "addu $2,$2,$8", "move $31,$15"];
  const there = "1: addiu $2,$2,4";
  if (!opcode.writes.includes("ra")) return { text, lines: [...before, there, ...after] };
  return { text, lines: [...before, ...after], callee: [there] };
}

function trialOf(mnemonic: Mnemonic, machine: Machine, random: Random, variant: number): Trial {
  const opcode = OPCODE_OF[mnemonic];
  if (opcode.control !== "none") return branchTrial(opcode, random);
  const registers = floatRegisters(random, opcode, machine);
  const loads = (Object.keys(OFFSETS) as Field[]).flatMap((field) =>
    loadFloat(registers[field], OFFSETS[field], machine),
  );
  const before = linesBefore(opcode, random);
  const text = textOf(opcode, registers, random, variant);
  // What is written is always `fd`, but for moves to the unit and its loads.
  const written = opcode.writes.find((each) => /^f[dst]\./.test(each))?.slice(0, 2) ?? "fd";
  const linked =
    mnemonic === "sc" && random.oneIn(2) ? [text.replace("sc $6", "ll $8").replace(/sc \$2/, "ll $8")] : [];
  return { text, lines: [...loads, ...before, ...linked, text, ...storeFloat(registers[written as Field], machine)] };
}

/** An instruction with operands as they are written, `$f4` and `$f6` loaded. */
export function trialOfText(text: string, machine: Machine): Trial {
  const lines = [...loadFloat(4, OFFSETS.fs, machine), ...loadFloat(6, OFFSETS.ft, machine), text];
  return { text, lines };
}

/** @param variants of each instruction, with other registers and immediates; of what names a control register, one for each */
export function trialsOf(mnemonics: readonly Mnemonic[], machine: Machine, seed: string, variants: number): Trial[] {
  const random = randomFrom(seed);
  return mnemonics.flatMap((each) => {
    const length = OPCODE_OF[each].operands.includes("fcr") ? CONTROL_REGISTERS.length : variants;
    return Array.from({ length }, (_, variant) => trialOf(each, machine, random, variant));
  });
}

const EACH_ON_ALL = (states: number) => `
__start:
 la $23,trials
next_trial:
 lw $22,0($23)
 beqz $22,done
 addiu $23,$23,4
 la ${STATE},states
 la ${RESULT},results
 li $18,${states}
next_state:
 lw $8,0(${STATE})
 ctc1 $8,$31
 lw $8,16(${STATE})
 mthi $8
 lw $8,20(${STATE})
 mtlo $8
 lw $2,4(${STATE})
 lw $5,8(${STATE})
 sw $0,16(${RESULT})
 sw $0,20(${RESULT})
 sw $0,24(${RESULT})
 sw $0,28(${RESULT})
 jalr $22
 lw $6,12(${STATE})
 cfc1 $8,$31
 sw $8,0(${RESULT})
 sw $2,4(${RESULT})
 mfhi $8
 sw $8,8(${RESULT})
 mflo $8
 sw $8,12(${RESULT})
 addiu ${STATE},${STATE},${RECORD_BYTES}
 addiu $18,$18,-1
 bnez $18,next_state
 addiu ${RESULT},${RESULT},${RESULT_BYTES}
 li $4,1
 la $5,results
 li $6,${states * RESULT_BYTES}
 li $2,4004
 syscall
 b next_trial
 nop
done:
 li $4,0
 li $2,4001
 syscall
`;

/** Only the trial that the number of arguments names, on the state of the same number; then the program ends. */
const ONE_OF_EACH = `
__start:
 lw $8,0($29)
 addiu $8,$8,-1
 sll $9,$8,2
 la $23,trials
 addu $23,$23,$9
 lw $22,0($23)
 li $9,${RECORD_BYTES}
 mul $8,$8,$9
 la ${STATE},states
 addu ${STATE},${STATE},$8
 la ${RESULT},results
 lw $8,0(${STATE})
 ctc1 $8,$31
 lw $2,4(${STATE})
 lw $5,8(${STATE})
 jalr $22
 lw $6,12(${STATE})
 li $4,0
 li $2,4001
 syscall
`;

const PREFIXES: Readonly<Record<Endianness, string>> = { big: "mips-linux-gnu", little: "mipsel-linux-gnu" };
const EMULATORS: Readonly<Record<Endianness, string>> = { big: "qemu-mips", little: "qemu-mipsel" };
/** The processor that qemu is told to be: MIPS32 release 2 with a unit of 64-bit registers, or release 5 with NaNs of 2008. */
const processorOf = ({ isNan2008 }: Machine): string => (isNan2008 ? "P5600" : "24Kf");

/** Symbols of a trial's functions: its own, and what it calls. */
export const namesOfTrial = (index: number): readonly [own: string, callee: string] => [
  `trial_${index}`,
  `callee_${index}`,
];

const functionText = (name: string, lines: readonly string[]): string =>
  [`.type ${name},@function`, `${name}:`, ...lines, "jr $31", "nop", `.size ${name},.-${name}`].join("\n");

function sourceOf(main: string, trials: readonly Trial[], states: number): string {
  const bodies = trials.map(({ lines, callee }, index) => {
    const [own, called] = namesOfTrial(index);
    return [functionText(own, lines), ...(callee === undefined ? [] : [functionText(called, callee)])].join("\n");
  });
  const table = trials.map((_, index) => ` .word ${namesOfTrial(index)[0]}`).join("\n");
  return `.set noreorder
.set noat
.text
.globl __start
.ent __start
${main}
${bodies.join("\n")}
.end __start
.data
.align 3
states: .incbin "states"
trials:
${table}
 .word 0
.bss
.align 3
results: .space ${Math.max(states, 1) * RESULT_BYTES}
`;
}

function statesFile(states: readonly (readonly number[])[], { endianness }: Machine): Buffer {
  const bytes = Buffer.alloc(states.length * RECORD_BYTES);
  states.flat().forEach((word, index) => {
    if (endianness === "big") bytes.writeUInt32BE(word >>> 0, index * 4);
    else bytes.writeUInt32LE(word >>> 0, index * 4);
  });
  return bytes;
}

/** Assembles the program and calls back with its file and the command that runs it under qemu. */
export function withProgram<Result>(
  machine: Machine,
  trials: readonly Trial[],
  states: readonly (readonly number[])[],
  kind: "each on all" | "one of each",
  use: (program: { readonly elf: Uint8Array; readonly command: readonly [string, ...string[]] }) => Result,
): Result {
  const folder = mkdtempSync(join(tmpdir(), "restep-instructions-"));
  try {
    const main = kind === "each on all" ? EACH_ON_ALL(states.length) : ONE_OF_EACH;
    writeFileSync(join(folder, "program.s"), sourceOf(main, trials, states.length));
    writeFileSync(join(folder, "states"), statesFile(states, machine));
    const flags = ["-march=mips32r2", "-mno-abicalls", "-fno-pic", "-static", "-nostdlib", "-mhard-float"];
    flags.push(machine.registerBits === 64 ? "-mfp64" : "-mfp32", machine.isNan2008 ? "-mnan=2008" : "-mnan=legacy");
    execFileSync(`${PREFIXES[machine.endianness]}-gcc`, [...flags, "program.s", "-o", "program"], {
      cwd: folder,
      stdio: "pipe",
    });
    const binary = join(folder, "program");
    return use({
      elf: readFileSync(binary),
      command: [EMULATORS[machine.endianness], "-cpu", processorOf(machine), binary],
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
