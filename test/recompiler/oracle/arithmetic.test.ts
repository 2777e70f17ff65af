import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Mnemonic } from "../../../shared/recompiler/mips/opcodes.ts";
import { execute, type Line } from "./support/machine.ts";

/** `mnemonic v0, a0, a1`, with the operands where the instruction takes them. */
function binary(mnemonic: Mnemonic, a0: number, a1: number) {
  return execute([[mnemonic, "v0", "a0", "a1"]], { registers: { a0, a1 } });
}

describe("register arithmetic", () => {
  // biome-ignore format: a table, one row a case
  it.each<[Mnemonic, number, number, number]>([
    ["addu",  0x7fffffff, 1,          0x80000000],
    ["addu",  0xffffffff, 0xffffffff, 0xfffffffe],
    ["add",   0x7ffffffe, 1,          0x7fffffff],
    ["add",   0x80000000, 0x7fffffff, 0xffffffff],
    ["subu",  0,          1,          0xffffffff],
    ["subu",  0x80000000, 1,          0x7fffffff],
    ["sub",   0x80000001, 1,          0x80000000],
    ["and",   0xff00ff00, 0x0ff00ff0, 0x0f000f00],
    ["or",    0xff00ff00, 0x0ff00ff0, 0xfff0fff0],
    ["xor",   0xff00ff00, 0x0ff00ff0, 0xf0f0f0f0],
    ["nor",   0xff00ff00, 0x0ff00ff0, 0x000f000f],
    ["slt",   0xffffffff, 0,          1],
    ["slt",   0x80000000, 0x7fffffff, 1],
    ["slt",   5,          5,          0],
    ["sltu",  0xffffffff, 0,          0],
    ["sltu",  0x7fffffff, 0x80000000, 1],
    ["mul",   0xffffffff, 0xffffffff, 1],
    ["mul",   0x00010001, 0x00010001, 0x00020001],
  ])("%s of %i and %i", (mnemonic, a, b, expected) => {
    expect(binary(mnemonic, a, b).get("v0")).toBe(expected);
  });

  // biome-ignore format: a table, one row a case
  it.each<[Mnemonic, number, number]>([
    ["add", 0x7fffffff, 1],
    ["add", 0x80000000, 0xffffffff],
    ["sub", 0x80000000, 1],
    ["sub", 0x7fffffff, 0xffffffff],
    ["sub", 0,          0x80000000],
  ])("%s of %i and %i overflows and leaves the result register alone", (mnemonic, a0, a1) => {
    const execution = execute([[mnemonic, "v0", "a0", "a1"]], { registers: { a0, a1, v0: 7 } });
    expect(execution.end).toBe("integer_overflow");
    expect(execution.get("v0")).toBe(7);
  });
});

describe("arithmetic with an immediate", () => {
  // biome-ignore format: a table, one row a case
  it.each<[Mnemonic, number, number, number]>([
    ["addiu", 0,          -1,     0xffffffff],
    ["addiu", 0x7fffffff, 32767,  0x80007ffe],
    ["addi",  5,          -32768, 0xffff8005],
    ["slti",  0xfffffffe, -1,     1],
    ["slti",  0,          -1,     0],
    // The immediate is sign-extended first: -1 is the largest unsigned number.
    ["sltiu", 0xfffffffe, -1,     1],
    ["sltiu", 0xffffffff, -1,     0],
    ["sltiu", 0x00007fff, -32768, 1],
    ["andi",  0xffffffff, -1,     0x0000ffff],
    ["ori",   0x12340000, 0x8001, 0x12348001],
    ["xori",  0xffffffff, 0xffff, 0xffff0000],
  ])("%s of %i and %i", (mnemonic, a0, immediate, expected) => {
    expect(execute([[mnemonic, "v0", "a0", immediate]], { registers: { a0 } }).get("v0")).toBe(expected);
  });

  it("overflows in addi alone", () => {
    const registers = { a0: 0x7fffffff };
    expect(execute([["addi", "v0", "a0", 1]], { registers }).end).toBe("integer_overflow");
    expect(execute([["addiu", "v0", "a0", 1]], { registers }).end).toBe("returned");
  });

  it("loads an upper half", () => {
    expect(execute([["lui", "v0", 0x8765]]).get("v0")).toBe(0x87650000);
  });
});

describe("register zero", () => {
  it.each<[string, Line]>([
    ["arithmetic", ["addiu", "zero", "zero", 5]],
    ["a load", ["lw", "zero", 0, "sp"]],
    ["a move from LO", ["mflo", "zero"]],
  ])("stays zero after %s", (_, line) => {
    const registers = { sp: 0x0041_0000, lo: 9 };
    expect(execute([line, ["addu", "v0", "zero", "zero"]], { registers, words: [77] }).get("v0")).toBe(0);
  });
});

describe("conditional moves", () => {
  // biome-ignore format: a table, one row a case
  it.each<[Mnemonic, number, number]>([
    ["movz", 0, 11],
    ["movz", 1, 22],
    ["movn", 0, 22],
    ["movn", 0x80000000, 11],
  ])("%s with condition %i", (mnemonic, a1, expected) => {
    const registers = { a0: 11, v0: 22, a1 };
    expect(execute([[mnemonic, "v0", "a0", "a1"]], { registers }).get("v0")).toBe(expected);
  });
});

