import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EventEnvelope } from "../../shared/contracts/event.ts";
import type { ArtifactRef } from "../../shared/contracts/ids.ts";
import { attemptBatch, type BatchOptions } from "../../shared/kernel/attempt-batch.ts";
import { TransientIo } from "../../shared/kernel/errors.ts";
import { storedRunLog } from "../../shared/kernel/run/stored-log.ts";
import type { Stage, StageContext } from "../../shared/kernel/stage.ts";
import { createSpanRecorder } from "../telemetry/span-recorder.ts";
import { enter } from "./run/events.ts";
import {
  addOne,
  createTestRun,
  deferred,
  manualTimer,
  runId,
  settled,
  type TestRun,
  type TestRunOptions,
} from "./support.ts";

interface Item {
  readonly shard: number;
  readonly n: unknown;
  readonly attempt?: number;
}

/** A run in memory that counts the appends to its log. */
async function countedRun(options: TestRunOptions = {}) {
  const run = await createTestRun(options);
  const appends: number[] = [];
  const reads: number[] = [];
  const events: typeof run.stores.events = {
    ...run.stores.events,
    read(id, from = 1) {
      reads.push(from);
      return run.stores.events.read(id, from);
    },
    append(id, seq, added) {
      appends.push(added.length);
      return run.stores.events.append(id, seq, added);
    },
  };
  Object.assign(run.world, { log: storedRunLog({ events, artifacts: run.stores.artifacts }) });
  const config = await run.stores.artifacts.put(
    "manifest",
    new TextEncoder().encode(JSON.stringify({ run: options.config ?? {}, schema_version: 1 })),
  );
  const call = ({ shard, n, attempt = 0 }: Item) => callOf(run, config, shard, n, attempt);
  const batch = (stage: Stage, items: readonly Item[], given: Partial<BatchOptions> = {}) =>
    attemptBatch(stage, items.map(call), run.world, { errors: "per_item", ...given });
  return { ...run, appends, reads, batch, call };
}

function callOf({ world }: TestRun, config: ArtifactRef, shard: number, n: unknown, attempt: number) {
  return { run_id: runId, flow: world.flows[0]!.name, attempt, config, input: { n }, shard };
}

/** A stage of shards that fails where it is told to, and notes what it was run with. */
function lift(
  failing: Readonly<Record<number, Error>> = {},
  ran: number[] = [],
  change: Parameters<typeof addOne>[1] = {},
) {
  const act = ({ emit }: StageContext, { n }: { n: number }) => {
    ran.push(n);
    emit({ name: "recomp.artifact.emitted", payload: { role: `n ${n}` } });
    if (failing[n] !== undefined) throw failing[n];
  };
  return addOne(act, { name: "lift", ...change });
}
const items = (...numbers: unknown[]): Item[] => numbers.map((n, shard) => ({ shard, n }));
const ends = (outcomes: readonly PromiseSettledResult<unknown>[]) =>
  outcomes.map((each) => (each.status === "fulfilled" ? each.value : (each.reason as Error).name));

/** What the log says of each state, in its order, and of nothing that time and place decide. */
function told(events: readonly EventEnvelope[]): Record<string, unknown[]> {
  const of: Record<string, unknown[]> = {};
  for (const { name, payload, attempt, kind, payload_ref } of events) {
    const shard = (payload as { shard?: number }).shard;
    const state = String(
      (payload as { state_id?: string }).state_id ?? (shard === undefined ? "others" : `shard ${shard}`),
    );
    of[state] ??= [];
    of[state].push({ name, payload, attempt, kind, payload_ref });
  }
  return of;
}
/** A run's record without times and places in the log. */
async function recordOf(run: TestRun) {
  const { seq: _seq, ...record } = await run.record();
  const text = JSON.stringify(record, (key, value) => {
    if (/At$|Seq$/.test(key)) return undefined;
    return value instanceof Map || value instanceof Set ? [...value] : value;
  });
  return JSON.parse(text);
}

