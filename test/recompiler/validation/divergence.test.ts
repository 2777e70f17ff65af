import { describe, expect, it } from "vitest";
import { liftShard, linkShards } from "../../../shared/recompiler/lift/index.ts";
import type { Endianness } from "../../../shared/recompiler/machine.ts";
import { buildControlFlow } from "../../../shared/recompiler/mips/control-flow.ts";
import type { Instruction } from "../../../shared/recompiler/mips/instruction.ts";
import type { BasicBlock, ControlFlowGraph, GuestFunction } from "../../../shared/recompiler/program.ts";
import { REGISTER_NAMES } from "../../../shared/recompiler/register-file.ts";
import { type Divergence, findDivergence } from "../../../shared/recompiler/validation/divergence.ts";
import { testFunctions } from "../../../shared/recompiler/validation/test-functions.ts";
import type { Line } from "../lift/support/assemble.ts";
import { CODE, type GuestProgram, MEMORY, program } from "../lift/support/guest.ts";

type Change = Partial<Instruction> | ((instruction: Instruction) => Partial<Instruction>);

/** The graph with another instruction at an address: what lifting makes of it then is what a wrong row makes of the right one. */
function planted(graph: ControlFlowGraph, at: number, change: Change): ControlFlowGraph {
  const changed = (each: Instruction): Instruction =>
    each.address === at ? { ...each, ...(typeof change === "function" ? change(each) : change) } : each;
  const block = ({ address, instructions, terminator }: BasicBlock): BasicBlock => ({
    address,
    instructions: instructions.map(changed),
    terminator: {
      ...terminator,
      ...("instruction" in terminator && { instruction: changed(terminator.instruction) }),
      ...("delaySlot" in terminator && { delaySlot: changed(terminator.delaySlot) }),
    },
  });
  return { ...graph, blocks: graph.blocks.map(block) };
}

const settings = { seed: 0, randomStates: 60 };

/** Tests the first function of a program that is lifted with a fault, and looks for it. */
function divergenceOf(
  { image, layout, functions }: GuestProgram,
  flowOf: (fn: GuestFunction) => ControlFlowGraph,
  module = linkShards({
    image,
    layout,
    functions,
    shards: [liftShard({ image, layout, functions, members: functions, flowOf }).module],
  }),
): Divergence | undefined {
  const request = { image, layout, functions, module, captures: [], settings };
  const [test] = testFunctions({ ...request, subjects: functions.slice(0, 1) });
  expect(test!.status).toBe("disproven");
  return findDivergence({ ...request, flowOf, subject: functions[0]!, origin: test!.disagreement!.origin });
}

/** @param at position of the instruction that is lifted wrongly, in the program */
function divergence(
  sources: Readonly<Record<string, readonly Line[]>>,
  at: number,
  change: Change,
  endianness: Endianness = "big",
) {
  const built = program(sources, { endianness });
  const found = divergenceOf(built, (fn) =>
    planted(buildControlFlow(built.image, fn, built.functions), CODE + 4 * at, change),
  );
  if (found?.kind !== "instruction") throw new Error(`expected an instruction, found ${found?.kind}`);
  return found;
}

const end: Line[] = [["jr", "ra"], ["nop"]];
const slot = (name: string): number => REGISTER_NAMES.indexOf(name as never);
/** An aligned address of the program's memory in `t0`, whatever the state. */
const pointer: Line[] = [
  ["andi", "t0", "a0", 0xfc],
  ["lui", "t1", MEMORY >>> 16],
  ["addu", "t0", "t0", "t1"],
];

