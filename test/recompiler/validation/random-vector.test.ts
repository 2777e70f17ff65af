import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FloatControl, INTEGERS_ALONE } from "../../../shared/recompiler/lift/use.ts";
import { GP, RA, SP } from "../../../shared/recompiler/machine.ts";
import { WatchedMemory } from "../../../shared/recompiler/oracle/watched-memory.ts";
import type { MemoryLayout, ProgramImage } from "../../../shared/recompiler/program.ts";
import { F0, F0_HIGH, FCSR } from "../../../shared/recompiler/register-file.ts";
import { loadImage } from "../../../shared/recompiler/runtime/memory.ts";
import { codeHints } from "../../../shared/recompiler/validation/code-hints.ts";
import { constantWords, hasSameConstants } from "../../../shared/recompiler/validation/constant-words.ts";
import { type RandomContext, RETURN_GATE } from "../../../shared/recompiler/validation/random-state.ts";
import { lineageOf, type RandomSubject, randomVector } from "../../../shared/recompiler/validation/random-vector.ts";
import { describeOrigin } from "../../../shared/recompiler/validation/vector.ts";
import { program, RETURN } from "../lift/support/guest.ts";
import { CODE, type Line, MEMORY } from "./support.ts";

/** Writable data right behind the stack's bottom: four words of offset table, the first two of which hold addresses. */
const DATA = 0x0042_0000;
const GP_VALUE = DATA + 0x10;
const TABLE = [CODE, DATA + 0x40, 0, 5];

function setUp(lines: readonly Line[]) {
  const { image: code, functions } = program({ subject: lines });
  const words = new Uint8Array(0x200);
  for (const [index, word] of TABLE.entries()) new DataView(words.buffer).setUint32(index * 4, word);
  const data = { address: DATA, bytes: words, memorySize: 0x200, isExecutable: false, isWritable: true };
  const image: ProgramImage = { ...code, segments: [...code.segments, data], gp: GP_VALUE };
  const layout: MemoryLayout = {
    base: 0,
    initialBytes: 0x450000,
    maximumBytes: 0x450000,
    stackBottom: 0x430000,
    stackTop: 0x450000,
    heapStart: 0x450000,
  };
  const memory = new WatchedMemory(loadImage(image, layout), 0, "big");
  const constants = constantWords(image, layout);
  const context: RandomContext = {
    image,
    layout,
    functions,
    use: INTEGERS_ALONE,
    writable: image.segments.filter(({ isWritable }) => isWritable),
    readOnly: image.segments.filter(({ isWritable }) => !isWritable),
    loadedPage: (page) => memory.copyPage(page),
    constants,
  };
  const hints = codeHints(image, functions[0]!);
  const subject: RandomSubject = { address: CODE, captures: [], hints };
  return { context, subject, hints, constants, memory };
}

const lines: readonly Line[] = [
  ["lui", "t0", DATA >>> 16],
  ["lw", "t1", 0x80, "t0"],
  ["lui", "t2", 0x1234],
  ["ori", "t2", "t2", 0x5678],
  ["slti", "t3", "t1", 77],
  ["lw", "t9", DATA - GP_VALUE, "gp"],
  ["lw", "t8", DATA + 4 - GP_VALUE, "gp"],
  ["lw", "t7", DATA + 12 - GP_VALUE, "gp"],
  ["lw", "t6", MEMORY - DATA, "t0"],
  ["jr", "ra"],
  ["nop"],
];

describe("hints from code", () => {
  it("are the constants it knows and the writable data it names, by way of the offset table too", () => {
    const { hints } = setUp(lines);
    expect(hints.globals).toEqual([DATA, DATA + 4, DATA + 12, DATA + 0x40, DATA + 0x80]);
    expect(hints.constants).toEqual(expect.arrayContaining([77, 0x12345678]));
  });

  it("are what a trap compares with, too, and the integers that it makes of floating-point numbers", () => {
    const trapping: Line[] = ["tgei", "tgeiu", "tlti", "tltiu"].map(
      (name, index) => [name, "a0", 300 + index] as unknown as Line,
    );
    const { hints } = setUp([
      ...trapping,
      ["trunc.w.d", "f2", "f4"],
      ["cvt.l.s", "f2", "f4"],
      ["cvt.s.d", "f2", "f4"],
      ["jr", "ra"],
      ["nop"],
    ]);
    expect(hints.constants).toEqual(expect.arrayContaining([300, 301, 302, 303]));
    expect(hints.conversions).toEqual(["l.s", "w.d"]);
  });
});