describe("a batch of attempts", () => {
  it("goes to the log in two appends, and says there what it would say one by one", async () => {
    const together = await countedRun();
    const { outcomes } = await together.batch(lift(), items(1, 2, 3));
    expect(ends(outcomes)).toEqual([{ sum: 2 }, { sum: 3 }, { sum: 4 }]);
    const alone = await countedRun();
    for (const { shard, n } of items(1, 2, 3)) await alone.attempt(lift(), { n }, { shard });
    expect(together.appends).toEqual([3, 9]);
    expect(alone.appends).toEqual([1, 3, 1, 3, 1, 3]);
    expect(told(await together.events())).toEqual(told(await alone.events()));
    expect(await recordOf(together)).toEqual(await recordOf(alone));
  });

  it("looks at the log as often as one attempt does, or once more", async () => {
    const run = await countedRun();
    await run.batch(lift(), items(...Array.from({ length: 20 }, (_, n) => n)));
    expect(run.reads.length).toBeLessThanOrEqual(2);
  });

  it("per item: records the one that failed beside the others that completed", async () => {
    const run = await countedRun();
    const { outcomes } = await run.batch(lift({ 2: new TransientIo("the disk is away") }), items(1, 2, 3));
    expect(ends(outcomes)).toEqual([{ sum: 2 }, "TransientIo", { sum: 4 }]);
    expect(run.appends).toHaveLength(2);
    const { steps } = await run.record();
    expect([...steps.values()].slice(-3).map(({ state }) => state)).toEqual(["succeeded", "failed", "succeeded"]);
  });

  it("fail fast: runs nothing behind a failure, and records how each ended", async () => {
    const run = await countedRun();
    const ran: number[] = [];
    const stage = lift({ 2: new Error("no") }, ran);
    const { outcomes } = await run.batch(stage, items(1, 2, 3), { errors: "fail_fast" });
    expect(ends(outcomes)).toEqual([{ sum: 2 }, "Error", "AttemptAborted"]);
    expect(ran).toEqual([1, 2]);
    expect(run.appends).toHaveLength(2);
    const { steps } = await run.record();
    expect([...steps.values()].slice(-3).map(({ state, error }) => [state, error?.name])).toEqual([
      ["succeeded", undefined],
      ["failed", "Error"],
      ["failed", "AttemptAborted"],
    ]);
    // What did not begin is tried again beside what failed; what completed is not.
    const again = items(1, 2, 3).map((item) => ({ ...item, attempt: 1 }));
    expect(ends((await run.batch(lift({}, ran), again)).outcomes)).toEqual([{ sum: 2 }, { sum: 3 }, { sum: 4 }]);
    expect(ran).toEqual([1, 2, 2, 3]);
  });

  it("reads back what completed before, and enters only the rest", async () => {
    const run = await countedRun();
    await run.attempt(lift(), { n: 2 }, { shard: 1 });
    run.appends.length = 0;
    const ran: number[] = [];
    expect(ends((await run.batch(lift({}, ran), items(1, 2, 3))).outcomes)).toEqual([
      { sum: 2 },
      { sum: 3 },
      { sum: 4 },
    ]);
    expect(ran).toEqual([1, 3]);
    expect(run.appends).toEqual([2, 6]);
    await run.batch(lift({}, ran), items(1, 2, 3));
    expect(run.appends).toEqual([2, 6]);
  });

  it("that the log refuses for one of them enters the others one by one, or none where it fails fast", async () => {
    for (const errors of ["per_item", "fail_fast"] as const) {
      const run = await countedRun();
      await run.attempt(lift(), { n: 2 }, { shard: 1 });
      const before = (await run.names()).length;
      const ran: number[] = [];
      // The second shard completed with another input.
      const { outcomes } = await run.batch(lift({}, ran), items(1, 20, 3), { errors });
      expect(ends(outcomes)[1]).toBe("IllegalTransition");
      expect(ran).toEqual(errors === "per_item" ? [1, 3] : []);
      expect((await run.names()).length - before).toBe(errors === "per_item" ? 8 : 0);
    }
  });

  it("an end of which the log refuses is a failure of its attempt alone", async () => {
    const run = await countedRun();
    const stage = addOne(
      ({ emit }, { n }) => {
        if (n === 2)
          emit({ name: "recomp.gate.decided", payload: { gate: "none", decision: "approved", reason: "", by: "x" } });
      },
      { name: "lift" },
    );
    const { outcomes } = await run.batch(stage, items(1, 2, 3));
    expect(ends(outcomes)).toEqual([{ sum: 2 }, expect.any(String), { sum: 4 }]);
    const { steps } = await run.record();
    expect([...steps.values()].slice(-3).map(({ state }) => state)).toEqual(["succeeded", "failed", "succeeded"]);
  });

  it("an end that cannot be written is a failure of its attempt, recorded where it can be", async () => {
    const run = await countedRun();
    const { push } = run.world.log;
    let pushes = 0;
    const away = (...args: Parameters<typeof push>) =>
      ++pushes === 2 ? Promise.reject(new TransientIo("the log is away")) : push(...args);
    Object.assign(run.world, { log: { ...run.world.log, push: away } });
    expect(ends((await run.batch(lift(), items(1, 2))).outcomes)).toEqual(["TransientIo", "TransientIo"]);
    const { steps } = await run.record();
    expect([...steps.values()].slice(-2).map(({ state, error }) => [state, error?.name])).toEqual([
      ["failed", "TransientIo"],
      ["failed", "TransientIo"],
    ]);
    expect(run.lines.map(({ message }) => message)).not.toContain("state completed");
  });

  it("an entry that cannot be written leaves no trace and runs nothing", async () => {
    const run = await countedRun();
    Object.assign(run.world, {
      log: { ...run.world.log, push: () => Promise.reject(new TransientIo("the log is away")) },
    });
    const ran: number[] = [];
    expect(ends((await run.batch(lift({}, ran), items(1, 2))).outcomes)).toEqual(["TransientIo", "TransientIo"]);
    expect(ran).toEqual([]);
    expect(await run.names()).toEqual([]);
  });

  it("counts its own states at checkpoints, as they would count one by one", async () => {
    const config = { context_checkpointing: { every_n_states: 2 } };
    const together = await countedRun({ config });
    await together.batch(lift(), items(1, 2, 3));
    const alone = await countedRun({ config });
    for (const { shard, n } of items(1, 2, 3)) await alone.attempt(lift(), { n }, { shard });
    const checkpoints = async (run: TestRun) =>
      (await run.events()).flatMap((each) => (each.name === "recomp.context.checkpointed" ? [each.payload_ref] : []));
    expect(await checkpoints(together)).toHaveLength(2);
    expect(await checkpoints(together)).toEqual(await checkpoints(alone));
  });

  it("divides what goes beyond one append between attempts, never within one", async () => {
    const run = await countedRun();
    await run.batch(lift(), items(...Array.from({ length: 120 }, (_, n) => n)));
    expect(run.appends).toEqual([99, 21, 99, 99, 99, 63]);
  });

  it("fails fast across appends: what had been entered ends without being run", async () => {
    const run = await countedRun();
    await run.attempt(lift(), { n: -1 }, { shard: 110 });
    const ran: number[] = [];
    const many = items(...Array.from({ length: 120 }, (_, n) => n));
    const { outcomes } = await run.batch(lift({}, ran), many, { errors: "fail_fast" });
    expect(ran).toEqual([]);
    expect(new Set(ends(outcomes.slice(0, 99)))).toEqual(new Set(["AttemptAborted"]));
    expect(new Set(ends(outcomes.slice(99)))).toEqual(new Set(["IllegalTransition"]));
    const failed = (await run.events()).filter(({ name }) => name === "state_failed");
    expect(failed).toHaveLength(99);
  });

  it("gives each attempt its own time: one that ran out of it does not take the others'", async () => {
    const timer = manualTimer();
    const run = await countedRun({ world: { timer } });
    const stage = addOne((_context, { n }) => (n === 1 ? new Promise(() => {}) : undefined), { name: "lift" });
    const attempted = run.batch(stage, items(1, 2), { deadline: 100, atOnce: 2 });
    await settled();
    timer.advance(100);
    expect(ends((await attempted).outcomes)).toEqual(["AttemptTimedOut", { sum: 3 }]);
  });

  it("takes nothing more of an attempt that was ended before its stage was", async () => {
    const timer = manualTimer();
    const run = await countedRun({ world: { timer } });
    const late = deferred();
    const written: Promise<unknown>[] = [];
    const stage = addOne(
      async ({ record }) => {
        await late.promise;
        const refusal = (error: unknown) => error;
        written.push(record({ name: "recomp.artifact.emitted", payload: { role: "late" } }).catch(refusal));
      },
      { name: "lift" },
    );
    const attempted = run.batch(stage, items(1), { deadline: 100 });
    await settled();
    timer.advance(100);
    await attempted;
    const before = await run.names();
    late.resolve();
    await settled();
    expect(await Promise.all(written)).toMatchObject([{ name: "AttemptAborted" }]);
    expect(await run.names()).toEqual(before);
  });

  it("says the same of itself whenever it is the same, and marks the spans of its attempts", async () => {
    const tracer = createSpanRecorder();
    const [first, second] = [await countedRun({ world: { tracer } }), await countedRun()];
    const { batch } = await first.batch(lift(), items(1, 2));
    expect(batch).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{64}$/),
      size: 2,
      began_at: "2026-01-02T00:00:00.000Z",
      ended_at: expect.stringMatching(/^2026-01-02T/),
    });
    expect(
      tracer.spans.map(({ attributes }) => [attributes["restep.batch.id"], attributes["restep.batch.index"]]),
    ).toEqual([
      [batch.id, 0],
      [batch.id, 1],
    ]);
    expect((await second.batch(lift(), items(1, 2))).batch.id).toBe(batch.id);
    const again = items(1, 2).map((item) => ({ ...item, attempt: 1 }));
    expect((await second.batch(lift(), again)).batch.id).not.toBe(batch.id);
  });

  it("is of one run, with each state once", async () => {
    const run = await countedRun();
    const two = [
      { shard: 0, n: 1 },
      { shard: 0, n: 2 },
    ];
    await expect(run.batch(lift(), two)).rejects.toThrow(
      "batch, call 1: expected each state once, found run_lifecycle.lift.shard_0",
    );
    const other = { ...run.call({ shard: 1, n: 1 }), run_id: "0c1d2e3f-6f3b-4d0e-9a52-5b1b7f6f2c11" };
    const calls = [run.call({ shard: 0, n: 1 }), other];
    await expect(attemptBatch(lift(), calls, run.world, { errors: "per_item" })).rejects.toThrow(
      "batch, call 1: expected one of run",
    );
    expect(await run.names()).toEqual([]);
    expect((await run.batch(lift(), [])).outcomes).toEqual([]);
  });

  it("leaves the record that its attempts leave one by one, whatever becomes of each", async () => {
    const fate = fc.constantFrom("completes", "fails", "is retried", "has no input", "completed before", "was entered");
    await fc.assert(
      fc.asyncProperty(fc.array(fate, { maxLength: 6 }), fc.integer({ min: 1, max: 3 }), async (fates, atOnce) => {
        const given = fates.map((each, shard) => ({ shard, n: each === "has no input" ? "none" : shard }));
        const failing: Record<number, Error> = {};
        for (const [shard, each] of fates.entries()) {
          if (each === "fails") failing[shard] = new Error("no");
          if (each === "is retried") failing[shard] = new TransientIo("the disk is away");
        }
        const runs = [await countedRun(), await countedRun()] as const;
        for (const run of runs) {
          for (const [shard, each] of fates.entries()) {
            if (each === "completed before") await run.attempt(lift(), { n: shard }, { shard });
            if (each === "was entered") await run.push(enter(`lift.shard_${shard}`));
          }
        }
        const [together, alone] = runs;
        const { outcomes } = await together.batch(lift(failing), given, { atOnce });
        const singles: PromiseSettledResult<unknown>[] = [];
        for (const { shard, n } of given) {
          singles.push((await Promise.allSettled([alone.attempt(lift(failing), { n }, { shard })]))[0]);
        }
        expect(ends(outcomes)).toEqual(ends(singles));
        expect(await recordOf(together)).toEqual(await recordOf(alone));
      }),
      { numRuns: 60 },
    );
  });
});