describe("a fault in what a row makes of an instruction is found at that instruction", () => {
  // biome-ignore format: a table, one row a case
  const rows: [name: string, lines: Line[], at: number, change: Change, what: RegExp][] = [
    ["addu",                  [["addu", "v1", "a0", "a1"], ["addu", "v0", "a0", "a1"], ["xor", "v0", "v0", "v1"], ...end],                    1, { mnemonic: "subu" },   /^register v0$/],
    ["a shift",               [["sll", "v0", "a0", 3], ["srl", "v0", "v0", 1], ...end],                                                       1, { mnemonic: "sra" },    /^register v0$/],
    ["a register it may not", [["addu", "v0", "a0", "a1"], ["addiu", "v0", "v0", 1], ...end],                                                 1, { rt: slot("s3") },     /^register v0$/],
    ["lh",                    [...pointer, ["sw", "a1", 0, "t0"], ["lh", "v0", 2, "t0"], ...end],                                             4, { mnemonic: "lhu" },    /^register v0$/],
    ["sb",                    [...pointer, ["sw", "a1", 0, "t0"], ["sb", "a2", 1, "t0"], ["lw", "v0", 0, "t0"], ...end],                      4, { immediate: 2 },       /^memory 0x004100/],
    ["sh in memory only",     [...pointer, ["sh", "a2", 0, "t0"], ["addiu", "v0", "zero", 7], ...end],                                        3, { mnemonic: "sb" },     /^memory 0x004100/],
    ["a branch",              [["addiu", "v0", "zero", 1], ["bne", "a0", "a1", ".on"], ["nop"], ["addiu", "v0", "v0", 4], ".on:", ...end],   1, { mnemonic: "beq" },    /^control$/],
    ["a likely branch",       [["beql", "a0", "a1", ".on"], ["addiu", "v0", "zero", 9], ".on:", ...end],                                      0, { mnemonic: "bnel" },   /^control$/],
    ["a delay slot",          [["bgez", "a0", ".on"], ["addiu", "v0", "a1", 3], ["addiu", "v0", "v0", 1], ".on:", ...end],                    1, { immediate: 4 },       /^register v0$/],
    ["the slot of a return",  [["addu", "v1", "a0", "a1"], ["jr", "ra"], ["xor", "v0", "a0", "a1"]],                                          2, { mnemonic: "or" },     /^register v0$/],
    ["the link of a branch",  [["addu", "t9", "ra", "zero"], ["bltzal", "zero", ".on"], ["nop"], ".on:", ["addu", "v0", "ra", "zero"], ["addu", "ra", "t9", "zero"], ...end], 1, { mnemonic: "bltz" }, /^register ra$/],
    ["lwl",                   [...pointer, ["sw", "a1", 0, "t0"], ["lwl", "v0", 1, "t0"], ["nop"], ...end],                    4, { immediate: 2 },       /^register v0$/],
    ["swr",                   [...pointer, ["swl", "a1", 1, "t0"], ["swr", "a1", 4, "t0"], ["nop"], ...end],                                  4, { immediate: 5 },       /^memory 0x004100/],
    ["mult",                  [["mult", "a0", "a1"], ["nop"], ["mfhi", "v0"], ...end],                                                        0, { mnemonic: "multu" },  /^register hi$/],
    ["mflo",                  [["multu", "a0", "a1"], ["mflo", "v0"], ...end],                                                                1, { mnemonic: "mfhi" },   /^register v0$/],
    ["madd",                  [["mult", "a0", "a1"], ["madd", "a2", "a3"], ["mflo", "v0"], ...end],                                           1, { mnemonic: "msub" },   /^register (hi|lo)$/],
    ["mul.s",                 [["mtc1", "a0", 4], ["mtc1", "a1", 6], ["mul.s", 2, 4, 6], ["mfc1", "v0", 2], ...end],                          2, { mnemonic: "add.s" },  /^register f2$/],
    ["a comparison",          [["mtc1", "a0", 4], ["mtc1", "a1", 6], ["c.lt.s", 0, 4, 6], ["nop"], ["bc1t", 0, ".on"], ["addiu", "v0", "zero", 1], ["addiu", "v0", "v0", 1], ".on:", ...end], 2, { mnemonic: "c.eq.s" }, /^register fcsr$/],
    ["a branch on it",        [["mtc1", "a0", 4], ["mtc1", "a1", 6], ["c.lt.s", 0, 4, 6], ["nop"], ["bc1t", 0, ".on"], ["nop"], ["addiu", "v0", "v0", 1], ".on:", ...end], 4, { mnemonic: "bc1f" }, /^control$/],
    ["sc",                    [...pointer, ["ll", "v0", 0, "t0"], ["addiu", "v1", "v0", 1], ["sc", "v1", 0, "t0"], ...end],                   5, { rt: slot("v0") },     /^(register v0|register v1|memory 0x004100..)$/],
    ["ll",                    [...pointer, ["ll", "v0", 0, "t0"], ["addiu", "v1", "v0", 1], ["sc", "v1", 0, "t0"], ...end],                   3, { mnemonic: "lw" },     /^register link$/],
    ["a trap",                [["addu", "v1", "a0", "a1"], ["xor", "v1", "v1", "a2"], ["sll", "v1", "v1", 1], ["nop"], ["nop"], ["nop"], ["nop"], ["nop"], ["nop"], ["add", "v0", "a0", "a1"], ...end], 9, { mnemonic: "addu" }, /^control$/],
  ];

  const inBoth = rows.flatMap((row, position) => {
    const usesMemory = row[1].some((line) => line[0] === "lui");
    const orders: Endianness[] = usesMemory ? ["big", "little"] : [position % 2 === 0 ? "big" : "little"];
    return orders.map((endianness) => [endianness, ...row] as const);
  });

  it.each(inBoth)("%s-endian: %s", (endianness, _, lines, at, change, what) => {
    const found = divergence({ subject: lines }, at, change, endianness);
    expect(found.difference.what).toMatch(what);
    expect(found.address).toBe(CODE + 4 * at);
    expect(found.trail.at(-1)).toEqual({ address: found.address, step: found.step });
    expect(found.difference.expected).not.toBe(found.difference.found);
  });
});

