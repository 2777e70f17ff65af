import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadElf } from "../../../shared/recompiler/elf/index.ts";
import { ElfError } from "../../../shared/recompiler/errors.ts";
import type { ProgramImage } from "../../../shared/recompiler/program.ts";
import { type BuiltElf, buildElf, type ElfSpec, PT_INTERP, patched, SMALL_PROGRAM } from "./build-elf.ts";

const built = buildElf(SMALL_PROGRAM);

function errorOf(bytes: Uint8Array): ElfError {
  try {
    loadElf(bytes);
  } catch (error) {
    if (error instanceof ElfError) return error;
    throw error;
  }
  throw new Error("the file was loaded");
}

const field = (offset: number, size: 1 | 2 | 4, value: number): Uint8Array =>
  patched(built.bytes, [{ offset, size, value }]);

const { programHeader, sectionHeader, symbol } = built;
const SYMBOL_SECTION = 2;
const STRING_SECTION = 3;

describe("a file that is no ELF executable for MIPS", () => {
  it.each<[what: string, bytes: Uint8Array, message: string]>([
    [
      "an empty file",
      new Uint8Array(0),
      "ELF e_ident[EI_MAG0..3] at file offset 0x0: expected 7f 45 4c 46 (an ELF file), found an empty file",
    ],
    [
      "text",
      new TextEncoder().encode("#!/bin/sh\n"),
      "ELF e_ident[EI_MAG0..3] at file offset 0x0: expected 7f 45 4c 46 (an ELF file), found 23 21 2f 62, a script",
    ],
    [
      "bytes that nobody knows",
      new Uint8Array([1, 2, 3, 4]),
      "ELF e_ident[EI_MAG0..3] at file offset 0x0: expected 7f 45 4c 46 (an ELF file), found 01 02 03 04",
    ],
    [
      "a magic number alone",
      built.bytes.slice(0, 7),
      "ELF e_ident at file offset 0x0: expected 16 bytes, found a file of 7 bytes",
    ],
    [
      "ELF64",
      patched(built.bytes, [
        { offset: 4, size: 1, value: 2 },
        { offset: 18, size: 2, value: 62 },
      ]),
      "ELF e_ident[EI_CLASS] at file offset 0x4: expected 1 (32-bit), found 2 (64-bit, x86-64); compile it for MIPS32, such as with: mips-linux-gnu-gcc -static -no-pie",
    ],
    [
      "ELF64, cut short",
      field(4, 1, 2).slice(0, 18),
      "ELF e_ident[EI_CLASS] at file offset 0x4: expected 1 (32-bit), found 2 (64-bit); compile it for MIPS32, such as with: mips-linux-gnu-gcc -static -no-pie",
    ],
    ["another class", field(4, 1, 9), "ELF e_ident[EI_CLASS] at file offset 0x4: expected 1 (32-bit), found 9"],
    [
      "another byte order",
      field(5, 1, 3),
      "ELF e_ident[EI_DATA] at file offset 0x5: expected 1 (little-endian) or 2 (big-endian), found 3",
    ],
    ["another ident version", field(6, 1, 0), "ELF e_ident[EI_VERSION] at file offset 0x6: expected 1, found 0"],
    [
      "another machine",
      field(18, 2, 40),
      "ELF e_machine at file offset 0x12: expected 8 (MIPS), found 40 (ARM); compile it for MIPS32, such as with: mips-linux-gnu-gcc -static -no-pie",
    ],
    [
      "a machine that nobody knows",
      field(18, 2, 0xfff0),
      "ELF e_machine at file offset 0x12: expected 8 (MIPS), found 65520; compile it for MIPS32, such as with: mips-linux-gnu-gcc -static -no-pie",
    ],
    [
      "an object file",
      field(16, 2, 1),
      "ELF e_type at file offset 0x10: expected 2 (ET_EXEC), found 1 (ET_REL); link a static executable at a fixed address (-static -no-pie)",
    ],
    [
      "a position-independent executable",
      field(16, 2, 3),
      "ELF e_type at file offset 0x10: expected 2 (ET_EXEC), found 3 (ET_DYN); link a static executable at a fixed address (-static -no-pie)",
    ],
    [
      "microMIPS",
      field(36, 4, 0x02001001),
      "ELF e_flags at file offset 0x24: expected no microMIPS code, found 0x2001001",
    ],
    ["n32", field(36, 4, 0x20), "ELF e_flags at file offset 0x24: expected the o32 ABI, found 0x20 (n32)"],
    [
      "release 6",
      field(36, 4, 0x90001000),
      "ELF e_flags at file offset 0x24: expected MIPS before release 6, found 0x90001000 (mips32r6)",
    ],
  ])("is refused: %s", (_what, bytes, message) => {
    expect(errorOf(bytes).message).toBe(message);
  });

  it.each([
    ["elf_unsupported", field(4, 1, 2)],
    ["elf_unsupported", field(16, 2, 3)],
    ["elf_malformed", field(6, 1, 0)],
  ])("has the code %s", (code, bytes) => {
    const error = errorOf(bytes);
    expect(error).toMatchObject({ code, category: "parsing_input", retryable: false, name: "ElfError" });
  });

  it("is called by its name, where it has one", () => {
    const load = () => loadElf(field(18, 2, 62), "game.elf");
    expect(load).toThrow(/^game\.elf: ELF e_machine at file offset 0x12: /);
    expect(load).toThrow(
      expect.objectContaining({ code: "elf_unsupported", details: errorOf(field(18, 2, 62)).details }),
    );
  });

  it("carries the field, its offset, what was expected and found", () => {
    expect(errorOf(field(18, 2, 62)).details).toEqual({
      field: "e_machine",
      offset: 18,
      expected: "8 (MIPS)",
      found: "62 (x86-64)",
    });
  });
});

