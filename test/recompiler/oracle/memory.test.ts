import { describe, expect, it } from "vitest";
import type { Endianness } from "../../../shared/recompiler/machine.ts";
import type { Mnemonic } from "../../../shared/recompiler/mips/opcodes.ts";
import { CODE, execute, type Line, MEMORY } from "./support/machine.ts";

const ENDIANNESSES: readonly Endianness[] = ["big", "little"];

describe.each(ENDIANNESSES)("loads, %s-endian", (endianness) => {
  const words = [0x81828384, 0x7172_7374];
  const load = (line: Line, v0 = 0x0a0b0c0d): number =>
    execute([line], { endianness, words, registers: { a0: MEMORY, v0 } }).get("v0");
  const isBig = endianness === "big";

  // biome-ignore format: a table, one row a case
  it.each<[Mnemonic, number, number, number]>([
    ["lb",  0, 0xffffff81, 0xffffff84],
    ["lbu", 0, 0x81,       0x84],
    ["lb",  4, 0x71,       0x74],
    ["lh",  0, 0xffff8182, 0xffff8384],
    ["lhu", 2, 0x8384,     0x8182],
    ["lh",  6, 0x7374,     0x7172],
    ["lw",  4, 0x71727374, 0x71727374],
    ["ll",  0, 0x81828384, 0x81828384],
  ])("%s at offset %i", (mnemonic, offset, big, little) => {
    expect(load([mnemonic, "v0", offset, "a0"])).toBe(isBig ? big : little);
  });

  // "MIPS32 Architecture for Programmers, Volume II", figures of LWL and LWR.
  // biome-ignore format: a table, one row a case
  it.each<[Mnemonic, number, number, number]>([
    ["lwl", 0, 0x81828384, 0x840b0c0d],
    ["lwl", 1, 0x8283840d, 0x83840c0d],
    ["lwl", 2, 0x83840c0d, 0x8283840d],
    ["lwl", 3, 0x840b0c0d, 0x81828384],
    ["lwr", 0, 0x0a0b0c81, 0x81828384],
    ["lwr", 1, 0x0a0b8182, 0x0a818283],
    ["lwr", 2, 0x0a818283, 0x0a0b8182],
    ["lwr", 3, 0x81828384, 0x0a0b0c81],
  ])("%s at offset %i", (mnemonic, offset, big, little) => {
    expect(load([mnemonic, "v0", offset, "a0"])).toBe(isBig ? big : little);
  });

  it("joins a word at an odd address from lwl and lwr", () => {
    const lines: Line[] = isBig
      ? [
          ["lwl", "v0", 1, "a0"],
          ["lwr", "v0", 4, "a0"],
        ]
      : [
          ["lwl", "v0", 4, "a0"],
          ["lwr", "v0", 1, "a0"],
        ];
    const result = execute(lines, { endianness, words, registers: { a0: MEMORY } }).get("v0");
    expect(result).toBe(isBig ? 0x82838471 : 0x74818283);
  });
});