describe("random floating-point registers", () => {
  it("hold the ends of the integers where the function makes some", () => {
    const { context, subject } = setUp([["trunc.w.d", "f2", "f4"], ["jr", "ra"], ["nop"]]);
    const float = { registerBits: 64, isNan2008: false, control: "plain" } as const;
    const withUnit = { ...context, use: { ...INTEGERS_ALONE, float } };
    const found = Array.from({ length: 64 }, (_, index) => {
      const { registers } = randomVector(withUnit, subject, "seed", [index], 100);
      return (BigInt(registers[F0_HIGH + 4]!) << 32n) | BigInt(registers[F0 + 4]! >>> 0);
    });
    for (const end of [0x41dfffffffc00000n, 0x41e0000000000000n, 0x41e0000000200000n]) {
      expect(found.some((pattern) => BigInt.asUintN(63, pattern) === end)).toBe(true);
    }
  });
});

describe("what a floating-point instruction takes together", () => {
  const compared: Line[] = [
    ["c.eq.s", 0, "f4", "f6"],
    ["mov.d", "f8", "f10"],
    ["sqrt.d", "f12", "f14"],
    ["trunc.w.d", "f12", "f22"],
    ["madd.d", "f2", "f16", "f18", "f20"],
    ...RETURN,
  ] as Line[];
  const statesWith = (control: FloatControl, registerBits: 32 | 64) => {
    const { context, subject } = setUp(compared);
    const float = { registerBits, isNan2008: false, control };
    const withUnit = { ...context, use: { ...INTEGERS_ALONE, float } };
    return Array.from({ length: 128 }, (_, index) => randomVector(withUnit, subject, "seed", [index], 100).registers);
  };
  const isNan = (single: number) => (single & 0x7fffffff) > 0x7f800000;

  it("is named by its code: arithmetic and comparisons, not moves, nor what becomes an integer", () => {
    expect(setUp(compared).hints.floatOperands).toEqual([
      { format: "s", registers: [4, 6] },
      { format: "d", registers: [14] },
      { format: "d", registers: [16, 18, 20] },
    ]);
  });

  it("is a NaN and a number, a number and a NaN, two NaNs, infinities that cancel", () => {
    const pairs = statesWith("plain", 64).map((registers) => [registers[F0 + 4]!, registers[F0 + 6]!] as const);
    const kinds = new Set(pairs.map(([a, b]) => `${isNan(a)} ${isNan(b)}`));
    expect(kinds.size).toBe(4);
    expect(pairs.some(([a, b]) => (a & b) === 0x7f800000 && (a ^ b) === 0x80000000 >> 0)).toBe(true);
  });

  it.each([32, 64] as const)("is a double of two words where registers have %i bits", (registerBits) => {
    const high = registerBits === 32 ? F0 + 15 : F0_HIGH + 14;
    const found = statesWith("plain", registerBits).map((registers) => [registers[high]!, registers[F0 + 14]!]);
    expect(found).toContainEqual([0x7fefffff, -1]);
    expect(found).toContainEqual([0x7ff80000, 0x20000000]);
  });

  it("is so with every exception enabled too, where the program may enable some", () => {
    const enabled = (control: FloatControl) =>
      statesWith(control, 64).filter((each) => (each[FCSR]! & 0xf80) === 0xf80).length;
    expect([enabled("plain"), enabled("moded") > 8, enabled("observed") > 8]).toEqual([0, true, true]);
  });
});

describe("constant words", () => {
  it("are the entries of the offset table that hold addresses, not variables near gp", () => {
    const { constants, memory } = setUp(lines);
    const page = DATA / 256;
    expect([...constants]).toEqual([[page, [0, 1]]]);
    const before = memory.copyPage(page);
    memory.storeWord(DATA + 12, 6);
    expect(hasSameConstants(constants, page, before, memory.copyPage(page))).toBe(true);
    memory.storeWord(DATA + 4, 6);
    expect(hasSameConstants(constants, page, before, memory.copyPage(page))).toBe(false);
  });
});

