import { describe, expect, it } from "vitest";
import { hex } from "../../../shared/recompiler/machine.ts";
import { findFunction } from "../../../shared/runs/functions/find-function.ts";
import { listFunctions } from "../../../shared/runs/functions/list.ts";
import { showFunction } from "../../../shared/runs/functions/show.ts";
import { buildProgram, call, EXIT, RETURN, returning } from "../../stages/program.ts";
import { runUntil } from "./support.ts";

const SOURCE = buildProgram({
  functions: {
    _start: [...call("twice"), ...call("twice"), ...EXIT],
    twice: [
      ["addiu", "sp", "sp", -8],
      ["sw", "ra", 4, "sp"],
      ...call("answer"),
      ["lw", "ra", 4, "sp"],
      ["jr", "ra"],
      ["addiu", "sp", "sp", 8],
    ],
    answer: returning(42),
    left_out: RETURN,
    debug_print: [["nop"], ["nop"], ...RETURN],
    refused: [["beq", "a0", "zero", ".well"], ["nop"], ["jr", "ra"], ["rdhwr", "v0", 4], ".well:", ...returning(1)],
    // Reads where no state can be right.
    blind: [["lw", "v0", 0, "zero"], ["jr", "ra"], ["nop"]],
  },
});
const CONFIG = {
  exclude: ["left_out"],
  stubs: [{ function: "debug_print", returns: 7 }],
  validation: { random_states: 8 },
};

const OBSTACLE = /^an obstacle, rdhwr v0,\$4 at 0x[0-9a-f]{8}: hardware register 4 has no translation$/;

const tested = runUntil("validate", SOURCE, CONFIG);
const at = (name: string) => hex(SOURCE.addressOf(name));

describe("a run's functions", () => {
  it("stand in address order, each with what became of it and why", async () => {
    const { functions, ...list } = listFunctions(await (await tested).documents());
    const shown = functions.map(({ name, address, status, reason, runs }) => [name, address, status, reason, runs]);
    expect(shown).toEqual([
      ["_start", at("_start"), "tested", undefined, [0]],
      ["twice", at("twice"), "tested", undefined, [0]],
      ["answer", at("answer"), "tested", undefined, [0]],
      ["left_out", at("left_out"), "excluded", undefined, []],
      ["debug_print", at("debug_print"), "tested", "a stub that returns 7", []],
      ["refused", at("refused"), "tested", expect.stringMatching(OBSTACLE), []],
      ["blind", at("blind"), "untested", "none of 8 inputs was conclusive", []],
    ]);
    expect(list).toMatchObject({
      program: "small",
      totals: {
        functions: 7,
        by_status: { tested: 5, excluded: 1, untested: 1 },
        with_obstacles: 1,
        instructions: 7 + 7 + 2 + 4 + 6 + 3,
      },
    });
  });

  it("are shown by how they stand, with the totals of all", async () => {
    const { functions, totals } = listFunctions(await (await tested).documents(), {
      statuses: ["untested", "excluded"],
    });
    expect(functions.map(({ name }) => name)).toEqual(["left_out", "blind"]);
    expect(totals.functions).toBe(7);
    const trapping = listFunctions(await (await tested).documents(), { withObstacles: true }).functions;
    expect(trapping.map(({ name, obstacles }) => [name, obstacles])).toEqual([["refused", 1]]);
  });

  it("say why they differ from the oracle", async () => {
    const documents = await (await tested).documents();
    const test = documents.tested.get(1)!;
    const disagreement = { input: "random state 3", what: "register v0", expected: "0x00000001", found: "0x00000002" };
    const disproven = new Map([[1, { ...test, status: "disproven" as const, disagreement }]]);
    const [row] = listFunctions({ ...documents, tested: disproven }, { statuses: ["disproven"] }).functions;
    expect(row).toMatchObject({
      name: "twice",
      reason: "random state 3: register v0: expected 0x00000001, found 0x00000002",
    });
  });

  it.each([
    ["plan", "planned"],
    ["lift", "lifted"],
    ["link", "lifted"],
  ] as const)("of a run that came to %s are %s", async (stage, status) => {
    const { functions } = listFunctions(await (await runUntil(stage, SOURCE, CONFIG)).documents());
    expect(functions.map((each) => each.status)).toEqual([
      ...[status, status, status, "excluded", status, status, status],
    ]);
  });

  it("are not known before they were found", async () => {
    await expect((await runUntil("intake", SOURCE)).documents()).rejects.toThrow(/has not found its functions/);
  });
});

