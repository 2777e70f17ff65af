/** Program headers: what is loaded where. */

import { ElfError } from "../errors.ts";
import { hex } from "../machine.ts";
import type { Segment } from "../program.ts";
import { dynamicLinkingError, type ElfHeader } from "./header.ts";
import {
  type ElfFile,
  fieldError,
  hexNumber,
  type Layout,
  readStructure,
  requireInFile,
  type Structure,
} from "./reader.ts";

const PROGRAM_HEADER_SIZE = 32;
const PROGRAM_HEADER_LAYOUT = {
  p_type: [0, 4],
  p_offset: [4, 4],
  p_vaddr: [8, 4],
  p_filesz: [16, 4],
  p_memsz: [20, 4],
  p_flags: [24, 4],
} as const satisfies Layout<string>;

type ProgramHeader = Structure<keyof typeof PROGRAM_HEADER_LAYOUT>;

const FIELDS = Object.keys(PROGRAM_HEADER_LAYOUT) as (keyof typeof PROGRAM_HEADER_LAYOUT)[];

const PT_LOAD = 1;
const PT_INTERP = 3;
const PT_MIPS_REGINFO = 0x70000000;
const PT_MIPS_ABIFLAGS = 0x70000003;
const PF_X = 1;
const PF_W = 2;

const ADDRESS_SPACE = 2 ** 32;

/** The loaded program may take this many bytes of memory in all. */
export const MAXIMUM_LOADED_BYTES = 2 ** 30;

// MIPS psABI supplement, "Register Information": four masks and a mask of general registers precede ri_gp_value.
const REGINFO_LAYOUT = { ri_gp_value: [20, 4] } as const satisfies Layout<string>;

// MIPS psABI supplement of 2014, ".MIPS.abiflags": version, ISA and register sizes precede fp_abi.
const ABIFLAGS_LAYOUT = { fp_abi: [7, 1] } as const satisfies Layout<string>;

function readProgramHeaders(file: ElfFile, header: ElfHeader): ProgramHeader[] {
  const { e_phoff, e_phnum, e_phentsize } = header.values;
  if (e_phnum === 0) throw fieldError(header, "e_phnum", "at least one program header");
  if (e_phentsize !== PROGRAM_HEADER_SIZE) {
    throw fieldError(header, "e_phentsize", String(PROGRAM_HEADER_SIZE), { found: String(e_phentsize) });
  }
  requireInFile(file, header, "e_phoff", "e_phnum", e_phnum * PROGRAM_HEADER_SIZE);
  return Array.from({ length: e_phnum }, (_, index) =>
    readStructure(file, `program header ${index}`, e_phoff + index * PROGRAM_HEADER_SIZE, PROGRAM_HEADER_LAYOUT),
  );
}

function readSegment(file: ElfFile, entry: ProgramHeader): Segment {
  const { p_offset, p_vaddr, p_filesz, p_memsz, p_flags } = entry.values;
  // A program with only .bss has a segment without bytes whose offset GNU ld puts where it likes.
  if (p_filesz > 0) requireInFile(file, entry, "p_offset", "p_filesz", p_filesz);
  if (p_memsz < p_filesz) throw fieldError(entry, "p_memsz", `at least p_filesz (${hexNumber(p_filesz)})`);
  if (p_vaddr + p_memsz > ADDRESS_SPACE) {
    throw fieldError(entry, "p_memsz", `at most ${hexNumber(ADDRESS_SPACE - p_vaddr)} from ${hex(p_vaddr)}`);
  }
  return {
    address: p_vaddr,
    bytes: file.bytes.subarray(p_offset, p_offset + p_filesz),
    memorySize: p_memsz,
    isExecutable: (p_flags & PF_X) !== 0,
    isWritable: (p_flags & PF_W) !== 0,
  };
}

function requireSaneSizes(loads: readonly { readonly entry: ProgramHeader; readonly segment: Segment }[]): void {
  let total = 0;
  for (const { entry, segment } of loads) {
    total += segment.memorySize;
    if (total > MAXIMUM_LOADED_BYTES) {
      const expected = `at most ${MAXIMUM_LOADED_BYTES} bytes of memory in all`;
      throw fieldError(entry, "p_memsz", expected, { found: `${total} bytes up to this segment` });
    }
  }
}

function requireDisjoint(sorted: readonly { readonly entry: ProgramHeader; readonly segment: Segment }[]): void {
  for (const [index, { segment }] of sorted.entries()) {
    const next = sorted[index + 1];
    const end = segment.address + segment.memorySize;
    if (next !== undefined && next.segment.address < end) {
      const expected = `an address from ${hexNumber(end)} on, where ${sorted[index]!.entry.label} ends`;
      throw fieldError(next.entry, "p_vaddr", expected);
    }
  }
}

/** What the program headers say: the loadable segments, sorted by address, and what the MIPS supplement adds. */
export interface ProgramHeaders {
  readonly segments: readonly Segment[];
  /** The global pointer that the register information names. */
  readonly gp: number | undefined;
  /** The floating-point ABI of the ABI flags. */
  readonly floatAbi: number | undefined;
}

/**
 *
 * @throws ElfError when a header points outside the file, segments overlap or wrap, or memory would pass 1 GiB
 */
export function readSegments(file: ElfFile, header: ElfHeader): ProgramHeaders {
  const entries = readProgramHeaders(file, header);
  const interpreter = entries.find((entry) => entry.values.p_type === PT_INTERP);
  if (interpreter !== undefined) throw dynamicLinkingError(interpreter, "p_type", "3 (PT_INTERP)");
  const all = entries
    .filter((entry) => entry.values.p_type === PT_LOAD && entry.values.p_memsz > 0)
    .map((entry) => ({ entry, segment: readSegment(file, entry) }));
  // The same piece mapped twice is that piece.
  const isAgain = ({ entry }: (typeof all)[number], index: number): boolean =>
    all.slice(0, index).some((other) => FIELDS.every((field) => other.entry.values[field] === entry.values[field]));
  const loads = all.filter((load, index) => !isAgain(load, index));
  requireSaneSizes(loads);
  loads.sort((a, b) => a.segment.address - b.segment.address);
  requireDisjoint(loads);
  const segments = loads.map(({ segment }) => segment);
  if (!segments.some((segment) => segment.isExecutable && segment.bytes.length >= 4)) {
    throw new ElfError("elf_malformed", {
      field: "program header p_flags",
      offset: header.values.e_phoff,
      expected: "a PT_LOAD segment with PF_X that holds code",
      found: `none in ${entries.length} program headers`,
    });
  }
  const registers = entries.find((entry) => entry.values.p_type === PT_MIPS_REGINFO);
  const flags = entries.find((entry) => entry.values.p_type === PT_MIPS_ABIFLAGS);
  return {
    segments,
    gp: registers === undefined ? undefined : readGlobalPointer(file, registers),
    floatAbi: flags === undefined ? undefined : readFloatAbi(file, flags),
  };
}

function readFloatAbi(file: ElfFile, entry: ProgramHeader): number {
  return readStructure(file, `${entry.label} .MIPS.abiflags`, entry.values.p_offset, ABIFLAGS_LAYOUT).values.fp_abi;
}

/** 0 stands for a program without a global pointer. */
function readGlobalPointer(file: ElfFile, entry: ProgramHeader): number | undefined {
  const { ri_gp_value } = readStructure(file, `${entry.label} .reginfo`, entry.values.p_offset, REGINFO_LAYOUT).values;
  return ri_gp_value === 0 ? undefined : ri_gp_value;
}
