import { describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../shared/contracts/ids.ts";
import { hex } from "../../shared/recompiler/machine.ts";
import type { Line } from "../recompiler/lift/support/assemble.ts";
import { buildProgram, call, EXIT, lift, plan, RETURN, returning, runOf } from "./program.ts";

/** There is no hardware register of that number. */
const REFUSED: Line[] = [
  ["jr", "ra"],
  ["rdhwr", "v0", 4],
];
const SOURCE = buildProgram({
  functions: {
    _start: [...call("answer"), ...EXIT],
    answer: returning(42),
    refused: REFUSED,
    left: RETURN,
    gone: [["jr", "t9"], ["nop"]],
  },
});

const lifted = async (config: object = {}, source = SOURCE) => {
  const of = await runOf(source, config);
  const shards = await lift(of, await plan(of));
  return { ...of, shards, reports: await Promise.all(shards.map(({ report }) => of.document(report))) };
};

describe("lift", () => {
  it("reports what became of each function of its shard", async () => {
    const { shards, reports, run } = await lifted({ exclude: ["left"] });
    const [shard] = shards;
    expect(shard).toMatchObject({ shard: 0, lifted: 4, not_lifted: 0, with_obstacles: 1 });
    const place = (name: string, index: number, size: number) => ({
      index,
      name,
      address: hex(SOURCE.addressOf(name)),
      size,
    });
    const bytes = { wasm_bytes: expect.any(Number) };
    expect(reports).toEqual([
      {
        schema_version: 1,
        functions: [
          { ...place("_start", 0, 20), status: "lifted", blocks: 2, instructions: 5, indirect_jumps: 0, ...bytes },
          { ...place("answer", 1, 8), status: "lifted", blocks: 1, instructions: 2, indirect_jumps: 0, ...bytes },
          {
            ...place("refused", 2, 8),
            status: "lifted",
            obstacles: [
              {
                address: hex(SOURCE.addressOf("refused") + 4),
                word: "7c02203b",
                instruction: "rdhwr v0,$4",
                reason: "hardware register 4 has no translation",
              },
            ],
            blocks: 1,
            instructions: 2,
            indirect_jumps: 0,
            ...bytes,
          },
          { ...place("left", 3, 8), status: "excluded", blocks: 0, instructions: 0, wasm_bytes: 0, indirect_jumps: 0 },
          { ...place("gone", 4, 8), status: "lifted", blocks: 1, instructions: 2, indirect_jumps: 1, ...bytes },
        ],
      },
    ]);
    const sizes = (reports[0] as { functions: { status: string; wasm_bytes: number }[] }).functions
      .filter(({ status }) => status === "lifted")
      .map(({ wasm_bytes }) => wasm_bytes);
    expect(Math.min(...sizes)).toBeGreaterThan(0);
    expect(await run.stores.artifacts.stat(shard!.module)).toMatchObject({ size: expect.any(Number) });
  });

  it("warns of each function that traps because what stands there cannot be lifted, and of no other", async () => {
    const { run } = await lifted({ exclude: ["left"] });
    const warned = run.lines.filter(({ level }) => level === "warn");
    expect(warned.map(({ fields, message }) => [fields.code, message])).toEqual([
      [
        "obstacle",
        `refused at ${hex(SOURCE.addressOf("refused"))}: an obstacle, rdhwr v0,$4 at ${hex(SOURCE.addressOf("refused") + 4)}: hardware register 4 has no translation`,
      ],
    ]);
  });

  it("does the functions of its own shard and no others", async () => {
    const { shards, reports } = await lifted({ functions_per_shard: 2 });
    expect(shards.map(({ shard, lifted, not_lifted }) => [shard, lifted, not_lifted])).toEqual([
      [0, 2, 0],
      [1, 2, 0],
      [2, 1, 0],
    ]);
    const names = (reports as { functions: { name: string }[] }[]).map(({ functions }) =>
      functions.map(({ name }) => name),
    );
    expect(names).toEqual([["_start", "answer"], ["refused", "left"], ["gone"]]);
  });

  it("counts a stub as lifted", async () => {
    const { shards } = await lifted({ stubs: [{ function: "refused", returns: 1 }] });
    expect(shards[0]).toMatchObject({ lifted: 5, not_lifted: 0 });
    expect(shards[0]).not.toHaveProperty("with_obstacles");
  });

  it("follows the jump tables that the config states", async () => {
    const of = (jump_tables: object[]) => {
      const source = buildProgram({
        functions: {
          _start: [...call("choose"), ...EXIT],
          choose: [["jr", "t9"], ["nop"], ...returning(1), ...returning(2)],
        },
      });
      const at = (word: number) => hex(source.addressOf("choose") + 4 * word);
      return { source, at, jump_tables };
    };
    const { source, at } = of([]);
    const jump_tables = [{ jump: at(0), address: "0x00410000", entries: [at(2), at(4)] }];
    const stated = await lifted({ jump_tables }, source);
    const without = await lifted({}, source);
    const chosen = ({ reports }: { reports: unknown[] }) =>
      (reports[0] as { functions: object[] }).functions[1] as { blocks: number; indirect_jumps: number };
    expect(chosen(stated)).toMatchObject({ status: "lifted", blocks: 3, indirect_jumps: 0, instructions: 6 });
    expect(chosen(without)).toMatchObject({ indirect_jumps: 1 });
  });

  it("takes over where jumps lead from the plan, and finds the same without", async () => {
    const hop = 0x400000;
    const source = buildProgram({
      functions: {
        _start: [["lui", "t0", hop >>> 16], ["ori", "t0", "t0", 20], ["jr", "t0"], ["nop"], ["syscall", 0], ...EXIT],
        unknown: [["jr", "a0"], ["nop"]],
      },
    });
    const of = await runOf(source, {});
    const planned = await plan(of);
    const [{ jumps, ...shard }] = planned.shards as [{ shard: number; captures: ArtifactRef; jumps: ArtifactRef }];
    expect(await of.document(jumps)).toEqual({
      schema_version: 1,
      functions: [
        { index: 0, jumps: [{ jump: hex(hop + 8), target: hex(hop + 20) }] },
        { index: 1, jumps: [] },
      ],
    });
    const [taken] = await lift(of, planned);
    // Another process of the same run, of a release that planned without them.
    const other = await runOf(source, {});
    const again = await plan(other);
    const [found] = await lift(other, { ...again, shards: [shard] });
    expect(found).toEqual(taken);
  });
});
