import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Connection } from "../../functions/connection.ts";
import { defineHandler } from "../../functions/define-handler.ts";
import type { EventEnvelope } from "../../shared/contracts/event.ts";
import { PrincipalId, RunId } from "../../shared/contracts/ids.ts";
import { TransientIo } from "../../shared/kernel/errors.ts";
import { defineStage, type Stage } from "../../shared/stages/stage.ts";
import { createMemoryStores } from "../../shared/stores/memory/index.ts";
import { createLogger } from "../../shared/telemetry/logger.ts";

const runId = RunId.parse("6f0a3f0e-6f3b-4d0e-9a52-5b1b7f6f2c11");

/** A stage that adds one, unless told to fail. */
const addOne = defineStage({
  name: "link",
  meta: { tags: ["compute"], sideEffects: "pure" },
  input: z.strictObject({ n: z.number() }),
  output: z.strictObject({ sum: z.number() }),
  async run({ n }, { emit }) {
    if (n === 13) throw new TransientIo("the disk is away");
    emit({ name: "recomp.artifact.emitted", payload: { role: "sum" } });
    return { sum: n === 99 ? ("much" as unknown as number) : n + 1 };
  },
});

async function setUp(stage: Stage = addOne as unknown as Stage) {
  const stores = createMemoryStores();
  await stores.runs.create(runId, {});
  const connection: Connection = {
    stores,
    actor: PrincipalId.parse("test"),
    clock: { now: () => new Date(0) },
    logger: (fields) => createLogger("silent", fields),
  };
  const handler = defineHandler(stage);
  const call = (input: unknown, more: object = {}) =>
    handler({ run_id: runId, attempt: 0, input, ...more }, { connection });
  const events = async () => {
    const all: EventEnvelope[] = [];
    for await (const event of stores.events.read(runId)) all.push(event);
    return all;
  };
  return { stores, call, events, names: async () => (await events()).map((event) => event.name) };
}

describe("a stage's handler", () => {
  it("answers with the stage's output", async () => {
    const { call } = await setUp();
    expect(await call({ n: 1 })).toEqual({ sum: 2 });
  });

  it("records entry, end, the stage's own events and its counts, in that order", async () => {
    const { call, events, names } = await setUp();
    await call({ n: 1 }, { shard: 4 });
    expect(await names()).toEqual([
      "state_entered",
      "state_completed",
      "recomp.artifact.emitted",
      "recomp.run.stage.completed",
    ]);
    const [entered, , , completed] = await events();
    expect(entered?.payload).toMatchObject({ state_id: "run_lifecycle.link.shard_4" });
    expect(completed?.payload).toEqual({ stage: "link", shard: 4, counts: { sum: 2 } });
  });

  it("keeps input and output as snapshots that the events name", async () => {
    const { call, events, stores } = await setUp();
    await call({ n: 1 });
    const [entered, completed] = await events();
    const text = async (ref: unknown) => Buffer.from(await stores.artifacts.get(ref as never)).toString();
    expect(await text(entered?.payload.base_snapshot)).toBe('{"n":1}');
    expect(await text(completed?.payload.context_snapshot)).toBe('{"sum":2}');
  });

  it("records a failure with its structured error and throws it under its own name", async () => {
    const { call, events } = await setUp();
    await expect(call({ n: 13 }, { attempt: 2 })).rejects.toMatchObject({ name: "TransientIo" });
    const failed = (await events()).at(-1);
    expect(failed).toMatchObject({ name: "state_failed", attempt: 2 });
    expect(failed?.payload.error).toMatchObject({ name: "TransientIo", code: "transient_io", retryable: true });
  });

  it("refuses an input that breaks the stage's contract, naming the field", async () => {
    const { call, names } = await setUp();
    await expect(call({ m: 1 })).rejects.toThrow(/input of stage link: .*field n: .*found nothing/);
    expect(await names()).toEqual(["state_entered", "state_failed"]);
  });

  it("refuses an output that breaks the stage's contract", async () => {
    const { call } = await setUp();
    await expect(call({ n: 99 })).rejects.toThrow(/output of stage link: field sum: .*found "much"/);
  });

  it("refuses a call that is none, and records nothing", async () => {
    const { call, names } = await setUp();
    await expect(call({ n: 1 }, { attempt: -1 })).rejects.toMatchObject({ name: "ValidationFailed" });
    expect(await names()).toEqual([]);
  });

  it("opens the run once, however often the first stage is tried", async () => {
    const { call, names } = await setUp({ ...addOne, opensRun: true } as unknown as Stage);
    await call({ n: 1 });
    await call({ n: 1 }, { attempt: 1 });
    expect((await names()).filter((name) => name === "run_started")).toHaveLength(1);
    expect((await names())[0]).toBe("recomp.run.requested");
  });

  it("closes the run with the last stage's events", async () => {
    const { call, events } = await setUp({ ...addOne, closesRun: "completed" } as unknown as Stage);
    await call({ n: 1 });
    expect((await events()).at(-1)).toMatchObject({ name: "run_completed", payload: { status: "completed" } });
  });
});
