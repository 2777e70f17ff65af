import { describe, expect, it } from "vitest";
import type { FloatMode } from "../../../shared/recompiler/program.ts";
import { type ExecutionOptions, execute, type Line, MEMORY } from "./support/machine.ts";

const WIDE: FloatMode = { registerBits: 64, isNan2008: false };
const PAIRS: FloatMode = { registerBits: 32, isNan2008: false };
const [HIGH, LOW] = [0x40091eb8, 0x51eb851f];
const [ONE, THREE] = [0x3f800000, 0x40400000];
const ENABLE_INEXACT = 1 << 7;

const run = (lines: readonly Line[], options: ExecutionOptions = {}) =>
  execute(lines, { ...options, registers: { a0: MEMORY, ...options.registers } });

describe("a double in memory", () => {
  it.each(["big", "little"] as const)("has its high word first in a big-endian program alone: %s", (endianness) => {
    const words = endianness === "big" ? [HIGH, LOW] : [LOW, HIGH];
    const lines: Line[] = [
      ["ldc1", "f2", 0, "a0"],
      ["sdc1", "f2", 8, "a0"],
    ];
    const pairs = run(lines, { endianness, words, float: PAIRS });
    expect([pairs.get("f2"), pairs.get("f3"), pairs.get("f2.high")]).toEqual([LOW, HIGH, 0]);
    const wide = run(lines, { endianness, words, float: WIDE });
    expect([wide.get("f2"), wide.get("f3"), wide.get("f2.high")]).toEqual([LOW, 0, HIGH]);
    for (const { memory } of [pairs, wide]) {
      expect([8, 12].map((offset) => memory.loadWord(MEMORY + offset) >>> 0)).toEqual(words);
    }
  });

  // biome-ignore format: a table, one row a case
  it.each<[what: string, line: Line, float: FloatMode, end: string]>([
    ["is loaded from a multiple of eight",       ["ldc1", "f2", 4, "a0"],      WIDE,  "address_error"],
    ["is stored at a multiple of eight",         ["sdc1", "f2", 4, "a0"],      PAIRS, "address_error"],
    ["is not in the second register of a pair",  ["ldc1", "f3", 0, "a0"],      PAIRS, "reserved_instruction"],
    ["may be in an odd register of 64 bits",     ["ldc1", "f3", 0, "a0"],      WIDE,  "returned"],
    ["is not computed in an odd one of a pair",  ["add.d", "f1", "f2", "f4"],  PAIRS, "reserved_instruction"],
    ["is not compared there",                    ["c.eq.d", 0, "f1", "f2"],    PAIRS, "reserved_instruction"],
    ["is no integer of 64 bits in a pair",       ["cvt.l.d", "f2", "f4"],      PAIRS, "reserved_instruction"],
    ["is such an integer in a register",         ["cvt.l.d", "f2", "f4"],      WIDE,  "returned"],
  ])("%s", (_, line, float, end) => {
    expect(run([line], { float }).end).toBe(end);
  });

  it("has its high word in the other register of a pair, for moves too", () => {
    const lines: Line[] = [
      ["mtc1", "a1", "f2"],
      ["mthc1", "a2", "f2"],
      ["mfhc1", "v0", "f2"],
    ];
    const pairs = run(lines, { registers: { a1: LOW, a2: HIGH }, float: PAIRS });
    expect([pairs.get("f2"), pairs.get("f3"), pairs.get("v0")]).toEqual([LOW, HIGH, HIGH]);
  });
});

describe("conditions", () => {
  it.each([0, 1, 7])("%i is kept, branched on and moved by on its own", (condition) => {
    const other = condition === 0 ? 1 : 0;
    const lines: Line[] = [
      ["c.lt.s", condition, "f2", "f4"],
      ["movt", "v0", "a1", condition],
      ["movt", "v1", "a1", other],
      ["bc1t", condition, ".met"],
      ["nop"],
      ["break", 0],
      ".met:",
      ["bc1tl", other, ".wrong"],
      ["break", 0],
      ["bc1f", other, ".end"],
      ["nop"],
      ".wrong:",
      ["break", 0],
      ".end:",
    ];
    const execution = run(lines, { registers: { f2: ONE, f4: THREE, a1: 5 } });
    expect([execution.end, execution.get("v0"), execution.get("v1")]).toEqual(["returned", 5, 0]);
    expect(execution.get("fcsr")).toBe(condition === 0 ? 1 << 23 : (1 << (24 + condition)) >>> 0);
  });
});

describe("control registers", () => {
  it("are views of one", () => {
    const lines: Line[] = [25, 26, 28, 0, 2].flatMap((number, index): Line[] => [
      ["cfc1", "v0", number],
      ["sw", "v0", index * 4, "a0"],
    ]);
    const { memory } = run(lines, { registers: { fcsr: 0xff83ffff } });
    const read = [0, 4, 8, 12, 16].map((offset) => memory.loadWord(MEMORY + offset) >>> 0);
    expect(read).toEqual([0xff, 0x0003f07c, 0x00000f87, 0x00739300, 0]);
  });

  // biome-ignore format: a table, one row a case
  it.each<[number: number, value: number, before: number, after: number]>([
    [31, 0xff7c0f83, 0x000c0000, 0xff0c0f83],
    [25, 0x000000ff, 0x00000003, 0xfe800003],
    [25, 0x00000100, 0x00000003, 0x00000003],
    [26, 0x0001f07c, 0x00000003, 0x0001f07f],
    [28, 0x00000f87, 0x0000007c, 0x01000fff],
    [3,  0xffffffff, 0x00000003, 0x00000003],
  ])("%i takes 0x%s over 0x%s", (number, value, before, after) => {
    expect(run([["ctc1", "a1", number]], { registers: { a1: value, fcsr: before } }).get("fcsr")).toBe(after);
  });
});

describe("an exception", () => {
  const DIVIDE: Line = ["div.s", "f6", "f2", "f4"];
  const registers = { f2: ONE, f4: THREE, f6: 7 };

  it("is noted in cause and flags where it is not enabled", () => {
    const execution = run([DIVIDE, ["mov.s", "f8", "f6"]], { registers });
    expect(execution.get("f8")).toBe(0x3eaaaaab);
    expect(execution.get("fcsr")).toBe((1 << 12) | (1 << 2));
  });

  it("leaves its cause alone, and no result, where it is enabled", () => {
    const execution = run([DIVIDE], { registers: { ...registers, fcsr: ENABLE_INEXACT } });
    expect([execution.end, execution.trapAddress]).toEqual(["floating_point", 0x0040_0000]);
    expect([execution.get("f6"), execution.get("fcsr")]).toEqual([7, ENABLE_INEXACT | (1 << 12)]);
  });

  it("is forgotten in the cause by the next operation, and kept in the flags", () => {
    const execution = run([DIVIDE, ["add.s", "f6", "f2", "f2"]], { registers });
    expect(execution.get("fcsr")).toBe(1 << 2);
  });

  it("traps where a program writes the cause of one that is enabled", () => {
    const written = ENABLE_INEXACT | (1 << 12);
    expect(run([["ctc1", "a1", 31]], { registers: { a1: written } }).end).toBe("floating_point");
  });
});
