import { describe, expect, it } from "vitest";
import type { Mnemonic } from "../../../shared/recompiler/mips/opcodes.ts";
import { CODE, execute, type Line } from "./support/machine.ts";

/** Adds 1 in the delay slot, 10 when the branch is not taken. */
function branch(mnemonic: Mnemonic, operands: readonly ("a0" | "a1")[]): Line[] {
  return [[mnemonic, ...operands, ".there"], ["addiu", "v0", "v0", 1], ["addiu", "v0", "v0", 10], ".there:"];
}

const TAKEN = 1;
const NOT_TAKEN = 11;
const SLOT_SKIPPED = 10;

describe("branches", () => {
  const [one, two]: readonly (readonly ("a0" | "a1")[])[] = [["a0"], ["a0", "a1"]];
  // biome-ignore format: a table, one row a case
  it.each<[Mnemonic, readonly ("a0" | "a1")[], number, number, boolean]>([
    ["beq",   two!, 5,          5, true],
    ["beq",   two!, 5,          6, false],
    ["bne",   two!, 5,          6, true],
    ["bne",   two!, 5,          5, false],
    ["bltz",  one!, 0xffffffff, 0, true],
    ["bltz",  one!, 0,          0, false],
    ["blez",  one!, 0,          0, true],
    ["blez",  one!, 1,          0, false],
    ["bgtz",  one!, 1,          0, true],
    ["bgtz",  one!, 0,          0, false],
    ["bgez",  one!, 0,          0, true],
    ["bgez",  one!, 0x80000000, 0, false],
  ])("%s %j of %i and %i: taken is %s", (mnemonic, operands, a0, a1, isTaken) => {
    const registers = { a0, a1 };
    const plain = execute(branch(mnemonic, operands), { registers });
    expect(plain.get("v0")).toBe(isTaken ? TAKEN : NOT_TAKEN);
    const likely = execute(branch(`${mnemonic}l` as Mnemonic, operands), { registers });
    expect(likely.get("v0")).toBe(isTaken ? TAKEN : SLOT_SKIPPED);
  });

  it("reads the condition before the delay slot runs", () => {
    const lines: Line[] = [
      ["bne", "a0", "zero", ".there"],
      ["addiu", "a0", "zero", 1],
      ["addiu", "v0", "zero", 9],
      ".there:",
    ];
    expect(execute(lines, { registers: { a0: 0 } }).get("v0")).toBe(9);
  });

  it("may jump to a delay slot", () => {
    const lines: Line[] = [
      ["j", ".slot"],
      ["nop"],
      ["beq", "zero", "zero", ".end"],
      ".slot:",
      ["addiu", "v0", "v0", 1],
      ["addiu", "v0", "v0", 10],
      ".end:",
    ];
    expect(execute(lines).get("v0")).toBe(11);
  });
});

describe("calls", () => {
  const others = {
    leaf: [
      ["addiu", "v0", "v0", 100],
      ["jr", "ra"],
      ["addiu", "v0", "v0", 1000],
    ] as Line[],
  };
  const keep: Line[] = [["addu", "s0", "ra", "zero"]];
  const restore: Line[] = [["addu", "ra", "s0", "zero"]];

  it("links behind the delay slot, which runs before the callee", () => {
    const execution = execute(
      [...keep, ["jal", ".leaf"], ["addu", "v1", "ra", "zero"], ["addiu", "v0", "v0", 1], ...restore],
      { others },
    );
    expect(execution.get("v0")).toBe(1101);
    expect(execution.get("v1")).toBe(CODE + 12);
  });

  it("reads the target of jalr before the delay slot runs", () => {
    const leafAt = 9 * 4;
    const execution = execute(
      [
        ...keep,
        ["lui", "t9", CODE >>> 16],
        ["addiu", "t9", "t9", leafAt],
        ["jalr", "ra", "t9"],
        ["addiu", "t9", "t9", 4],
        ["addu", "v1", "t9", "zero"],
        ...restore,
      ],
      { others },
    );
    expect(execution.end).toBe("returned");
    expect(execution.get("v0")).toBe(1100);
    expect(execution.get("v1")).toBe(CODE + leafAt + 4);
  });

  // biome-ignore format: a table, one row a case
  it.each<[Mnemonic, number, boolean, boolean]>([
    ["bgezal",  0,          true,  true],
    ["bgezal",  0xffffffff, false, true],
    ["bltzal",  0xffffffff, true,  true],
    ["bltzal",  0,          false, true],
    ["bgezall", 0,          true,  true],
    ["bgezall", 0xffffffff, false, false],
    ["bltzall", 0xffffffff, true,  true],
    ["bltzall", 0,          false, false],
  ])("%s with %i links whether or not it is taken", (mnemonic, a0, isTaken, runsSlot) => {
    const lines: Line[] = [
      ...keep,
      [mnemonic, "a0", ".there"],
      ["addiu", "v0", "v0", 1],
      ["addiu", "v0", "v0", 10],
      ".there:",
      ["addu", "v1", "ra", "zero"],
      ...restore,
    ];
    const execution = execute(lines, { registers: { a0 } });
    expect(execution.get("v0")).toBe((runsSlot ? 1 : 0) + (isTaken ? 0 : 10));
    expect(execution.get("v1")).toBe(CODE + 12);
  });
});

