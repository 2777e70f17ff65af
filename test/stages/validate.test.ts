import { describe, expect, it } from "vitest";
import type { TestRecord } from "../../shared/contracts/validation.ts";
import type { Line } from "../recompiler/lift/support/assemble.ts";
import { buildProgram, call, EXIT, lift, link, plan, RETURN, returning, runOf, validate } from "./program.ts";

const SOURCE = buildProgram({
  functions: {
    _start: [...call("answer"), ...call("answer"), ...EXIT],
    answer: [["bne", "a0", "zero", ".one"], ["nop"], ...returning(42), ".one:", ...returning(42)] as Line[],
    unreached: RETURN,
    left: RETURN,
    endless: [".on:", ["j", ".on"], ["nop"]],
  },
});

async function tests(config: object = {}, source = SOURCE) {
  const of = await runOf(source, config);
  const planned = await plan(of);
  const linked = await link(of, planned, await lift(of, planned));
  const shards = await validate(of, planned, linked);
  const documents = await Promise.all(shards.map(({ report }) => of.document<{ functions: TestRecord[] }>(report)));
  return { of, planned, linked, shards, records: documents.map(({ functions }) => functions) };
}

const SETTINGS = { validation: { random_states: 5, captured_states: 2 } };

describe("validate", () => {
  it("says of each lifted function how it was compared, and of no other", async () => {
    const { shards, records } = await tests({ ...SETTINGS, exclude: ["left"] });
    expect(shards).toEqual([
      {
        shard: 0,
        report: expect.stringMatching(/^artifact:/),
        tested: 3,
        disproven: 0,
        untested: 1,
        instructions: 17,
        instructions_run: 15,
      },
    ]);
    const base = { address: expect.stringMatching(/^0x[0-9a-f]{8}$/), inconclusive_states: 0, coverage: 1 };
    expect(records[0]).toMatchObject([
      { index: 0, name: "_start", status: "tested" },
      { ...base, index: 1, name: "answer", status: "tested", captured_states: 2, random_states: 5 },
      { ...base, index: 2, name: "unreached", status: "tested", captured_states: 0, random_states: 5 },
      { index: 4, name: "endless", status: "untested", captured_states: 0, random_states: 0, inconclusive_states: 5 },
    ]);
  });

  it("looks at its own shard's functions", async () => {
    const { shards, records } = await tests({ ...SETTINGS, functions_per_shard: 2 });
    expect(records.map((of) => of.map(({ index }) => index))).toEqual([[0, 1], [2, 3], [4]]);
    expect(shards.map(({ shard }) => shard)).toEqual([0, 1, 2]);
  });

  it("follows the seed: the same one, the same tests", async () => {
    const reports = async (seed: number) =>
      (await tests({ validation: { ...SETTINGS.validation, seed } })).shards[0]!.report;
    expect(await reports(3)).toBe(await reports(3));
  });

  it("tells how much of a function its inputs ran", async () => {
    const { records } = await tests({ validation: { random_states: 0, captured_states: 2 } });
    const [, answer, unreached] = records[0]!;
    // The branch, its slot and one of the two ways out, of six instructions.
    expect(answer).toMatchObject({ captured_states: 2, random_states: 0, coverage: 4 / 6 });
    expect(unreached).toMatchObject({ status: "untested", captured_states: 0, random_states: 0, coverage: 0 });
  });

  it("disproves what does something else, and shows the input", async () => {
    const of = await runOf(SOURCE, SETTINGS);
    const planned = await plan(of);
    const linked = await link(of, planned, await lift(of, planned));
    const bytes = Buffer.from(await of.run.stores.artifacts.get(linked.module));
    // The last `i32.const 42` is the second way out of `answer`.
    bytes[bytes.lastIndexOf(Buffer.of(0x41, 42)) + 1] = 41;
    const module = await of.run.stores.artifacts.put("output", bytes);
    const [shard] = await validate(of, planned, { ...linked, module });
    expect(shard).toMatchObject({ tested: 2, disproven: 2, untested: 1 });
    const { functions } = await of.document<{ functions: TestRecord[] }>(shard!.report);
    expect(functions[1]).toMatchObject({
      name: "answer",
      status: "disproven",
      disagreement: {
        input: expect.stringMatching(/\S/),
        what: expect.stringContaining("v0"),
        expected: expect.stringContaining("2a"),
        found: expect.stringContaining("29"),
      },
    });
    // Its caller ends with another exit status.
    expect(functions[0]).toMatchObject({ name: "_start", status: "disproven" });
    expect(functions[2]).not.toHaveProperty("disagreement");
  });
});
