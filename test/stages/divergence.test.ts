import { describe, expect, it } from "vitest";
import { DivergenceReport } from "../../shared/contracts/divergence.ts";
import type { TestRecord } from "../../shared/contracts/validation.ts";
import { withWrongRow } from "../recompiler/lift/support/wrong-row.ts";
import { buildProgram, call, EXIT, lift, link, plan, runOf, validate } from "./program.ts";

const SOURCE = buildProgram({
  functions: {
    _start: [["addiu", "a0", "zero", -2], ...call("outer"), ...EXIT],
    outer: [["addu", "s0", "ra", "zero"], ...call("inner"), ["jr", "s0"], ["nop"]],
    inner: [
      ["addiu", "v1", "a0", 1],
      ["bne", "v1", "a1", ".on"],
      ["addiu", "v0", "zero", 5],
      ["addiu", "v0", "v0", 1],
      ".on:",
      ["jr", "ra"],
      ["nop"],
    ],
  },
});

/** What the stage keeps of each function, as lifted with a wrong row. */
const reports = withWrongRow("bne", "beq", async () => {
  const of = await runOf(SOURCE, { validation: { random_states: 0, captured_states: 1 } });
  const planned = await plan(of);
  const [shard] = await validate(of, planned, await link(of, planned, await lift(of, planned)));
  const { functions } = await of.document<{ functions: TestRecord[] }>(shard!.report);
  return Promise.all(
    functions.map(async ({ disagreement }) => {
      const { report, says } = disagreement!.divergence!;
      return { says, report: DivergenceReport.parse(await of.document(report)) };
    }),
  );
});

const instructions = [
  { address: "0x00400018", place: "outer", instruction: "move s0,ra", step: 1 },
  { address: "0x0040001c", place: "outer+0x4", instruction: "jal 40002c <inner>", step: 2 },
  { address: "0x00400020", place: "outer+0x8", instruction: "nop", step: 3 },
  { address: "0x0040002c", place: "inner", instruction: "addiu v1,a0,1", step: 4 },
  { address: "0x00400030", place: "inner+0x4", instruction: "bne v1,a1,40003c <inner+0x10>", step: 5 },
] as const;

describe("where a function begins to differ", () => {
  it("is kept: the instruction, what it read and who wrote that, the calls and the instructions up to it", async () => {
    const [, outer] = await reports;
    expect(outer!.report).toEqual({
      schema_version: 1,
      function: { name: "outer", address: "0x00400018" },
      input: "captured state 0 (call 1 of the traced run)",
      kind: "instruction",
      at: instructions[4],
      what: "control",
      expected: "on to 0x0040003c",
      found: "on to 0x00400038",
      reads: [
        { register: "v1", value: "0xffffffff", written_by: instructions[3] },
        { register: "a1", value: "0x00000000" },
      ],
      memory: [],
      before: expect.objectContaining({ a0: "0xfffffffe", ra: "0x00400024", s0: "0x0040000c", v1: "0xffffffff" }),
      calls: [{ address: "0x0040001c", place: "outer+0x4", instruction: "jal 40002c <inner>" }],
      trail: instructions,
    });
  });

  it("shows the integer registers, and of others what holds something", async () => {
    const [, outer] = await reports;
    const { before } = outer!.report as Extract<DivergenceReport, { kind: "instruction" }>;
    expect(Object.keys(before)).toHaveLength(33);
    expect(before).toMatchObject({ hi: "0x00000000", lo: "0x00000000", t0: "0x00000000" });
  });

  it("is told in a line", async () => {
    const [, outer] = await reports;
    expect(outer!.says).toBe(
      "first after inner+0x4 (0x00400030: bne v1,a1,40003c <inner+0x10>), instruction 5: control: expected on to 0x0040003c, found on to 0x00400038",
    );
  });
});