describe("random inputs", () => {
  const lineage = fc.array(fc.nat(1000), { minLength: 1, maxLength: 5 });

  it("are made again from their lineage", () => {
    const { context, subject } = setUp(lines);
    fc.assert(
      fc.property(lineage, fc.string(), (numbers, seed) => {
        const make = () => randomVector(context, subject, seed, numbers, 100);
        expect(make()).toEqual(make());
      }),
      { numRuns: 20 },
    );
  });

  it("are states a compiler's code can be entered in", () => {
    const { context, subject, memory } = setUp(lines);
    fc.assert(
      fc.property(lineage, (numbers) => {
        const { registers, pages, threadPointer } = randomVector(context, subject, "seed", numbers, 100);
        expect(registers[0]).toBe(0);
        expect(registers[RA]).toBe(RETURN_GATE);
        expect(registers[25]).toBe(CODE);
        expect(registers[GP]).toBe(GP_VALUE);
        expect(registers[SP]! % 8).toBe(0);
        expect(registers[SP]).toBeGreaterThan(context.layout.stackBottom);
        expect(registers[SP]).toBeLessThan(context.layout.stackTop);
        expect(threadPointer & 3).toBe(0);
        for (const { page, bytes } of pages) {
          expect(hasSameConstants(context.constants, page, memory.copyPage(page), bytes)).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("differ from one another, and change the function's globals now and then", () => {
    const { context, subject } = setUp(lines);
    const vectors = Array.from({ length: 40 }, (_, index) => randomVector(context, subject, "seed", [index], 100));
    expect(new Set(vectors.map(({ registers }) => registers.join())).size).toBe(40);
    const withGlobals = vectors.filter(({ pages }) => pages.some(({ page }) => page === DATA / 256));
    expect(withGlobals.length).toBeGreaterThan(5);
    expect(withGlobals.length).toBeLessThan(35);
  });

  it("go on from inputs that showed something, within limits", () => {
    const { subject } = setUp(lines);
    const lineages = Array.from({ length: 60 }, (_, index) => lineageOf(subject, "seed", index, [[1], [2, 3]]));
    expect(lineages.every((each, index) => each.at(-1) === index)).toBe(true);
    const lengths = new Set(lineages.map((each) => each.length));
    expect([...lengths].sort()).toEqual([1, 2, 3]);
    expect(lineageOf(subject, "seed", 5, [])).toEqual([5]);
    const long = Array.from({ length: 8 }, (_, index) => index);
    expect(Array.from({ length: 30 }, (_, index) => lineageOf(subject, "seed", index, [long]).length)).not.toContain(9);
  });

  it("are described by what makes them again", () => {
    expect(describeOrigin({ kind: "random", lineage: [2, 7, 9], seed: "s" })).toBe(
      'random state 9 (from 7, from 2) of seed "s"',
    );
    expect(describeOrigin({ kind: "random", lineage: [2], seed: "s" })).toBe('random state 2 of seed "s"');
    expect(describeOrigin({ kind: "captured", index: 0, call: 4 })).toBe("captured state 0 (call 4 of the traced run)");
  });
});

describe("pairs of boundaries", () => {
  it("come in neighbouring arguments of one state in eight, the least number and -1 first, whatever the state began with", () => {
    const { context, subject } = setUp(lines);
    const argumentsOf = (lineage: readonly number[]) => [
      ...randomVector(context, subject, "s", lineage, 100).registers.slice(4, 8),
    ];
    expect(argumentsOf([7]).slice(0, 2)).toEqual([-0x8000_0000, -1]);
    expect(argumentsOf([2, 7]).slice(0, 2)).toEqual([-0x8000_0000, -1]);
    expect(argumentsOf([15]).slice(0, 2)).toEqual([-0x8000_0000, -0x8000_0000]);
    // The second time round, one argument on.
    expect(argumentsOf([7 + 64]).slice(1, 3)).toEqual([-0x8000_0000, -1]);
    expect(argumentsOf([7 + 192]).slice(0, 2)).toEqual([-0x8000_0000, -1]);
  });
});