describe("a header that is out of order", () => {
  const absent = 0xfffffff0;
  it.each<[what: string, bytes: Uint8Array, field: string]>([
    ["misaligned entry", field(24, 4, 0x00400002), "e_entry"],
    ["entry in the data", field(24, 4, 0x00410000), "e_entry"],
    ["entry nowhere", field(24, 4, 0x00800000), "e_entry"],
    ["no program headers", field(44, 2, 0), "e_phnum"],
    ["more program headers than the file holds", field(44, 2, 0xffff), "e_phnum"],
    ["program headers past the end", field(28, 4, absent), "e_phoff"],
    ["program headers of another size", field(42, 2, 56), "e_phentsize"],
    ["a segment past the end of the file", field(programHeader(0) + 4, 4, absent), "program header 0 p_offset"],
    ["a segment longer than the file", field(programHeader(1) + 16, 4, absent), "program header 1 p_filesz"],
    ["less memory than file", field(programHeader(0) + 20, 4, 4), "program header 0 p_memsz"],
    ["a segment that wraps around", field(programHeader(1) + 8, 4, 0xffffff80), "program header 1 p_memsz"],
    ["more than 1 GiB of memory", field(programHeader(1) + 20, 4, 0x40000000), "program header 1 p_memsz"],
    ["overlapping segments", field(programHeader(1) + 8, 4, 0x0040000c), "program header 1 p_vaddr"],
    ["no code", field(programHeader(0) + 24, 4, 4), "program header p_flags"],
  ])("is named: %s", (_what, bytes, name) => {
    const error = errorOf(bytes);
    expect(error.code).toBe("elf_malformed");
    expect(error.details.field).toBe(name);
    expect(error.details.offset).toBeLessThan(built.bytes.length);
  });

  it("says that a dynamically linked program needs another link", () => {
    const interpreter = { type: PT_INTERP, address: 0, words: [], flags: 4 };
    const error = errorOf(buildElf({ ...SMALL_PROGRAM, segments: [...SMALL_PROGRAM.segments, interpreter] }).bytes);
    expect(error.code).toBe("elf_unsupported");
    expect(error.message).toContain("program header 2 p_type");
    expect(error.message).toContain("-static");
  });

  it("names the field at which a truncated file breaks off", () => {
    const end = Math.max(...[0, 1].map((index) => endOf(index)));
    for (let length = 0; length < end; length += 1) {
      const error = errorOf(built.bytes.slice(0, length));
      expect(error.details.offset).toBeLessThanOrEqual(built.bytes.length);
    }
  });
});

/** Past a segment's bytes in the file. */
function endOf(index: number): number {
  const view = new DataView(built.bytes.buffer, built.bytes.byteOffset);
  const at = built.programHeader(index);
  return view.getUint32(at + 4) + view.getUint32(at + 16);
}