describe("the function that a person means", () => {
  const found = async (text: string) => findFunction((await (await tested).documents()).plan.functions, text).name;

  it.each([
    ["by its name", () => "twice", "twice"],
    ["by its address", () => at("twice"), "twice"],
    ["by an address in it", () => `0x${(SOURCE.addressOf("twice") + 8).toString(16).toUpperCase()}`, "twice"],
  ])("is found %s", async (_, text, name) => {
    expect(await found(text())).toBe(name);
  });

  it.each([
    ["answr", /found "answr"; did you mean answer\?$/],
    ["print", /found "print"; did you mean debug_print\?$/],
    ["zzzzzz", /found "zzzzzz"$/],
    ["0x10", /found 0x00000010, which none holds; around it are _start \(0x[0-9a-f]{8}, 28 bytes\)$/],
  ])("%s is none, and near ones are named", async (text, message) => {
    await expect(found(text)).rejects.toThrow(message);
  });

  it("is asked for by its address where several have the name", async () => {
    const { plan } = await (await tested).documents();
    const twins = plan.functions.map((each) => ({ ...each, name: "same" }));
    expect(() => findFunction(twins, "same")).toThrow(`the name of those at ${at("_start")}, ${at("twice")}`);
    expect(findFunction(twins, at("answer")).address).toBe(at("answer"));
  });
});

describe("a function", () => {
  const shown = async (name: string) => {
    const { artifacts, documents } = await tested;
    return showFunction(artifacts, await documents(), name);
  };

  it("is shown with who calls it, whom it calls, its tests and its captured inputs", async () => {
    const view = await shown("twice");
    const [first, second] = [SOURCE.addressOf("_start"), SOURCE.addressOf("_start") + 8].map(hex);
    expect(view).toMatchObject({
      name: "twice",
      status: "tested",
      callers: [{ function: "_start", address: at("_start"), kind: "call", at: [first, second] }],
      callees: [{ function: "answer", kind: "call", at: [hex(SOURCE.addressOf("twice") + 8)] }],
      first_called_by: { 0: "_start" },
      test: { status: "tested", captured_states: 2 },
    });
    expect(view.captured_inputs).toMatchObject([
      { index: 0, call: 1, end: "returned", instructions: 9, registers: { ra: hex(SOURCE.addressOf("_start") + 8) } },
      { index: 1, call: 2, end: "returned", registers: { ra: hex(SOURCE.addressOf("_start") + 16) } },
    ]);
  });

  it("is shown with what a call of it reads, writes and preserves", async () => {
    expect((await shown("twice")).interface).toEqual({
      reads: [],
      writes: ["v0"],
      preserves: ["s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "gp", "sp", "fp"],
      returns: true,
      makes_system_calls: false,
      assumed: [],
    });
    expect((await shown("_start")).interface).toMatchObject({ makes_system_calls: true, assumed: [] });
    expect((await shown("blind")).interface).toMatchObject({ reads: ["memory"], writes: ["v0"] });
    const planned = await runUntil("plan", SOURCE, CONFIG);
    const { interface: early } = await showFunction(planned.artifacts, await planned.documents(), "answer");
    expect(early).toMatchObject({ reads: [], writes: ["v0"], returns: true });
  });

  it("is shown as assembly, IR and the WebAssembly of the run's module", async () => {
    const { listing } = await shown("twice");
    expect(listing.isAsInModule).toBe(true);
    const [entry, behind] = listing.blocks;
    expect(entry!.assembly.map(({ text }) => text)).toEqual([
      "addiu sp,sp,-8",
      "sw ra,4(sp)",
      `jal ${SOURCE.addressOf("answer").toString(16)} <answer>`,
      "nop",
    ]);
    expect(entry!.ir.join("\n")).toContain(`call ${at("answer")}`);
    expect(entry!.wasm.some(({ text }) => text.trim() === "call $answer")).toBe(true);
    expect(behind!.assembly[0]!.text).toBe("lw ra,4(sp)");
    expect(behind!.wasm.some(({ text }) => text.includes("i32.load offset=4"))).toBe(true);
  });

  it("that was left out is shown as it would be, which the module does not hold", async () => {
    const { listing, status } = await shown("left_out");
    expect(status).toBe("excluded");
    expect(listing.isAsInModule).toBe(false);
    expect(listing.blocks[0]!.assembly.map(({ text }) => text)).toEqual(["jr ra", "nop"]);
  });
});
