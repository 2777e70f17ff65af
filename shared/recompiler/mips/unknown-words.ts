/**
 * Names for words that the opcode table has no row for: what a person reads where one stands in the way. From "MIPS
 * Architecture for Programmers", Volumes I-A (encoding of the CPU fields), II-A and IV-a to IV-j (extensions).
 */

import { REGISTER_NAMES } from "../register-file.ts";

/** What a word would be on some other machine, and which part of that machine it belongs to. */
export interface UnknownWord {
  readonly text: string;
  readonly kind: string;
}

const PRIVILEGED = "privileged: coprocessor 0";
const COPROCESSOR_2 = "coprocessor 2";
const PAIRED_SINGLE = "floating point: paired single";
const FLOATING_POINT = "floating point: an operation that this machine does not have";
const WIDE = "64-bit";
const RESERVED = "reserved: no instruction";

type Fields = Readonly<Record<"rs" | "rt" | "rd" | "sa" | "function" | "immediate", number>>;
type Namer = (fields: Fields, word: number) => UnknownWord | undefined;

const register = (number: number): string => REGISTER_NAMES[number]!;
const hexadecimal = (value: number): string => `0x${(value >>> 0).toString(16)}`;

const access =
  (name: string, kind: string, operand: (number: number) => string = register): Namer =>
  ({ rs, rt, immediate }) => ({ text: `${name} ${operand(rt)},${immediate}(${register(rs)})`, kind });

const immediate =
  (name: string): Namer =>
  ({ rs, rt, immediate: value }) => ({ text: `${name} ${register(rt)},${register(rs)},${value}`, kind: WIDE });

const numbered = (number: number): string => `$${number}`;

/** Moves between general registers and those of a coprocessor; `rs` tells which. */
const moves =
  (names: Readonly<Record<number, string>>, kind: string): Namer =>
  ({ rs, rt, rd, function: select }) => {
    const name = names[rs];
    const selected = (select & 7) === 0 ? "" : `,${select & 7}`;
    return name === undefined ? undefined : { text: `${name} ${register(rt)},$${rd}${selected}`, kind };
  };

const operation = (text: string, kind: string): UnknownWord => ({ text, kind });

const COP0_OPERATIONS: Readonly<Record<number, string>> = {
  1: "tlbr", 2: "tlbwi", 6: "tlbwr", 8: "tlbp", 24: "eret", 31: "deret", 32: "wait",
}; // biome-ignore format: by function

const PAIRED_OPERATIONS: Readonly<Record<number, string>> = {
  0: "add.ps", 1: "sub.ps", 2: "mul.ps", 5: "abs.ps", 6: "mov.ps", 7: "neg.ps", 17: "movcf.ps", 18: "movz.ps",
  19: "movn.ps", 32: "cvt.s.pu", 40: "cvt.s.pl", 44: "pll.ps", 45: "plu.ps", 46: "pul.ps", 47: "puu.ps",
}; // biome-ignore format: by function

/** Of SPECIAL: MIPS III and MIPS64, by function. */
const WIDE_OPERATIONS: Readonly<Record<number, string>> = {
  20: "dsllv", 22: "dsrlv", 23: "dsrav", 28: "dmult", 29: "dmultu", 30: "ddiv", 31: "ddivu", 44: "dadd", 45: "daddu",
  46: "dsub", 47: "dsubu", 56: "dsll", 58: "dsrl", 59: "dsra", 60: "dsll32", 62: "dsrl32", 63: "dsra32",
}; // biome-ignore format: by function

const FORMAT_PAIRED = 22;