describe("what a divergence tells", () => {
  it("both states, what was read and written, and who wrote that before", () => {
    const lines: Line[] = [...pointer, ["sw", "a1", 0, "t0"], ["addiu", "v0", "a1", 1], ["lbu", "v0", 0, "t0"], ...end];
    const found = divergence({ subject: lines }, 5, { mnemonic: "lb" });
    const v0 = slot("v0");
    expect(found).toMatchObject({
      step: 6,
      lastWriter: { address: CODE + 16, step: 5 },
      words: [{ lastWriter: { address: CODE + 12, step: 4 } }],
      calls: [],
    });
    expect(found.writers.get(slot("t0"))).toEqual({ address: CODE + 8, step: 3 });
    expect(found.before[v0]).toBe((found.before[slot("a1")]! + 1) | 0);
    expect(found.difference).toMatchObject({ what: "register v0" });
    expect([found.expected![v0]! >>> 8, found.found![v0]! >>> 8]).toEqual([0, 0xffffff]);
  });

  it("a store to the wrong place, though the word it should have written holds that already", () => {
    // The word is 0 as loaded, and 0 is stored.
    const lines: Line[] = [...pointer, ["sw", "zero", 0, "t0"], ["sw", "a1", 4, "t0"], ["sw", "zero", 4, "t0"], ...end];
    const found = divergence({ subject: lines }, 4, { immediate: 8 });
    expect(found.difference.what).toMatch(/^memory 0x0041/);
    expect(found.address).toBe(CODE + 16);
  });

  it("a fault in a callee, with the calls under way", () => {
    const sources: Record<string, Line[]> = {
      subject: [["addu", "s0", "ra", "zero"], ["jal", ".middle"], ["nop"], ["addu", "ra", "s0", "zero"], ...end],
      middle: [
        ["addu", "s1", "ra", "zero"],
        ["jal", ".leaf"],
        ["addiu", "a0", "a0", 1],
        ["addu", "ra", "s1", "zero"],
        ...end,
      ],
      leaf: [
        ["addiu", "v0", "a0", 5],
        ["jr", "ra"],
        ["addiu", "v1", "v0", 1],
      ],
    };
    const found = divergence(sources, 14, { immediate: 2 }, "little");
    expect(found).toMatchObject({ address: CODE + 56, difference: { what: "register v1" }, step: 9 });
    expect(found.calls).toEqual([CODE + 4, CODE + 28]);
  });

  it("a loop that does not end", () => {
    const lines: Line[] = [
      ["andi", "t0", "a0", 3],
      ".again:",
      ["addiu", "v0", "v0", 1],
      ["bne", "t0", "zero", ".again"],
      ["addiu", "t0", "t0", -1],
      ...end,
    ];
    const found = divergence({ subject: lines }, 2, { mnemonic: "beq" });
    expect(found.difference.what).toBe("control");
    expect(found.address).toBe(CODE + 8);
    // The loop's counter is what goes wrong first.
    const counter = divergence({ subject: lines }, 3, { immediate: 0 });
    expect(counter).toMatchObject({ address: CODE + 12, difference: { what: "register t0" } });
  });

  it("a call that goes elsewhere", () => {
    const sources: Record<string, Line[]> = {
      subject: [
        ["addu", "s0", "ra", "zero"],
        ["lui", "t9", CODE >>> 16],
        ["ori", "t9", "t9", 32],
        ["jalr", "ra", "t9"],
        ["nop"],
        ["addu", "ra", "s0", "zero"],
        ...end,
      ],
      one: [...end],
      other: [...end],
    };
    const found = divergence(sources, 3, { rs: slot("s0") });
    expect(found).toMatchObject({ address: CODE + 12, difference: { what: "control", expected: "on to 0x00400020" } });
  });

  it("the pass that breaks a function, where what the rows make of it is right", () => {
    const { image, layout, functions } = program({
      subject: [["sll", "v0", "a0", 3], ["addu", "v0", "v0", "a1"], ...end],
    });
    const flowOf = (fn: GuestFunction) => buildControlFlow(image, fn, functions);
    const right = liftShard({ image, layout, functions, members: functions, flowOf }).module;
    // A module that holds other code than is lifted: nothing of what is lifted is wrong.
    const wrong = liftShard({
      image,
      layout,
      functions,
      members: functions,
      flowOf: (fn) => planted(flowOf(fn), CODE, { sa: 4 }),
    }).module;
    const linked = (shard: Uint8Array) => linkShards({ image, layout, functions, shards: [shard] });
    const found = divergenceOf({ image, layout, functions }, flowOf, linked(wrong));
    expect(found).toEqual({ kind: "module", functions: [CODE] });
    const request = { image, layout, functions, module: linked(right), captures: [], settings, flowOf };
    const origin = { kind: "random", lineage: [3], seed: "0" } as const;
    expect(findDivergence({ ...request, subject: functions[0]!, origin })).toBeUndefined();
  });
});
