import { describe, expect, it } from "vitest";
import { loadElf } from "../../../shared/recompiler/elf/index.ts";
import { segmentAt, wordAt } from "../../../shared/recompiler/image.ts";
import { buildElf, type ElfSpec, PT_MIPS_ABIFLAGS, PT_MIPS_REGINFO, SHT_DYNSYM, SMALL_PROGRAM } from "./build-elf.ts";

const load = (change: Partial<ElfSpec> = {}) => loadElf(buildElf({ ...SMALL_PROGRAM, ...change }).bytes);

describe("loadElf", () => {
  it.each(["big", "little"] as const)("reads a %s-endian executable", (endianness) => {
    const image = load({ endianness });
    expect(image.endianness).toBe(endianness);
    expect(image.entry).toBe(0x00400000);
    expect(image.gp).toBe(0x00418000);
    expect(image.symbols).toEqual([
      { name: "first", address: 0x00400000, size: 8 },
      { name: "second", address: 0x00400008, size: 8 },
    ]);
    expect(image.codeRanges).toEqual([{ start: 0x00400000, end: 0x00400010 }]);
    expect(
      image.segments.map(({ address, memorySize, isExecutable, isWritable }) => ({
        address,
        memorySize,
        isExecutable,
        isWritable,
      })),
    ).toEqual([
      { address: 0x00400000, memorySize: 16, isExecutable: true, isWritable: false },
      { address: 0x00410000, memorySize: 0x100, isExecutable: false, isWritable: true },
    ]);
    expect(wordAt(image, 0x00410000)).toBe(0x11223344);
    expect(segmentAt(image, 0x00410000)?.bytes[0]).toBe(endianness === "big" ? 0x11 : 0x44);
  });

  it("reads memory past the file's bytes as zeros, and nothing outside the segments", () => {
    const image = load();
    expect(wordAt(image, 0x00410004)).toBe(0);
    expect(wordAt(image, 0x004100fc)).toBe(0);
    expect(wordAt(image, 0x00410100)).toBeUndefined();
    expect(wordAt(image, 0x003ffffc)).toBeUndefined();
    expect(wordAt(image, 0x00400002)).toBeUndefined();
    expect(segmentAt(image, 0x00410100)).toBeUndefined();
  });

  it("takes the executable segments for code where there is no section table", () => {
    const { sections: _sections, symbols: _symbols, ...stripped } = SMALL_PROGRAM;
    const image = loadElf(buildElf(stripped).bytes);
    expect(image.symbols).toEqual([]);
    expect(image.codeRanges).toEqual([{ start: 0x00400000, end: 0x00400010 }]);
    expect(image.gp).toBeUndefined();
  });

  it("sorts segments by address, whatever the order of their headers", () => {
    const image = load({ segments: [...SMALL_PROGRAM.segments].reverse() });
    expect(image.segments.map(({ address }) => address)).toEqual([0x00400000, 0x00410000]);
  });

  it("takes a segment that has no bytes in the file, wherever its offset points", () => {
    const [code, written] = SMALL_PROGRAM.segments;
    const { bytes, programHeader } = buildElf({ ...SMALL_PROGRAM, segments: [code!, { ...written!, words: [] }] });
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(programHeader(1) + 4, 0x00ffffff);
    const image = loadElf(bytes);
    expect(image.segments[1]).toMatchObject({ address: 0x00410000, memorySize: 0x100 });
    expect(wordAt(image, 0x00410000)).toBe(0);
  });

  it("reads dynamic symbols too", () => {
    expect(load({ symbolTableType: SHT_DYNSYM }).symbols.map(({ name }) => name)).toEqual(["first", "second"]);
  });

  it("writes out in names what a terminal would obey", () => {
    const symbol = { name: "a\u001b[2J\u009b\u202eb\n", value: SMALL_PROGRAM.entry };
    expect(load({ symbols: [symbol] }).symbols.map(({ name }) => name)).toEqual(["a\\u001b[2J\\u009b\\u202eb\\u000a"]);
  });

  it("sorts symbols by address, then name, and keeps aliases", () => {
    const image = load({
      symbols: [
        { name: "b", value: 0x00400008 },
        { name: "z", value: 0x00400000 },
        { name: "a", value: 0x00400008 },
        { name: "a", value: 0x00400008, size: 8 },
      ],
    });
    expect(image.symbols).toEqual([
      { name: "z", address: 0x00400000, size: 0 },
      { name: "a", address: 0x00400008, size: 8 },
      { name: "b", address: 0x00400008, size: 0 },
    ]);
  });

  it.each([
    ["objects", { name: "x", value: 0x00400000, type: 1 }],
    ["undefined functions", { name: "x", value: 0x00400000, sectionIndex: 0 }],
    ["functions outside the code", { name: "x", value: 0x00410000 }],
    ["misaligned functions", { name: "x", value: 0x00400002 }],
    ["MIPS16 functions", { name: "x", value: 0x00400000, other: 0xf0 }],
    ["nameless functions", { name: "", value: 0x00400000 }],
  ])("leaves out %s", (_what, symbol) => {
    expect(load({ symbols: [symbol] }).symbols).toEqual([]);
  });

  it("finds the global pointer of a stripped program in its register information", () => {
    const registers = { type: PT_MIPS_REGINFO, address: 0, words: [0, 0, 0, 0, 0, 0x00418010], flags: 4 };
    const image = load({ segments: [...SMALL_PROGRAM.segments, registers], symbols: [] });
    expect(image.gp).toBe(0x00418010);
  });

  it.each<[what: string, flags: number, floatAbi: number | undefined, registerBits: number, isNan2008: boolean]>([
    ["says nothing", 0x1001, undefined, 32, false],
    ["was built for wide registers before there were ABI flags", 0x1201, undefined, 64, false],
    ["takes registers as MIPS I has them", 0x1001, 1, 32, false],
    ["takes either", 0x1001, 5, 64, false],
    ["asks for wide registers", 0x1001, 6, 64, false],
    ["asks for wide registers without the odd ones as singles", 0x1001, 7, 64, false],
    ["computes without the unit", 0x1001, 3, 32, false],
    ["has NaNs of 2008", 0x1401, 1, 32, true],
  ])("starts the floating-point unit as Linux does for a program that %s", (_, flags, abi, registerBits, isNan2008) => {
    const abiFlags = { type: PT_MIPS_ABIFLAGS, address: 0, words: [0, 0x01010100 | (abi ?? 0), 0, 0, 0, 0], flags: 4 };
    const added = abi === undefined ? [] : [abiFlags];
    const image = load({ endianness: "big", flags, segments: [...SMALL_PROGRAM.segments, ...added] });
    expect(image.float).toEqual({ registerBits, isNan2008 });
  });

  it("joins overlapping code sections and keeps neighbours apart", () => {
    const section = (address: number, size: number) => ({ address, size, flags: 6 });
    const ranges = (...sections: { address: number; size: number; flags: number }[]) =>
      load({ sections }).codeRanges.map(({ start, end }) => [start - 0x00400000, end - 0x00400000]);
    expect(ranges(section(0x00400008, 8), section(0x00400000, 8))).toEqual([
      [0, 8],
      [8, 16],
    ]);
    expect(ranges(section(0x00400000, 12), section(0x00400004, 12))).toEqual([[0, 16]]);
    expect(ranges(section(0x00400000, 15))).toEqual([[0, 12]]);
  });

  it("makes segments views of the file, however large they are in memory", () => {
    const segments = [SMALL_PROGRAM.segments[0]!, { address: 0x10000000, words: [], memorySize: 0x3ffffff0, flags: 6 }];
    const { bytes } = buildElf({ ...SMALL_PROGRAM, segments });
    const image = loadElf(bytes);
    expect(image.segments[1]!.memorySize).toBe(0x3ffffff0);
    expect(image.segments.every((segment) => segment.bytes.buffer === bytes.buffer)).toBe(true);
  });
});