/** By major opcode. */
const NAMERS: Readonly<Record<number, Namer>> = {
  0: ({ rs, rt, rd, sa, function: name }) => {
    const found = WIDE_OPERATIONS[name];
    if (found === undefined) return undefined;
    if (name >= 56) return operation(`${found} ${register(rd)},${register(rt)},${hexadecimal(sa)}`, WIDE);
    if (name >= 44) return operation(`${found} ${register(rd)},${register(rs)},${register(rt)}`, WIDE);
    if (name >= 28) return operation(`${found} ${register(rs)},${register(rt)}`, WIDE);
    return operation(`${found} ${register(rd)},${register(rt)},${register(rs)}`, WIDE);
  },
  16: (fields, word) => {
    const moved = moves({ 0: "mfc0", 4: "mtc0", 1: "dmfc0", 5: "dmtc0" }, PRIVILEGED)(fields, word);
    if (moved !== undefined) return moved;
    if (fields.rs === 11) return operation(`${fields.sa === 0 && (word & 32) !== 0 ? "ei" : "di"}`, PRIVILEGED);
    const name = fields.rs >= 16 ? COP0_OPERATIONS[fields.function] : undefined;
    return operation(name ?? `cop0 ${hexadecimal(word & 0x1ffffff)}`, PRIVILEGED);
  },
  17: ({ rs, rt, rd, sa, function: name }, word) => {
    if (rs !== FORMAT_PAIRED) return operation(`cop1 ${hexadecimal(word & 0x3ffffff)}`, FLOATING_POINT);
    const found = PAIRED_OPERATIONS[name];
    if (found === undefined) return operation(`cop1.ps ${hexadecimal(word & 0x1fffff)}`, PAIRED_SINGLE);
    return operation(`${found} $f${sa},$f${rd},$f${rt}`, PAIRED_SINGLE);
  },
  18: (fields, word) =>
    moves({ 0: "mfc2", 2: "cfc2", 4: "mtc2", 6: "ctc2", 3: "mfhc2", 7: "mthc2" }, COPROCESSOR_2)(fields, word) ??
    operation(`cop2 ${hexadecimal(word & 0x3ffffff)}`, COPROCESSOR_2),
  19: (_, word) => operation(`cop1x ${hexadecimal(word & 0x3ffffff)}`, FLOATING_POINT),
  24: immediate("daddi"),
  25: immediate("daddiu"),
  26: access("ldl", WIDE),
  27: access("ldr", WIDE),
  28: ({ function: name }) => (name === 63 ? operation("sdbbp", "privileged: a debugger's breakpoint") : undefined),
  29: (_, word) => operation(`jalx ${hexadecimal((word & 0x3ffffff) << 2)}`, "a call into MIPS16 or microMIPS code"),
  30: (_, word) => operation(`msa ${hexadecimal(word & 0x3ffffff)}`, "vectors: the MSA extension"),
  31: (_, word) => operation(`special3 ${hexadecimal(word & 0x3ffffff)}`, "an extension (DSP, MT, Release 6 or 64-bit)"),
  39: access("lwu", WIDE),
  44: access("sdl", WIDE),
  45: access("sdr", WIDE),
  47: access("cache", PRIVILEGED, hexadecimal),
  50: access("lwc2", COPROCESSOR_2, numbered),
  52: access("lld", WIDE),
  54: access("ldc2", COPROCESSOR_2, numbered),
  55: access("ld", WIDE),
  58: access("swc2", COPROCESSOR_2, numbered),
  60: access("scd", WIDE),
  62: access("sdc2", COPROCESSOR_2, numbered),
  63: access("sd", WIDE),
}; // biome-ignore format: by major opcode

/** What a word is called that decodes to nothing. */
export function describeUnknownWord(word: number): UnknownWord {
  const fields: Fields = {
    rs: (word >>> 21) & 31,
    rt: (word >>> 16) & 31,
    rd: (word >>> 11) & 31,
    sa: (word >>> 6) & 31,
    function: word & 63,
    immediate: (word << 16) >> 16,
  };
  return (
    NAMERS[word >>> 26]?.(fields, word) ?? {
      text: `0x${(word >>> 0).toString(16).padStart(8, "0")}`,
      kind: RESERVED,
    }
  );
}
