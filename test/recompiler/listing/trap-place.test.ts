import { describe, expect, it } from "vitest";
import { callBefore, originAt, staleRegisters } from "../../../shared/recompiler/listing/trap-place.ts";
import { buildControlFlow } from "../../../shared/recompiler/mips/control-flow.ts";
import { REGISTER_NAMES } from "../../../shared/recompiler/register-file.ts";
import type { Line } from "../lift/support/assemble.ts";
import { CODE, program, RETURN } from "../lift/support/guest.ts";

describe("registers whose globals may be older than they are", () => {
  function stale(lines: readonly Line[], word: number): string[] {
    const { image, functions } = program({ main: lines, callee: RETURN });
    const graph = buildControlFlow(image, functions[0]!, functions);
    return staleRegisters(graph, CODE + 4 * word).map((slot) => REGISTER_NAMES[slot]!);
  }
  const STRAIGHT: readonly Line[] = [
    ["addiu", "sp", "sp", -8],
    ["mult", "a0", "a1"],
    ["lw", "v0", 0, "a0"],
    ["jal", ".callee"],
    ["addu", "a1", "v0", "v0"],
    ["lw", "v1", 0, "a0"],
    ["lw", "t0", 0, "a0"],
    ["syscall", 0],
    ["lw", "t1", 0, "a0"],
    ...RETURN,
  ];

  it.each([
    [0, []],
    [2, ["sp", "hi", "lo"]],
    [4, ["v0", "sp", "ra", "hi", "lo"]],
    [5, []],
    [6, ["v1"]],
    [8, []],
  ])("are those written since the last call: at instruction %i %j", (word, names) => {
    expect(stale(STRAIGHT, word)).toEqual(names);
  });

  it("are those of every way that leads there", () => {
    const lines: Line[] = [
      ".again:",
      ["lw", "v0", 0, "a0"],
      ["beq", "v0", "zero", ".out"],
      ["addiu", "a0", "a0", 4],
      ["bne", "a0", "a1", ".again"],
      ["addiu", "t0", "t0", 1],
      ".out:",
      ...RETURN,
    ];
    expect(stale(lines, 0)).toEqual(["v0", "a0", "t0"]);
    expect(stale(lines, 5)).toEqual(["v0", "a0", "t0"]);
  });
});

it("code comes from the last origin before it, and from none before the first", () => {
  const origins = [
    { at: 4, address: 0 },
    { at: 6, address: CODE },
    { at: 9, address: CODE + 4 },
  ];
  expect([3, 5, 6, 8, 9, 99].map((at) => originAt(origins, at))).toEqual([
    undefined,
    undefined,
    CODE,
    CODE,
    CODE + 4,
    CODE + 4,
  ]);
});

it("a call is at the instruction that has the slot", () => {
  const { image } = program({ main: [["jal", ".main"], ["nop"], ["nop"], ...RETURN] });
  expect([0, 4, 8].map((offset) => callBefore(image, CODE + offset) - CODE)).toEqual([0, 0, 8]);
});
