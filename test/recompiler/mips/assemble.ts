/** Assembles the disassembler's own spelling, with labels, so that tests of control flow read as code. */

import { type Mnemonic, OPCODE_OF } from "../../../shared/recompiler/mips/opcodes.ts";
import type { FunctionSymbol, ProgramImage, Segment } from "../../../shared/recompiler/program.ts";
import { REGISTER_NAMES } from "../../../shared/recompiler/register-file.ts";

export type Labels = ReadonlyMap<string, number>;

/** Spellings that stand for another instruction: its mnemonic and operands, `1` and `2` for the ones given. */
const ALIASES: Readonly<Record<string, string>> = {
  nop: "sll zero,zero,0",
  ssnop: "sll zero,zero,1",
  ehb: "sll zero,zero,3",
  pause: "sll zero,zero,5",
  move: "addu $1,$2,zero",
  neg: "sub $1,zero,$2",
  negu: "subu $1,zero,$2",
  li: "addiu $1,zero,$2",
  b: "beq zero,zero,$1",
  beqz: "beq $1,zero,$2",
  bnez: "bne $1,zero,$2",
  beqzl: "beql $1,zero,$2",
  bnezl: "bnel $1,zero,$2",
  bal: "bgezal zero,$1",
  ror: "rotr $1,$2,$3",
  rorv: "rotrv $1,$2,$3",
};

const BARRIER = 0x400;

function numberOf(text: string, labels: Labels): number {
  const half = /^%(hi|lo)\((\w+)\)$/.exec(text);
  if (half !== null) {
    const address = labelled(half[2]!, labels);
    return half[1] === "hi" ? (address + 0x8000) >>> 16 : address & 0xffff;
  }
  if (/^-?(0x)?[0-9a-f]+$/i.test(text) && /^-?\d/.test(text)) {
    return text.startsWith("-") ? -Number(text.slice(1)) : Number(text);
  }
  return labelled(text, labels);
}

function labelled(name: string, labels: Labels): number {
  const address = labels.get(name);
  if (address === undefined) throw new Error(`no label or number ${name}`);
  return address;
}

function registerOf(name: string): number {
  const number = name === "s8" ? 30 : (REGISTER_NAMES as readonly string[]).indexOf(name);
  if (number === -1 || number > 31) throw new Error(`no register ${name}`);
  return number;
}

function floatOf(name: string): number {
  const [, number] = /^\$f(\d+)$/.exec(name) ?? [];
  if (number === undefined) throw new Error(`no floating-point register ${name}`);
  return Number(number);
}

const FLOAT_CONTROLS: Readonly<Record<string, number>> = {
  c1_fir: 0,
  c1_ufr: 1,
  c1_unfr: 4,
  c1_fccr: 25,
  c1_fexr: 26,
  c1_fenr: 28,
  c1_fcsr: 31,
};

const SYNC_KINDS: Readonly<Record<string, number>> = {
  sync_wmb: 0x04,
  sync_mb: 0x10,
  sync_acquire: 0x11,
  sync_release: 0x12,
  sync_rmb: 0x13,
};

const HARDWARE_REGISTERS = ["hwr_cpunum", "hwr_synci_step", "hwr_cc", "hwr_ccres"];

type FieldWriter = (text: string, address: number, labels: Labels, control: string) => number;

const field = (shift: number, mask: number, bias = 0): FieldWriter => {
  return (text, _address, labels) => ((numberOf(text, labels) + bias) & mask) << shift;
};

const FIELDS: Readonly<Record<string, FieldWriter>> = {
  rs: (text) => registerOf(text) << 21,
  rt: (text) => registerOf(text) << 16,
  rd: (text) => registerOf(text) << 11,
  hw: (text) =>
    (HARDWARE_REGISTERS.includes(text) ? HARDWARE_REGISTERS.indexOf(text) : Number(text.replace("$", ""))) << 11,
  sa: field(6, 31),
  imm: field(0, 0xffff),
  uimm: field(0, 0xffff),
  code20: field(6, 0xfffff),
  code10: field(6, 0x3ff),
  code5: field(6, 31),
  hint: field(16, 31),
  pos: field(6, 31),
  size: field(11, 31, -1),
  target: (text, address, labels, control) => {
    const isAddress = !labels.has(text) && /^[0-9a-f]{1,8}$/.test(text);
    const target = isAddress ? Number.parseInt(text, 16) : labelled(text, labels);
    const isAbsolute = control === "jump" || control === "call";
    return isAbsolute ? (target >>> 2) & 0x03ffffff : ((target - address - 4) >> 2) & 0xffff;
  },
  fd: (text) => floatOf(text) << 6,
  fs: (text) => floatOf(text) << 11,
  ft: (text) => floatOf(text) << 16,
  fr: (text) => floatOf(text) << 21,
  fcr: (text) => (FLOAT_CONTROLS[text] ?? Number(text.replace("$", ""))) << 11,
  bcc: (text) => Number(text.replace("$fcc", "")) << 18,
  mcc: (text) => Number(text.replace("$fcc", "")) << 18,
  ccc: (text) => Number(text.replace("$fcc", "")) << 8,
  xhint: field(11, 31),
  "rt(rs)": (text) => {
    const [, index, base] = /^(\w+)\((\w+)\)$/.exec(text) ?? [];
    return (registerOf(index!) << 16) | (registerOf(base!) << 21);
  },
  "imm(rs)": (text, address, labels, control) => {
    const [, immediate, base] = /^(.*)\((\w+)\)$/.exec(text) ?? [];
    return FIELDS.imm!(immediate!, address, labels, control) | (registerOf(base!) << 21);
  },
};