describe("what never continues", () => {
  const control: Line = ["beq", "zero", "zero", ".end"];
  // biome-ignore format: a table, one row a case
  it.each<[string, readonly Line[], string]>([
    ["a break",                             [["break", 0]],                                        "breakpoint"],
    ["a branch in a branch's delay slot",   [control, ["j", ".end"], ["nop"], ".end:"],            "reserved_instruction"],
    ["a jump out of the code",              [["lui", "t0", 0x20], ["jr", "t0"], ["nop"]],          "unknown_target"],
    ["a hardware register nobody knows",    [["rdhwr", "v0", 4]],                                  "reserved_instruction"],
  ])("%s", (_, lines, kind) => {
    expect(execute(lines).end).toBe(kind);
  });

  it("stops an endless loop when the budget is used up", () => {
    const execution = execute([".again:", ["beq", "zero", "zero", ".again"], ["nop"]], { maxInstructions: 100 });
    expect(execution.end).toBe("budget");
    expect(execution.instructions).toBe(100);
  });
});

describe("conditional traps", () => {
  // biome-ignore format: a table, one row a case
  it.each<[Mnemonic, number, number, boolean]>([
    ["teq",   3,          3,          true],
    ["teq",   3,          4,          false],
    ["tne",   3,          4,          true],
    ["tge",   0xffffffff, 0,          false],
    ["tge",   0,          0,          true],
    ["tgeu",  0xffffffff, 0,          true],
    ["tlt",   0xffffffff, 0,          true],
    ["tlt",   0,          0,          false],
    ["tltu",  0xffffffff, 0,          false],
    ["tltu",  0,          1,          true],
  ])("%s of %i and %i: traps is %s", (mnemonic, a0, a1, traps) => {
    const execution = execute([[mnemonic, "a0", "a1", 7]], { registers: { a0, a1 } });
    expect(execution.end).toBe(traps ? "trap" : "returned");
  });

  // biome-ignore format: a table, one row a case
  it.each<[Mnemonic, number, number, boolean]>([
    ["teqi",  0xffffffff, -1, true],
    ["tnei",  0xffffffff, -1, false],
    ["tgei",  0xffffffff, 0,  false],
    ["tgeiu", 0xffffffff, 0,  true],
    ["tlti",  0xffffffff, 0,  true],
    ["tltiu", 0xfffffffe, -1, true],
  ])("%s of %i and immediate %i: traps is %s", (mnemonic, a0, immediate, traps) => {
    expect(execute([[mnemonic, "a0", immediate]], { registers: { a0 } }).end).toBe(traps ? "trap" : "returned");
  });
});

describe("the rest", () => {
  it("reads the thread pointer from hardware register 29", () => {
    expect(execute([["rdhwr", "v1", 29]], { threadPointer: 0x1234 }).get("v1")).toBe(0x1234);
  });

  it("has the other hardware registers of a machine with one processor", () => {
    const execution = execute([
      ["rdhwr", "a0", 0],
      ["rdhwr", "a1", 1],
      ["rdhwr", "a2", 2],
      ["rdhwr", "a3", 2],
      ["rdhwr", "v0", 3],
    ]);
    expect((["a0", "a1", "a2", "a3", "v0"] as const).map(execution.get)).toEqual([0, 32, 0, 1, 2]);
  });

  it("does nothing for barriers and prefetches", () => {
    const lines: Line[] = [
      ["sync", 0],
      ["pref", 0, 0, "a0"],
      ["synci", 0, "a0"],
      ["addiu", "v0", "zero", 1],
    ];
    expect(execute(lines, { registers: { a0: 1 } }).get("v0")).toBe(1);
  });
});