describe.each(ENDIANNESSES)("stores, %s-endian", (endianness) => {
  const isBig = endianness === "big";
  const store = (mnemonic: Mnemonic, offset: number): number => {
    const line: Line = [mnemonic, "v0", offset, "a0"];
    const options = { endianness, words: [0x11223344], registers: { a0: MEMORY, v0: 0xaabbccdd } };
    return execute([line], options).memory.loadWord(MEMORY) >>> 0;
  };

  // biome-ignore format: a table, one row a case
  it.each<[Mnemonic, number, number, number]>([
    ["sb",  0, 0xdd223344, 0x112233dd],
    ["sb",  3, 0x112233dd, 0xdd223344],
    ["sh",  0, 0xccdd3344, 0x1122ccdd],
    ["sh",  2, 0x1122ccdd, 0xccdd3344],
    ["sw",  0, 0xaabbccdd, 0xaabbccdd],
    ["swl", 0, 0xaabbccdd, 0x112233aa],
    ["swl", 1, 0x11aabbcc, 0x1122aabb],
    ["swl", 2, 0x1122aabb, 0x11aabbcc],
    ["swl", 3, 0x112233aa, 0xaabbccdd],
    ["swr", 0, 0xdd223344, 0xaabbccdd],
    ["swr", 1, 0xccdd3344, 0xbbccdd44],
    ["swr", 2, 0xbbccdd44, 0xccdd3344],
    ["swr", 3, 0xaabbccdd, 0xdd223344],
  ])("%s at offset %i", (mnemonic, offset, big, little) => {
    expect(store(mnemonic, offset)).toBe(isBig ? big : little);
  });

  it("stores conditionally and says so", () => {
    const lines: Line[] = [
      ["ll", "t0", 0, "a0"],
      ["addiu", "t0", "t0", 1],
      ["sc", "t0", 0, "a0"],
    ];
    const execution = execute(lines, { endianness, words: [41], registers: { a0: MEMORY } });
    expect(execution.memory.loadWord(MEMORY)).toBe(42);
    expect(execution.get("t0")).toBe(1);
  });
});

describe("a conditional store", () => {
  const LINK: Line = ["ll", "t1", 0, "a0"];
  const STORE: Line = ["sc", "t0", 0, "a0"];
  // biome-ignore format: a table, one row a case
  it.each<[what: string, lines: readonly Line[], isStored: boolean]>([
    ["without a linked load",                [STORE],                                        false],
    ["behind a linked load",                 [LINK, STORE],                                  true],
    ["of another word than the linked load", [["ll", "t1", 4, "a0"], STORE],                 false],
    ["behind a system call",                 [LINK, ["syscall", 0], STORE],                  false],
    ["behind another conditional store",     [LINK, ["sc", "t2", 0, "a0"], STORE],           false],
    ["behind a store of its own",            [LINK, ["sw", "zero", 0, "a0"], STORE],         true],
  ])("%s", (_, lines, isStored) => {
    const execution = execute(lines, { words: [41, 43], registers: { a0: MEMORY, t0: 42, t2: 7 } });
    expect(execution.get("t0")).toBe(isStored ? 1 : 0);
    expect(execution.memory.loadWord(MEMORY) === 42).toBe(isStored);
  });

  it("traps on a bad address whether or not it would store", () => {
    expect(execute([STORE], { registers: { a0: MEMORY + 2 } }).end).toBe("address_error");
    expect(execute([STORE], { registers: { a0: MEMORY + 0x10000 } }).end).toBe("memory_fault");
  });
});

describe("accesses that cannot be", () => {
  // biome-ignore format: a table, one row a case
  it.each<[string, Mnemonic, number, string]>([
    ["a half at an odd address",      "lh",  MEMORY + 1, "address_error"],
    ["a word at an even address",     "lw",  MEMORY + 2, "address_error"],
    ["a word stored off its place",   "sw",  MEMORY + 3, "address_error"],
    ["a half stored off its place",   "sh",  MEMORY + 1, "address_error"],
    ["a linked load off its place",   "ll",  MEMORY + 1, "address_error"],
    ["a word past the end",           "lw",  MEMORY + 0x10000, "memory_fault"],
    ["a byte past the end",           "sb",  MEMORY + 0x10000, "memory_fault"],
    ["an unaligned load past the end", "lwl", MEMORY + 0x10001, "memory_fault"],
    ["a word near the top",           "lw",  0xfffffffc, "memory_fault"],
    ["misaligned and past the end",   "lw",  0xfffffffe, "address_error"],
  ])("%s", (_, mnemonic, a0, kind) => {
    const execution = execute([["nop"], [mnemonic, "v0", 0, "a0"]], { registers: { a0 } });
    expect(execution.end).toBe(kind);
    expect(execution.trapAddress).toBe(CODE + 4);
  });

  it("leaves the register alone when a load traps", () => {
    expect(execute([["lw", "v0", 0, "a0"]], { registers: { a0: 1, v0: 5 } }).get("v0")).toBe(5);
  });
});