function wordOf(line: string, address: number, labels: Labels): number {
  const [name, operandText = ""] = line.split(/\s+(.*)/);
  const given = operandText.split(",").filter((operand) => operand !== "");
  if (name === ".word") return numberOf(given[0]!, labels) >>> 0;
  // `li` of a hexadecimal number is `ori`, of a decimal one `addiu`, as the disassembler prints them.
  const alias = name === "li" && given[1]!.startsWith("0x") ? "ori $1,zero,$2" : ALIASES[name!];
  if (alias !== undefined)
    return wordOf(
      alias.replace(/\$(\d)/g, (_, n) => given[n - 1]!),
      address,
      labels,
    );
  if (name === "break")
    return (0x0d | (numberOf(given[0] ?? "0", labels) << 16) | (numberOf(given[1] ?? "0", labels) << 6)) >>> 0;
  const sync = SYNC_KINDS[name!];
  if (sync !== undefined) return wordOf(`sync ${sync}`, address, labels);
  const opcode = OPCODE_OF[name!.replace(".hb", "") as Mnemonic];
  if (opcode === undefined) throw new Error(`no instruction ${name}`);
  const isBarrier = name!.endsWith(".hb");
  if (opcode.mnemonic === "jalr" && given.length === 1) given.unshift("ra");
  if ((opcode.mnemonic === "div" || opcode.mnemonic === "divu") && given.length === 3) given.shift();
  let word = opcode.match | (isBarrier ? BARRIER : 0);
  const operands = opcode.operands.split(",");
  // Condition 0 is left out where it comes first.
  if (["bcc", "ccc"].includes(operands[0]!) && given.length < operands.length) given.unshift("$fcc0");
  operands.forEach((operand, index) => {
    const text = given[index];
    if (operand === "" || text === undefined) return;
    if (operand === "inssize") word |= ((numberOf(text, labels) + numberOf(given[index - 1]!, labels) - 1) & 31) << 11;
    else word |= FIELDS[operand]!(text, address, labels, opcode.control);
  });
  return word >>> 0;
}

/** Lines of one block of source: a label (`name:`), an instruction, or `.word`; `#` starts a comment. */
function linesOf(source: string): string[] {
  return source
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line !== "");
}

export interface Block {
  readonly address: number;
  readonly source: string;
}

/** Assembles blocks that may name each other's labels. */
export function assembleAll(
  blocks: readonly Block[],
  given: Readonly<Record<string, number>> = {},
): { readonly words: readonly (readonly number[])[]; readonly labels: Labels } {
  const labels = new Map(Object.entries(given));
  for (const { address, source } of blocks) {
    let at = address;
    for (const line of linesOf(source)) {
      if (line.endsWith(":")) labels.set(line.slice(0, -1), at);
      else at += 4;
    }
  }
  const words = blocks.map(({ address, source }) =>
    linesOf(source)
      .filter((line) => !line.endsWith(":"))
      .map((line, index) => wordOf(line, address + 4 * index, labels)),
  );
  return { words, labels };
}

/** The word of one instruction. */
export function assembleOne(line: string, address = 0): number {
  return assembleAll([{ address, source: line }]).words[0]![0]!;
}

export const TEXT = 0x00400000;
export const RODATA = 0x00480000;
export const DATA = 0x00490000;

export interface ProgramSource {
  readonly text: string;
  /** Read-only words. */
  readonly rodata?: string;
  /** Writable words. */
  readonly data?: string;
  /** Labels that become function symbols, with sizes in bytes. */
  readonly symbols?: Readonly<Record<string, number>>;
  /** The label of the entry point; the start of the text by default. */
  readonly entry?: string;
  readonly gp?: number;
}

/** An image with its code at `TEXT`, read-only words at `RODATA` and writable ones at `DATA`. */
export function assembleProgram(source: ProgramSource): { readonly image: ProgramImage; readonly labels: Labels } {
  const blocks = [
    { address: TEXT, source: source.text },
    { address: RODATA, source: source.rodata ?? "" },
    { address: DATA, source: source.data ?? "" },
  ];
  const { words, labels } = assembleAll(blocks, source.gp === undefined ? {} : { gp: source.gp });
  const segments = blocks.map(({ address }, index): Segment => {
    const bytes = new Uint8Array(words[index]!.length * 4);
    const view = new DataView(bytes.buffer);
    words[index]!.forEach((word, position) => {
      view.setUint32(position * 4, word);
    });
    const memorySize = Math.max(bytes.length, 4);
    return { address, bytes, memorySize, isExecutable: address === TEXT, isWritable: address === DATA };
  });
  const symbols = Object.entries(source.symbols ?? {}).map(
    ([name, size]): FunctionSymbol => ({ name, address: labelled(name, labels), size }),
  );
  const image: ProgramImage = {
    endianness: "big",
    entry: source.entry === undefined ? TEXT : labelled(source.entry, labels),
    segments,
    symbols: symbols.sort((a, b) => a.address - b.address || (a.name < b.name ? -1 : 1)),
    codeRanges: [{ start: TEXT, end: TEXT + words[0]!.length * 4 }],
    ...(source.gp === undefined ? {} : { gp: source.gp }),
  };
  return { image, labels };
}
