/** Writes small ELF files for the tests of the loader, so that each field can be set wrong on purpose. */

import type { Endianness } from "../../../shared/recompiler/machine.ts";

const HEADER_SIZE = 52;
const PROGRAM_HEADER_SIZE = 32;
const SECTION_HEADER_SIZE = 40;
const SYMBOL_SIZE = 16;

export const PT_LOAD = 1;
export const PT_INTERP = 3;
export const PT_MIPS_REGINFO = 0x70000000;
export const PT_MIPS_ABIFLAGS = 0x70000003;
export const SHT_PROGBITS = 1;
export const SHT_SYMTAB = 2;
export const SHT_STRTAB = 3;
export const SHT_DYNSYM = 11;

export interface SegmentSpec {
  readonly type?: number;
  readonly address: number;
  readonly words: readonly number[];
  /** Bytes in memory, when more than the file gives. */
  readonly memorySize?: number;
  /** PF_X = 1, PF_W = 2, PF_R = 4. */
  readonly flags: number;
}

export interface SectionSpec {
  readonly type?: number;
  readonly address: number;
  readonly size: number;
  /** SHF_WRITE = 1, SHF_ALLOC = 2, SHF_EXECINSTR = 4. */
  readonly flags: number;
}

export interface SymbolSpec {
  readonly name: string;
  readonly value: number;
  readonly size?: number;
  /** STT_FUNC = 2 by default. */
  readonly type?: number;
  readonly sectionIndex?: number;
  readonly other?: number;
}

export interface ElfSpec {
  readonly endianness?: Endianness;
  readonly entry: number;
  readonly segments: readonly SegmentSpec[];
  /** Left out: no section header table at all. The symbol and string table are added behind these. */
  readonly sections?: readonly SectionSpec[];
  readonly symbols?: readonly SymbolSpec[];
  readonly symbolTableType?: number;
  readonly flags?: number;
}

/** The file, and where its tables are. */
export interface BuiltElf {
  readonly bytes: Uint8Array;
  readonly programHeader: (index: number) => number;
  readonly sectionHeader: (index: number) => number;
  readonly symbol: (index: number) => number;
  readonly stringTable: number;
}

/** Overwrites numbers in a copy of a file, in its own byte order. */
export function patched(
  bytes: Uint8Array,
  patches: readonly { readonly offset: number; readonly size: 1 | 2 | 4; readonly value: number }[],
): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  const isLittle = copy[5] === 1;
  for (const { offset, size, value } of patches) {
    if (size === 1) view.setUint8(offset, value);
    else if (size === 2) view.setUint16(offset, value, isLittle);
    else view.setUint32(offset, value, isLittle);
  }
  return copy;
}

export function buildElf(spec: ElfSpec): BuiltElf {
  const isLittle = spec.endianness === "little";
  const symbols = [{ name: "", value: 0, size: 0, type: 0, sectionIndex: 0 }, ...(spec.symbols ?? [])];
  const strings = symbols.map(({ name }) => name);
  const stringBytes = new TextEncoder().encode(`${strings.join("\0")}\0`);
  const programHeader = (index: number): number => HEADER_SIZE + index * PROGRAM_HEADER_SIZE;

  const bodies: number[] = [];
  let position = programHeader(spec.segments.length);
  for (const { words } of spec.segments) {
    bodies.push(position);
    position += words.length * 4;
  }
  const symbolTable = position;
  const stringTable = symbolTable + symbols.length * SYMBOL_SIZE;
  const sectionTable = stringTable + stringBytes.length;
  const sectionHeader = (index: number): number => sectionTable + index * SECTION_HEADER_SIZE;
  const sections = spec.sections === undefined ? [] : [{ type: 0, address: 0, size: 0, flags: 0 }, ...spec.sections];
  const sectionCount = spec.sections === undefined ? 0 : sections.length + 2;

  const bytes = new Uint8Array(sectionHeader(sectionCount));
  const view = new DataView(bytes.buffer);
  const put16 = (offset: number, value: number): void => view.setUint16(offset, value, isLittle);
  const put32 = (offset: number, ...values: readonly number[]): void =>
    values.forEach((value, index) => {
      view.setUint32(offset + index * 4, value, isLittle);
    });

  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, isLittle ? 1 : 2, 1]);
  put16(16, 2);
  put16(18, 8);
  put32(20, 1, spec.entry, HEADER_SIZE, sectionCount === 0 ? 0 : sectionTable, spec.flags ?? 0x1001);
  put16(40, HEADER_SIZE);
  put16(42, PROGRAM_HEADER_SIZE);
  put16(44, spec.segments.length);
  put16(46, SECTION_HEADER_SIZE);
  put16(48, sectionCount);

  spec.segments.forEach(({ type, address, words, memorySize, flags }, index) => {
    const size = words.length * 4;
    const body = bodies[index]!;
    put32(programHeader(index), type ?? PT_LOAD, body, address, address, size, memorySize ?? size, flags, 4);
    put32(body, ...words);
  });

  let nameOffset = 0;
  symbols.forEach(({ name, value, size, type, sectionIndex, other }, index) => {
    const at = symbolTable + index * SYMBOL_SIZE;
    put32(at, nameOffset, value, size ?? 0);
    bytes[at + 12] = 0x10 | (type ?? 2);
    bytes[at + 13] = other ?? 0;
    put16(at + 14, sectionIndex ?? 1);
    nameOffset += new TextEncoder().encode(name).length + 1;
  });
  bytes.set(stringBytes, stringTable);

  sections.forEach(({ type, address, size, flags }, index) => {
    put32(sectionHeader(index), 0, type ?? SHT_PROGBITS, flags, address, 0, size, 0, 0, 4, 0);
  });
  if (sectionCount > 0) {
    const symbolSize = symbols.length * SYMBOL_SIZE;
    const symbolType = spec.symbolTableType ?? SHT_SYMTAB;
    const stringIndex = sections.length + 1;
    put32(sectionHeader(sections.length), 0, symbolType, 0, 0, symbolTable, symbolSize, stringIndex, 1, 4, SYMBOL_SIZE);
    put32(sectionHeader(stringIndex), 0, SHT_STRTAB, 0, 0, stringTable, stringBytes.length, 0, 0, 1, 0);
  }
  return {
    bytes,
    programHeader,
    sectionHeader,
    symbol: (index) => symbolTable + index * SYMBOL_SIZE,
    stringTable,
  };
}

const NOP = 0;
const JR_RA = 0x03e00008;

/** A program of two functions and some data, the base the tests change. */
export const SMALL_PROGRAM: ElfSpec = {
  entry: 0x00400000,
  segments: [
    { address: 0x00400000, words: [JR_RA, NOP, JR_RA, NOP], flags: 5 },
    { address: 0x00410000, words: [0x11223344], memorySize: 0x100, flags: 6 },
  ],
  sections: [{ address: 0x00400000, size: 16, flags: 6 }],
  symbols: [
    { name: "first", value: 0x00400000, size: 8 },
    { name: "second", value: 0x00400008, size: 8 },
    { name: "_gp", value: 0x00418000, type: 0, sectionIndex: 0xfff1 },
  ],
};
