import { describe, expect, it } from "vitest";
import { buildControlFlow } from "../../../shared/recompiler/mips/control-flow.ts";
import { discoverFunctions } from "../../../shared/recompiler/mips/discover.ts";
import { type RegisterJumps, registerJumpsOf } from "../../../shared/recompiler/mips/register-jumps.ts";
import type { JumpTable, ProgramImage } from "../../../shared/recompiler/program.ts";
import { assembleProgram } from "./assemble.ts";
import { obstaclesOf } from "./flow-of.ts";

const SWITCH = `start:
    sltiu v0,a0,2
    beqz v0,out
    sll a0,a0,2
    lui v0,%hi(table)
    addu v0,v0,a0
    lw v0,%lo(table)(v0)
  jump:
    jr v0
    nop
  one:
    jr ra
    li v0,1
  out:
    jr ra
    nop`;
const TABLE = "table:\n.word one\n.word out";

const KNOWN_TARGET = `start:
    lui v0,%hi(one)
    addiu v0,v0,%lo(one)
  jump:
    jr v0
    nop
  one:
    jr ra
    nop`;

const UNKNOWN_TARGET = `start:
  jump:
    jr a0
    nop`;

/** A program whose first function a search looked at, and the same program where nobody did. */
function searched(text: string, rodata = "word:\n.word 0") {
  const { image, labels } = assembleProgram({ text, rodata });
  const functions = discoverFunctions(image);
  const fn = functions[0]!;
  const elsewhere: ProgramImage = { ...image };
  return {
    at: (label: string): number => labels.get(label)!,
    found: () => registerJumpsOf(image, fn, functions, []),
    foundElsewhere: () => registerJumpsOf({ ...image }, fn, functions, []),
    foundBeside: (table: JumpTable) => registerJumpsOf(image, fn, functions, [table]),
    flow: (registerJumps?: RegisterJumps) =>
      buildControlFlow(elsewhere, fn, functions, registerJumps === undefined ? {} : { registerJumps }),
  };
}

describe("the register jumps that a search found", () => {
  it("are its tables", () => {
    const { at, found } = searched(SWITCH, TABLE);
    const table = { jump: at("jump"), address: at("table"), entries: [at("one"), at("out")] };
    expect(found()).toEqual(new Map([[at("jump"), { table }]]));
  });

  it("are those that lead to one place", () => {
    const { at, found } = searched(KNOWN_TARGET);
    expect(found()).toEqual(new Map([[at("jump"), { target: at("one") }]]));
  });

  it("are none where nothing can be told, which need not be tried again", () => {
    expect(searched(UNKNOWN_TARGET).found()).toEqual(new Map());
  });

  it("are not there of a function without such jumps, and of one whose table is stated", () => {
    expect(searched("start:\njr ra\nnop").found()).toBeUndefined();
    const { at, foundBeside } = searched(SWITCH, TABLE);
    expect(foundBeside({ jump: at("jump"), address: at("table"), entries: [at("one")] })).toBeUndefined();
  });

  it("are those of a function with an obstacle, too", () => {
    const { at, found, foundElsewhere, flow } = searched(SWITCH.replace("li v0,1", ".word 0x46c20000"), TABLE);
    expect(found()?.has(at("jump"))).toBe(true);
    expect(foundElsewhere()).toEqual(found());
    expect(flow(found())).toEqual(flow());
    expect(obstaclesOf(flow(found()).blocks)).toMatchObject([{ address: at("one") + 4 }]);
  });

  it("are the same where nobody searched", () => {
    for (const [text, rodata] of [[SWITCH, TABLE], [KNOWN_TARGET], [UNKNOWN_TARGET]] as const) {
      const { found, foundElsewhere } = searched(text, rodata);
      expect(foundElsewhere()).toEqual(found());
    }
  });

  it.each<[string, string, string | undefined]>([
    ["a table", SWITCH, TABLE],
    ["one target", KNOWN_TARGET, undefined],
    ["no known target", UNKNOWN_TARGET, undefined],
  ])("give a process that did not search the flow that it would find: %s", (_, text, rodata) => {
    const { found, flow } = searched(text, rodata);
    expect(flow(found())).toEqual(flow());
  });

  it("are not searched for again", () => {
    const { flow } = searched(SWITCH, TABLE);
    expect(flow(new Map()).blocks.map(({ terminator }) => terminator.kind)).toContain("jump_indirect");
  });
});

describe("a jump through a register", () => {
  const kinds = (text: string, rodata?: string) =>
    searched(text, rodata)
      .flow()
      .blocks.map(({ terminator }) => terminator.kind);

  it("returns where the register holds what ra held on entry", () => {
    const { found, foundElsewhere, at } = searched("start:\nmove t0,ra\naddiu v0,zero,1\njump:\njr t0\nnop");
    expect(found()).toEqual(new Map([[at("jump"), { returns: true }]]));
    expect(foundElsewhere()).toEqual(found());
  });

  it("goes through a table though the register is ra", () => {
    const odd = SWITCH.replace("start:", "start:\nmove t7,ra")
      .replace("lw v0,%lo(table)(v0)", "lw ra,%lo(table)(v0)")
      .replace("jr v0", "jr ra")
      .replaceAll("jr ra\n    li v0,1", "jr t7\n    li v0,1");
    expect(kinds(odd, TABLE)).toEqual(["branch", "switch", "return", "return"]);
  });

  it("has no only target where a way found later brings another", () => {
    const loop = `start:
        lui t1,%hi(one)
        addiu t1,t1,%lo(one)
      again:
        jr t1
        nop
      one:
        addiu a0,a0,-1
        bnez a0,again
        addiu t1,t1,4
        jr ra
        nop`;
    expect(kinds(loop)).toEqual(["fallthrough", "jump_indirect"]);
  });

  it("has one where every way brings the same", () => {
    const loop = `start:
        lui t1,%hi(one)
        addiu t1,t1,%lo(one)
      again:
        jr t1
        nop
      one:
        bnez a0,again
        addiu a0,a0,-1
        jr ra
        nop`;
    expect(kinds(loop)).toEqual(["fallthrough", "jump", "branch", "return"]);
  });
});