describe("a table that running the program does not need", () => {
  const absent = 0xfffffff0;
  it.each<[what: string, bytes: Uint8Array, field: string]>([
    ["another version", field(20, 4, 2), "e_version"],
    ["section headers of no size", field(46, 2, 0), "e_shentsize"],
    ["section headers of another size", field(46, 2, 64), "e_shentsize"],
    ["section headers past the end", field(32, 4, absent), "e_shoff"],
    ["more section headers than the file holds", field(48, 2, 0xffff), "e_shnum"],
    ["code outside the segments", field(sectionHeader(1) + 12, 4, 0x00700000), "section header 1 sh_addr"],
    ["code longer than its segment", field(sectionHeader(1) + 20, 4, 0x1000), "section header 1 sh_size"],
    ["symbols of another size", field(sectionHeader(SYMBOL_SECTION) + 36, 4, 24), "section header 2 sh_entsize"],
    ["half a symbol", field(sectionHeader(SYMBOL_SECTION) + 20, 4, 24), "section header 2 sh_size"],
    ["symbols past the end", field(sectionHeader(SYMBOL_SECTION) + 16, 4, absent), "section header 2 sh_offset"],
    ["no string table", field(sectionHeader(SYMBOL_SECTION) + 24, 4, 99), "section header 2 sh_link"],
    ["a string table that is none", field(sectionHeader(SYMBOL_SECTION) + 24, 4, 1), "section header 2 sh_link"],
    ["strings past the end", field(sectionHeader(STRING_SECTION) + 16, 4, absent), "section header 3 sh_offset"],
    ["strings longer than the file", field(sectionHeader(STRING_SECTION) + 20, 4, absent), "section header 3 sh_size"],
    ["a name outside the strings", field(symbol(1), 4, 0x1000), "section header 2 symbol 1 st_name"],
    ["a name without an end", field(sectionHeader(STRING_SECTION) + 20, 4, 3), "section header 2 symbol 1 st_name"],
  ])("is left out with a warning that names the field: %s", (_what, bytes, name) => {
    const sound = loadElf(built.bytes);
    const image = loadElf(bytes);
    expect(image.warnings).toEqual([expect.stringContaining(`ELF ${name} at file offset 0x`)]);
    const pieces = ({ segments, entry }: ProgramImage) => [
      entry,
      ...segments.map(({ address, bytes: content, memorySize }) => [address, Buffer.from(content), memorySize]),
    ];
    expect(pieces(image)).toEqual(pieces(sound));
    expect(image.codeRanges.some(({ start, end }) => image.entry >= start && image.entry < end)).toBe(true);
  });

  it("is taken for nothing where it is sound", () => {
    expect(loadElf(built.bytes).warnings).toBeUndefined();
  });

  it("counts sections by section 0 when there are too many for the header", () => {
    const counted = (count: number): Uint8Array =>
      patched(built.bytes, [
        { offset: 48, size: 2, value: 0 },
        { offset: sectionHeader(0) + 20, size: 4, value: count },
      ]);
    expect(loadElf(counted(4)).symbols).toHaveLength(2);
    expect(loadElf(counted(5)).warnings).toEqual([expect.stringContaining("section header 0 sh_size")]);
  });

  it("loses what stands behind where the file breaks off, and nothing else", () => {
    const image = loadElf(built.bytes.slice(0, built.sectionHeader(4) - 1));
    expect(image.symbols).toEqual([]);
    expect(image.warnings).toHaveLength(1);
  });
});

it("a segment that two program headers map alike is one", () => {
  const again = { ...SMALL_PROGRAM.segments[1]!, address: 0x00500000 };
  const twice = buildElf({ ...SMALL_PROGRAM, segments: [...SMALL_PROGRAM.segments, again] });
  const view = new DataView(twice.bytes.buffer, twice.bytes.byteOffset);
  const copied = Array.from({ length: 8 }, (_, word) => ({
    offset: twice.programHeader(2) + 4 * word,
    size: 4 as const,
    value: view.getUint32(twice.programHeader(1) + 4 * word),
  }));
  const image = loadElf(patched(twice.bytes, copied));
  expect(image.segments.map(({ address }) => address)).toEqual(SMALL_PROGRAM.segments.map(({ address }) => address));
});

/** What every image promises, whatever the file. */
function expectSound(image: ProgramImage, fileLength: number): void {
  let end = 0;
  for (const segment of image.segments) {
    expect(segment.address).toBeGreaterThanOrEqual(end);
    end = segment.address + segment.memorySize;
    expect(end).toBeLessThanOrEqual(2 ** 32);
    expect(segment.bytes.length).toBeLessThanOrEqual(Math.min(segment.memorySize, fileLength));
  }
  expect(image.segments.reduce((sum, segment) => sum + segment.memorySize, 0)).toBeLessThanOrEqual(2 ** 30);
  let codeEnd = 0;
  for (const range of image.codeRanges) {
    expect(range.start).toBeGreaterThanOrEqual(codeEnd);
    expect(range.end).toBeGreaterThan(range.start);
    expect((range.start | range.end) & 3).toBe(0);
    codeEnd = range.end;
  }
  const isCode = (address: number): boolean =>
    (address & 3) === 0 && image.codeRanges.some((range) => address >= range.start && address < range.end);
  expect(isCode(image.entry)).toBe(true);
  for (const { address } of image.symbols) expect(isCode(address)).toBe(true);
}

describe("a damaged file", () => {
  const bases: readonly ElfSpec[] = [SMALL_PROGRAM, { ...SMALL_PROGRAM, endianness: "little" }];
  const files: readonly BuiltElf[] = bases.map(buildElf);
  const damage = fc.record({
    file: fc.constantFrom(...files),
    changes: fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(0, 0x7f, 0x80, 0xff))), {
      maxLength: 6,
    }),
    length: fc.option(fc.nat(), { nil: undefined }),
  });

  it("gives a sound image or an ElfError, and nothing else", () => {
    fc.assert(
      fc.property(damage, ({ file, changes, length }) => {
        const bytes = file.bytes.slice(0, length === undefined ? undefined : length % (file.bytes.length + 1));
        for (const [offset, value] of changes) if (bytes.length > 0) bytes[offset % bytes.length] = value;
        try {
          expectSound(loadElf(bytes), bytes.length);
        } catch (error) {
          if (!(error instanceof ElfError)) throw error;
          expect(error.message).toMatch(/^ELF .+ at file offset 0x[0-9a-f]+: expected .+, found .+/s);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
