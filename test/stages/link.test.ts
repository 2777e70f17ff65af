import { describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../shared/contracts/ids.ts";
import { compileModule, guestTrapOf, instantiate } from "../../shared/recompiler/runtime/lifted-module.ts";
import type { Line } from "../recompiler/lift/support/assemble.ts";
import { buildProgram, call, EXIT, lift, link, plan, returning, runOf } from "./program.ts";

const SOURCE = buildProgram({
  functions: {
    _start: [...call("answer"), ...EXIT],
    answer: returning(42),
    other: returning(43),
    left: returning(44),
  },
});
const CONFIG = { functions_per_shard: 1, exclude: ["left"] };

const setUp = async () => {
  const of = await runOf(SOURCE, CONFIG);
  const planned = await plan(of);
  return { of, planned, shards: await lift(of, planned) };
};

describe("link", () => {
  it("joins the shards' functions in one module that runs, and their reports in one", async () => {
    const { of, planned, shards } = await setUp();
    expect(shards).toHaveLength(4);
    const linked = await link(of, planned, shards);
    expect(linked).toEqual({
      module: expect.stringMatching(/^artifact:/),
      report: expect.stringMatching(/^artifact:/),
      lifted: 3,
      not_lifted: 0,
    });
    const parts = await Promise.all(shards.map(({ report }) => of.document<{ functions: object[] }>(report)));
    expect(await of.document(linked.report)).toEqual({
      schema_version: 1,
      functions: parts.flatMap(({ functions }) => functions),
    });
    const bytes = await of.run.stores.artifacts.get(linked.module as ArtifactRef);
    const instance = instantiate(compileModule(bytes), { systemCall: () => {} });
    for (const [name, value] of [
      ["answer", 42],
      ["other", 43],
    ] as const) {
      instance.functionAt(SOURCE.addressOf(name))!();
      expect(instance.registers.get(2)).toBe(value);
    }
    const thrown = (() => {
      try {
        return instance.functionAt(SOURCE.addressOf("left"))!();
      } catch (trap) {
        return guestTrapOf(trap, instance);
      }
    })();
    expect(thrown).toMatchObject({ kind: "unlifted", address: SOURCE.addressOf("left") });
  });

  it("counts the functions of all shards that hold an obstacle", async () => {
    // Release 2 has no such hardware register.
    const refused = [["rdhwr", "v0", 4], ...returning(1)] as Line[];
    const source = buildProgram({ functions: { _start: EXIT, refused, fine: returning(2), again: refused } });
    const of = await runOf(source, { functions_per_shard: 1 });
    const planned = await plan(of);
    expect(await link(of, planned, await lift(of, planned))).toMatchObject({ lifted: 4, with_obstacles: 2 });
  });

  it("gives the same module and report in whatever order the shards come", async () => {
    const { of, planned, shards } = await setUp();
    const linked = await link(of, planned, shards);
    const again = await setUp();
    const other = await link(again.of, again.planned, again.shards.toReversed());
    expect(other.report).toBe(linked.report);
    expect(other.module).toBe(linked.module);
  });

  it("says of which shard a report is that is none", async () => {
    const { of, planned, shards } = await setUp();
    const broken = shards.map((shard) => (shard.shard === 2 ? { ...shard, report: planned.program } : shard));
    await expect(link(of, planned, broken)).rejects.toThrow("lift report of shard 2");
  });
});
