import { describe, expect, it } from "vitest";
import * as z from "zod";
import { TransientIo } from "../../shared/kernel/errors.ts";
import type { Stage } from "../../shared/kernel/stage.ts";
import { failureBranch, recordFailure } from "../../shared/stages/record-failure.ts";
import {
  cancelRequested,
  complete,
  ERROR,
  enter,
  fail,
  type Row,
  started,
  state,
  through,
} from "../kernel/run/events.ts";
import { createTestRun, RETRY, type TestRunOptions } from "../kernel/support.ts";

const FAILURE = { error: { Error: "HardGateFailed", Cause: JSON.stringify({ errorMessage: "two disagree" }) } };
const STAGES = ["link", "package", "publish", "attest"] as const;
type Outcome = { state: string; compensated: number; not_compensated: number; error: string; cause: string };

/** A run in which some stages can be taken back, and whoever is asked to says so. */
async function setUp(refusing: (stage: string) => Error | undefined = () => undefined, options: TestRunOptions = {}) {
  const asked: string[] = [];
  const run = await createTestRun({
    begun: [started(["intake", ...STAGES, "complete"]), ...through("intake")],
    ...options,
  });
  const compensable = STAGES.map(
    (name): Stage => ({
      name,
      meta: { tags: [name], sideEffects: "apply_side_effect", dependsOn: [], retry: RETRY },
      input: z.json(),
      output: z.json(),
      run: async () => ({}),
      async compensate(input) {
        asked.push(`${name} ${JSON.stringify(input)}`);
        const refusal = refusing(name);
        if (refusal !== undefined) throw refusal;
      },
    }),
  );
  const branch = failureBranch(new Map(compensable.map((stage) => [stage.name, stage]))) as unknown as Stage;
  const inputOf = (name: string) => ({ of: name });
  return {
    run,
    asked,
    /** Stages that begin, in this order, and complete in this one. */
    async pass(...names: string[]) {
      for (const name of names) {
        await run.attempt(compensable.find((stage) => stage.name === name)!, inputOf(name));
      }
    },
    fail: (change = {}) => run.attempt(branch, FAILURE, change) as Promise<Outcome>,
  };
}

