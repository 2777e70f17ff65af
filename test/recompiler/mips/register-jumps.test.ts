import { describe, expect, it } from "vitest";
import { buildControlFlow } from "../../../shared/recompiler/mips/control-flow.ts";
import { discoverFunctions } from "../../../shared/recompiler/mips/discover.ts";
import { knownRegisterJumps, type RegisterJumps } from "../../../shared/recompiler/mips/register-jumps.ts";
import type { ProgramImage } from "../../../shared/recompiler/program.ts";
import { assembleProgram, TEXT } from "./assemble.ts";

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
    known: (jump = TEXT + 0x1000) =>
      knownRegisterJumps(image, fn, functions, [{ jump, address: TEXT, entries: [TEXT] }]),
    knownElsewhere: () => knownRegisterJumps(elsewhere, fn, functions, []),
    flow: (registerJumps?: RegisterJumps) =>
      buildControlFlow(elsewhere, fn, functions, registerJumps === undefined ? {} : { registerJumps }),
  };
}

describe("the register jumps that a search found", () => {
  it("are its tables", () => {
    const { at, known } = searched(SWITCH, TABLE);
    const table = { jump: at("jump"), address: at("table"), entries: [at("one"), at("out")] };
    expect(known()).toEqual(new Map([[at("jump"), { table }]]));
  });

  it("are those that lead to one place", () => {
    const { at, known } = searched(KNOWN_TARGET);
    expect(known()).toEqual(new Map([[at("jump"), { target: at("one") }]]));
  });

  it("are none where nothing can be told, which need not be tried again", () => {
    expect(searched(UNKNOWN_TARGET).known()).toEqual(new Map());
  });

  it("are not there of a function without such jumps, of one whose table is stated, and where nobody searched", () => {
    expect(searched("start:\njr ra\nnop").known()).toBeUndefined();
    const { at, known, knownElsewhere } = searched(SWITCH, TABLE);
    expect(known(at("jump"))).toBeUndefined();
    expect(knownElsewhere()).toBeUndefined();
  });

  it.each<[string, string, string | undefined]>([
    ["a table", SWITCH, TABLE],
    ["one target", KNOWN_TARGET, undefined],
    ["no known target", UNKNOWN_TARGET, undefined],
  ])("give a process that did not search the flow that it would find: %s", (_, text, rodata) => {
    const { known, flow } = searched(text, rodata);
    expect(flow(known())).toEqual(flow());
  });

  it("are not searched for again", () => {
    const { flow } = searched(SWITCH, TABLE);
    const { graph } = flow(new Map()) as Extract<ReturnType<typeof flow>, { graph: unknown }>;
    expect(graph.blocks.map(({ terminator }) => terminator.kind)).toContain("jump_indirect");
  });
});