describe("counting and bit fields", () => {
  // biome-ignore format: a table, one row a case
  it.each<[Line, number, number]>([
    [["clz", "v0", "a0"],        0,          32],
    [["clz", "v0", "a0"],        1,          31],
    [["clz", "v0", "a0"],        0x80000000, 0],
    [["clo", "v0", "a0"],        0xffffffff, 32],
    [["clo", "v0", "a0"],        0xf0000000, 4],
    [["clo", "v0", "a0"],        0x7fffffff, 0],
    [["seb", "v0", "a0"],        0x00000180, 0xffffff80],
    [["seh", "v0", "a0"],        0x00018000, 0xffff8000],
    [["wsbh", "v0", "a0"],       0x11223344, 0x22114433],
    [["ext", "v0", "a0", 8, 8],  0x11223344, 0x33],
    [["ext", "v0", "a0", 0, 32], 0x81223344, 0x81223344],
    [["ext", "v0", "a0", 31, 1], 0x80000000, 1],
    [["ins", "v0", "a0", 8, 8],  0xffffffab, 0x9999ab99],
    [["ins", "v0", "a0", 0, 32], 0x12345678, 0x12345678],
    [["ins", "v0", "a0", 31, 1], 0,          0x19999999],
    [["sll", "v0", "a0", 31],    3,          0x80000000],
    [["srl", "v0", "a0", 31],    0x80000000, 1],
    [["sra", "v0", "a0", 31],    0x80000000, 0xffffffff],
    [["rotr", "v0", "a0", 0],    0x12345678, 0x12345678],
    [["rotr", "v0", "a0", 4],    0x12345678, 0x81234567],
  ])("%j of %i", (line, a0, expected) => {
    expect(execute([line], { registers: { a0, v0: 0x99999999 } }).get("v0")).toBe(expected);
  });

  it.each<Mnemonic>(["sllv", "srlv", "srav", "rotrv"])("%s counts the low five bits only", (mnemonic) => {
    const result = (a1: number) =>
      execute([[mnemonic, "v0", "a0", "a1"]], { registers: { a0: 0x81234567, a1 } }).get("v0");
    expect(result(0x20)).toBe(result(0));
    expect(result(0xffffffe4)).toBe(result(4));
    expect(result(4)).not.toBe(result(0));
  });

  it("refuses a bit field that ends before it starts", () => {
    expect(execute([["ins", "v0", "a0", 8, 0]]).end).toBe("reserved_instruction");
  });
});

describe("multiplication and division", () => {
  const long = (mnemonic: Mnemonic, a0: number, a1: number, hi = 0, lo = 0): bigint => {
    const execution = execute([[mnemonic, "a0", "a1"]], { registers: { a0, a1, hi, lo } });
    return (BigInt(execution.get("hi")) << 32n) | BigInt(execution.get("lo"));
  };
  const word = fc.oneof(
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    fc.constantFrom(0, 1, -1, 0x7fffffff, -0x80000000, 0xffff, 0x10000, -0x10000),
  );
  const signed = (value: number): bigint => BigInt(value);
  const unsigned = (value: number): bigint => BigInt(value >>> 0);

  it.each<[Mnemonic, (value: number) => bigint, bigint, bigint]>([
    ["mult", signed, 0n, 1n],
    ["multu", unsigned, 0n, 1n],
    ["madd", signed, 1n, 1n],
    ["maddu", unsigned, 1n, 1n],
    ["msub", signed, 1n, -1n],
    ["msubu", unsigned, 1n, -1n],
  ])("%s is exact over 64 bits", (mnemonic, extend, keeps, sign) => {
    fc.assert(
      fc.property(word, word, word, word, (a, b, hi, lo) => {
        const before = (unsigned(hi) << 32n) | unsigned(lo);
        const expected = BigInt.asUintN(64, keeps * before + sign * extend(a) * extend(b));
        expect(long(mnemonic, a, b, hi, lo)).toBe(expected);
      }),
    );
  });

  it.each<[Mnemonic, (value: number) => bigint]>([
    ["div", signed],
    ["divu", unsigned],
  ])("%s puts the quotient in LO and the remainder in HI", (mnemonic, extend) => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        fc.pre(b !== 0);
        const quotient = BigInt.asUintN(32, extend(a) / extend(b));
        const remainder = BigInt.asUintN(32, extend(a) % extend(b));
        expect(long(mnemonic, a, b)).toBe((remainder << 32n) | quotient);
      }),
    );
  });

  it.each<Mnemonic>(["div", "divu"])("%s by zero gives the dividend and no remainder, as qemu does", (mnemonic) => {
    expect(long(mnemonic, 1234, 0, 5, 5)).toBe(1234n);
    expect(long(mnemonic, -5, 0, 5, 5)).toBe(0xfffffffbn);
  });

  it("wraps the quotient that is no word", () => {
    expect(long("div", -0x80000000, -1)).toBe(0x80000000n);
  });

  it("keeps HI and LO in mul", () => {
    expect(long("mul", 3, 7, 1, 2)).toBe((1n << 32n) | 2n);
  });
});