describe("the failure branch", () => {
  it("takes back what was done, the last first, each with the input it began with", async () => {
    const { asked, pass, fail: end, run } = await setUp();
    await pass("publish", "link", "package");
    expect(await end()).toEqual({
      state: "rolled_back",
      error: "HardGateFailed",
      cause: "two disagree",
      compensated: 3,
      not_compensated: 0,
    });
    expect(asked).toEqual(['package {"of":"package"}', 'link {"of":"link"}', 'publish {"of":"publish"}']);
    const { phase, steps } = await run.record();
    expect(phase).toBe("rolled_back");
    for (const name of ["publish", "link", "package"]) expect(steps.get(state(name))?.state).toBe("compensated");
    expect(steps.get(state("attest"))?.state).toBe("skipped");
  });

  it("follows the order in which states ended, not that in which they began or were planned", async () => {
    const { asked, run, fail: end } = await setUp();
    await run.push(
      enter("package"),
      enter("publish"),
      complete("publish"),
      enter("link"),
      fail("link"),
      complete("package"),
    );
    // The snapshots that these events name are nowhere, so none can be taken back; the order shows all the same.
    expect(await end()).toMatchObject({ state: "failed", not_compensated: 3 });
    expect(asked).toEqual([]);
    const order = (await run.events()).filter(({ name }) => name === "recomp.state.compensation_failed");
    expect(order.map(({ payload }) => payload.state_id)).toEqual([state("package"), state("link"), state("publish")]);
  });

  describe("of a Distributed Map, which fails for all its children alike,", () => {
    const exceeded = {
      error: { Error: "States.ExceedToleratedFailureThreshold", Cause: "the threshold was exceeded" },
    };
    const failed = (short: string, name: string): Row => {
      const { payload, ...row } = fail(short);
      return { ...row, payload: { ...payload, error: { ...ERROR, name } } };
    };
    const shards = (...rows: Row[]) =>
      setUp(undefined, { begun: [started(["intake", "lift.shard"]), ...through("intake"), ...rows] });

    it("ends with what the shard recorded that failed first", async () => {
      const { run } = await shards(
        ...[0, 1, 2].map((shard) => enter(`lift.shard_${shard}`)),
        failed("lift.shard_2", "TransientIo"),
        failed("lift.shard_0", "HardGateFailed"),
      );
      expect(await run.attempt(recordFailure as unknown as Stage, exceeded)).toMatchObject({ error: "TransientIo" });
    });

    it("names the shards that ended without a record, where none failed with one", async () => {
      const { run } = await shards(enter("lift.shard_0"), enter("lift.shard_1"), complete("lift.shard_0"));
      expect(await run.attempt(recordFailure as unknown as Stage, exceeded)).toMatchObject({
        error: exceeded.error.Error,
        cause: "run_lifecycle.lift.shard_1 ended without a record of what kept it",
      });
    });

    it("ends with what it says itself, where no shard began", async () => {
      const { run } = await shards();
      expect(await run.attempt(recordFailure as unknown as Stage, exceeded)).toMatchObject({
        error: exceeded.error.Error,
        cause: "the threshold was exceeded",
      });
    });
  });

  it("takes back first what nobody saw end", async () => {
    const { asked, pass, run, fail: end } = await setUp();
    await pass("link");
    const base = await run.stores.artifacts.put("context_snapshot", Buffer.from('{"half":true}'));
    await run.push({ name: "state_entered", payload: { state_id: state("publish"), base_snapshot: base } });
    expect(await end()).toMatchObject({ state: "rolled_back", compensated: 2 });
    expect(asked).toEqual(['publish {"half":true}', 'link {"of":"link"}']);
  });

  it("leaves alone what cannot be taken back, and what never began", async () => {
    const { asked, run, fail: end } = await setUp();
    await run.push(...through("complete"));
    expect(await end()).toMatchObject({ state: "failed", compensated: 0, not_compensated: 0 });
    expect(asked).toEqual([]);
    expect((await run.record()).phase).toBe("failed");
  });

  it("writes each outcome at once, each behind the deed", async () => {
    const { asked, pass, run, fail: end } = await setUp();
    await pass("link", "package");
    const { push } = run.world.log;
    const recording = (...args: Parameters<typeof push>) => {
      asked.push(...args[1].map(({ name }) => name));
      return push(...args);
    };
    Object.assign(run.world, { log: { ...run.world.log, push: recording } });
    await end();
    expect(asked).toEqual([
      "state_entered",
      'package {"of":"package"}',
      "recomp.state.compensated",
      'link {"of":"link"}',
      "recomp.state.compensated",
      "recomp.run.completed",
      "recomp.run.stage.completed",
      "state_completed",
      "run_completed",
    ]);
  });

  it("does not take anything back twice when it crashed half-way", async () => {
    const { asked, pass, run, fail: end } = await setUp();
    await pass("link", "package", "publish");
    const { push } = run.world.log;
    let compensations = 0;
    const dying = {
      ...run.world.log,
      push: (...args: Parameters<typeof push>) => {
        const isThird = args[1].some(({ name }) => name === "recomp.state.compensated") && ++compensations === 3;
        const isEnd = args[1].some(({ name }) => name === "state_failed" || name === "state_completed");
        return isThird || (compensations >= 3 && isEnd) ? Promise.reject(new TransientIo("killed")) : push(...args);
      },
    };
    Object.assign(run.world, { log: dying });
    await expect(end()).rejects.toThrow("killed");
    Object.assign(run.world, { log: { ...dying, push } });
    expect((await run.record()).steps.get(state("record_failure"))?.state).toBe("running");
    expect(await end()).toMatchObject({ state: "rolled_back", compensated: 3 });
    // The last one was done, but not on record: taking back bears being called again.
    expect(asked.map((each) => each.split(" ")[0])).toEqual(["publish", "package", "link", "link"]);
    expect((await run.record()).phase).toBe("rolled_back");
  });

  it("goes on when one cannot be taken back, and the run has failed", async () => {
    const {
      asked,
      pass,
      run,
      fail: end,
    } = await setUp((name) => (name === "package" ? new Error("in use") : undefined));
    await pass("link", "package", "publish");
    expect(await end()).toMatchObject({ state: "failed", compensated: 2, not_compensated: 1 });
    expect(asked).toHaveLength(3);
    const { phase, compensationFailures, steps } = await run.record();
    expect(phase).toBe("failed");
    expect(compensationFailures).toEqual([state("package")]);
    expect(steps.get(state("package"))?.state).toBe("succeeded");
    const refusal = (await run.events()).find(({ name }) => name === "recomp.state.compensation_failed");
    expect(refusal?.payload.error).toMatchObject({ message: "in use" });
    expect(run.lines.find(({ message }) => message === "compensation failed")?.fields).toMatchObject({
      state_id: state("package"),
    });
  });

  it("is rolled back when a second attempt takes back what the first could not", async () => {
    let isInUse = true;
    const {
      pass,
      run,
      fail: end,
    } = await setUp((name) => (name === "link" && isInUse ? new Error("in use") : undefined));
    await pass("link", "package");
    const { push } = run.world.log;
    const dying = (...args: Parameters<typeof push>) =>
      args[1].some(({ name }) => name === "state_completed")
        ? Promise.reject(new TransientIo("killed"))
        : push(...args);
    Object.assign(run.world, { log: { ...run.world.log, push: dying } });
    await expect(end()).rejects.toThrow("killed");
    Object.assign(run.world, { log: { ...run.world.log, push } });
    isInUse = false;
    expect(await end({ attempt: 1 })).toMatchObject({ state: "rolled_back", compensated: 2, not_compensated: 0 });
    expect(await run.record()).toMatchObject({ phase: "rolled_back", compensationFailures: [] });
  });

  it("fails itself, to be tried again, when what it took back cannot be written down", async () => {
    const { pass, run, fail: end } = await setUp();
    await pass("link");
    const { push } = run.world.log;
    const refusing = (...args: Parameters<typeof push>) =>
      args[1].some(({ name }) => name === "recomp.state.compensated")
        ? Promise.reject(new TransientIo("disk away"))
        : push(...args);
    Object.assign(run.world, { log: { ...run.world.log, push: refusing } });
    await expect(end()).rejects.toMatchObject({ name: "TransientIo" });
    const { compensationFailures, steps } = await run.record();
    expect(compensationFailures).toEqual([]);
    expect(steps.get(state("record_failure"))?.state).toBe("failed");
  });

  const causes: [string, string, string][] = [
    ["what a handler threw", JSON.stringify({ errorType: "E", errorMessage: "the disk", trace: [] }), "the disk"],
    ["plain text", "States.Timeout after 900 s", "States.Timeout after 900 s"],
    ["JSON that is no error of a handler", '{"a":1}', '{"a":1}'],
    ["nothing", "", ""],
  ];
  it.each(causes)("keeps the cause: %s", async (_name, Cause, cause) => {
    const run = await createTestRun();
    const input = { error: { Error: "States.TaskFailed", Cause } };
    expect(await run.attempt(recordFailure as unknown as Stage, input)).toMatchObject({
      cause,
      error: "States.TaskFailed",
    });
    expect((await run.record()).failure).toEqual({ error: "States.TaskFailed", cause });
  });

  it("ends a run that is being cancelled as cancelled, whatever went wrong meanwhile", async () => {
    const { asked, pass, run, fail: end } = await setUp();
    await pass("link");
    await run.push(cancelRequested);
    const why = { error: "RunCancelled", cause: "cancelled by alice: wrong binary" };
    expect(await end()).toEqual({ state: "cancelled", ...why, compensated: 1, not_compensated: 0 });
    expect(asked).toEqual(['link {"of":"link"}']);
    expect(await run.record()).toMatchObject({ phase: "cancelled", failure: why });
    const said = (await run.events()).filter(({ name }) => name.endsWith("run.completed") || name === "run_completed");
    expect(said.map(({ payload }) => payload)).toMatchObject([
      { state: "failed", reason: "cancelled", ...why },
      { status: "cancelled", rolled_back: true },
    ]);
  });

  it("says of a run that nobody cancels no reason but its error", async () => {
    const { run, fail: end } = await setUp();
    await end();
    const said = (await run.events()).find(({ name }) => name === "recomp.run.completed");
    expect(said?.payload).toEqual({ state: "failed", error: "HardGateFailed", cause: "two disagree" });
    expect((await run.events()).find(({ name }) => name === "run_completed")?.payload).toMatchObject({
      status: "failed",
    });
  });

  it("ends a run whose first stage could not even begin", async () => {
    const run = await createTestRun({ begun: [] });
    await run.attempt(recordFailure as unknown as Stage, FAILURE);
    expect(await run.record()).toMatchObject({ phase: "failed", failure: { error: "HardGateFailed" } });
  });
});
