import { describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../shared/contracts/ids.ts";
import { RunConfig } from "../../shared/contracts/run-config.ts";
import { TransientIo } from "../../shared/kernel/errors.ts";
import { planFlow } from "../../shared/kernel/plan/plan-flow.ts";
import type { Stage } from "../../shared/kernel/stage.ts";
import { compensated, complete, ended, enter, type Row, state, through } from "./run/events.ts";
import { addOne, BUILD, createTestRun, TEST_FLOW } from "./support.ts";

describe("the stage that opens a run", () => {
  const opening = (act?: Parameters<typeof addOne>[0]): Stage =>
    addOne(act, { name: "intake", meta: { opensRun: true } });
  const config = { skip_tags: ["publish"] };

  it("records the start with the plan, in one go with its entry", async () => {
    const { attempt, events, document, record } = await createTestRun({ begun: [], config });
    await attempt(opening(), { n: 1 });
    const [requested, start, entered] = await events();
    expect([requested?.name, start?.name, entered?.name]).toEqual([
      "recomp.run.requested",
      "run_started",
      "state_entered",
    ]);
    expect(start?.payload).toMatchObject({
      op_id: "test",
      op_version: "3",
      state_machine_sha256: BUILD.state_machines.test,
      failure_branch: state("record_failure"),
      states: [state("intake"), state("lift.shard"), state("link"), state("publish")],
      skipped: { [state("publish")]: "publish" },
      manifest: entered?.payload.base_snapshot,
      initial_snapshot: entered?.payload.base_snapshot,
    });
    expect(await document(start?.payload.plan)).toEqual(planFlow(TEST_FLOW, RunConfig.parse(config)));
    expect(await record()).toMatchObject({ phase: "preflight_validated", plan: start?.payload.plan });
    expect((await record()).steps.get(state("publish"))?.state).toBe("skipped");
  });

  it("does so once, however often it is tried", async () => {
    const { attempt, names } = await createTestRun({ begun: [] });
    let tries = 0;
    const stage = opening(() => {
      if (tries++ < 2) throw new TransientIo("the disk is away");
    });
    await expect(attempt(stage, { n: 1 })).rejects.toThrow();
    await expect(attempt(stage, { n: 1 }, { attempt: 1 })).rejects.toThrow();
    await attempt(stage, { n: 1 }, { attempt: 2 });
    await attempt(stage, { n: 1 }, { attempt: 2 });
    expect((await names()).filter((name) => name === "run_started")).toHaveLength(1);
    expect((await names()).filter((name) => name === "state_entered")).toHaveLength(3);
  });

  it("writes nothing at all when there is no plan", async () => {
    const { attempt, names } = await createTestRun({ begun: [], config: { skip_tags: ["intake"] } });
    await expect(attempt(opening(), { n: 1 })).rejects.toMatchObject({ name: "InvalidPlan" });
    expect(await names()).toEqual([]);
  });

  it("opens a run twice called at once only once", async () => {
    const { attempt, names } = await createTestRun({ begun: [] });
    const outcomes = await Promise.allSettled([attempt(opening(), { n: 1 }), attempt(opening(), { n: 1 })]);
    expect((await names()).filter((name) => name === "run_started")).toHaveLength(1);
    expect((await names()).filter((name) => name === "state_completed")).toHaveLength(1);
    expect(outcomes.map(({ status }) => status)).toContain("fulfilled");
  });
});

describe("the bounds of the operation", () => {
  const config = { event_profile: "verbose" };
  const opening = addOne(undefined, { name: "intake", meta: { opensRun: true } });
  const closing = addOne(undefined, { closesRun: () => ({ status: "completed" }) });
  const boundsOf = async ({ events }: Awaited<ReturnType<typeof createTestRun>>) =>
    (await events()).filter(({ name }) => name === "op_boundary").map(({ payload }) => payload);

  it("stand behind the run's start, and before its end", async () => {
    const run = await createTestRun({ begun: [], config });
    await run.attempt(opening, { n: 1 });
    expect((await run.names()).slice(0, 4)).toEqual([
      "recomp.run.requested",
      "run_started",
      "op_boundary",
      "state_entered",
    ]);
    expect(await run.record()).toMatchObject({ openOperation: "run_lifecycle.test" });
    await run.attempt(closing, { n: 1 });
    expect((await run.names()).slice(-3)).toEqual(["state_completed", "op_boundary", "run_completed"]);
    expect(await boundsOf(run)).toEqual([
      { op_path: "run_lifecycle.test", phase: "started" },
      { op_path: "run_lifecycle.test", phase: "completed" },
    ]);
    expect(await run.record()).not.toHaveProperty("openOperation");
  });

  it("stand around a failure branch that is all there is", async () => {
    const run = await createTestRun({ begun: [], config });
    const failing = addOne(undefined, { name: "record_failure", closesRun: () => ({ status: "failed" }) });
    await run.attempt(failing, { n: 1 });
    expect(await run.names()).toEqual([
      "recomp.run.requested",
      "op_boundary",
      "state_entered",
      "recomp.run.stage.completed",
      "state_completed",
      "op_boundary",
      "run_completed",
    ]);
  });
});

describe("a run that fails before its start is written", () => {
  const undo = { ...TEST_FLOW.failureBranch, name: "undo" };
  const flow = { ...TEST_FLOW, machine: "check", failureBranch: undo };
  const undoing = (act?: Parameters<typeof addOne>[0]): Stage =>
    addOne(act, { name: "undo", closesRun: () => ({ status: "failed" }) });

  it("names its failure branch, whichever that is, and ends with it", async () => {
    const run = await createTestRun({ begun: [], flow });
    await run.attempt(undoing(), { n: 1 });
    const [requested, entered] = await run.events();
    expect(requested).toMatchObject({ name: "recomp.run.requested", payload: { failure_branch: "check.undo.main" } });
    expect(entered).toMatchObject({ name: "state_entered", payload: { state_id: "check.undo.main" } });
    expect(await run.record()).toMatchObject({ phase: "failed", failureBranch: "check.undo.main" });
  });

  it("does so once, however often the branch is tried", async () => {
    const run = await createTestRun({ begun: [], flow });
    let tries = 0;
    const stage = undoing(() => {
      if (tries++ === 0) throw new TransientIo("the disk is away");
    });
    await expect(run.attempt(stage, { n: 1 })).rejects.toThrow("the disk is away");
    await run.attempt(stage, { n: 1 }, { attempt: 1 });
    expect((await run.names()).filter((name) => name === "recomp.run.requested")).toHaveLength(1);
    expect((await run.record()).phase).toBe("failed");
  });

  it("enters no other state of its flow", async () => {
    const run = await createTestRun({ begun: [], flow });
    await expect(run.attempt(addOne(), { n: 1 })).rejects.toMatchObject({ name: "IllegalTransition" });
    expect(await run.names()).toEqual([]);
  });
});

describe("a stage that closes a run", () => {
  const closing = (end: ReturnType<NonNullable<Stage["closesRun"]>>): Stage =>
    addOne(undefined, { closesRun: () => end });
  const ends: [string, ReturnType<NonNullable<Stage["closesRun"]>>, readonly Row[], object][] = [
    ["completed", { status: "completed" }, [], { status: "completed" }],
    ["failed", { status: "failed", rolledBack: false }, [], { status: "failed" }],
    [
      "rolled back",
      { status: "failed", rolledBack: true },
      [...through("publish"), compensated("publish")],
      { status: "failed", rolled_back: true },
    ],
  ];
  it.each(ends)("records that it %s, as the last event", async (_name, end, rows, payload) => {
    const { attempt, events, push } = await createTestRun();
    await push(...rows);
    await attempt(closing(end), { n: 1 });
    const [completed, last] = (await events()).slice(-2);
    expect(completed?.name).toBe("state_completed");
    expect(last).toMatchObject({ kind: "kernel", name: "run_completed" });
    expect(last?.payload).toEqual({ ...payload, final_snapshot: completed?.payload.context_snapshot });
  });

  it("does not, where the run's state machine does not allow it: nothing of its end is recorded", async () => {
    const { attempt, names, push } = await createTestRun();
    await push(enter("publish"));
    await expect(attempt(closing({ status: "completed" }), { n: 1 })).rejects.toMatchObject({
      name: "IllegalTransition",
    });
    expect(await names()).toEqual(["state_entered", "state_entered", "state_failed"]);
  });

  it("is not called once the run has ended", async () => {
    const { attempt, names, push } = await createTestRun();
    await push(enter("link"), complete("link"), ended());
    await expect(attempt(addOne(undefined, { name: "publish" }), { n: 1 })).rejects.toMatchObject({
      name: "IllegalTransition",
    });
    expect((await names()).at(-1)).toBe("run_completed");
  });
});

describe("the run config", () => {
  type Run = Awaited<ReturnType<typeof createTestRun>>;
  const damages: [string, (run: Run) => void][] = [
    ["is not there", (run) => run.memory.artifacts.clear()],
    [
      "is damaged",
      (run) => {
        for (const artifact of run.memory.artifacts.values()) artifact.bytes = Buffer.from("{}");
      },
    ],
  ];
  /** A stage that tells the event profile it runs with. */
  const profileOf = (change: Parameters<typeof addOne>[1]) => {
    const seen: unknown[] = [];
    const stage = addOne(({ config }) => {
      seen.push(config.event_profile);
    }, change);
    return { stage, seen };
  };

  it("is that of the config manifest", async () => {
    const { attempt, lines } = await createTestRun({ config: { event_profile: "minimal" } });
    const { stage, seen } = profileOf({});
    await attempt(stage, { n: 1 });
    expect(seen).toEqual(["minimal"]);
    expect(lines.filter(({ level }) => level === "warn")).toEqual([]);
  });

  it.each(damages)("that %s leaves the failure branch the defaults, and says so in the log", async (_name, damage) => {
    const run = await createTestRun({ config: { event_profile: "minimal" } });
    damage(run);
    const { stage, seen } = profileOf({ name: "record_failure" });
    await run.attempt(stage, { n: 1 });
    expect(seen).toEqual(["normal"]);
    expect(run.lines.find(({ level }) => level === "warn")).toMatchObject({
      message: "run config not readable, defaults in use",
      fields: { reason: expect.stringMatching(/artifact/) },
    });
  });

  it.each(damages)(
    "that %s fails every other state: it would be another run than was asked for",
    async (_name, damage) => {
      const run = await createTestRun({ config: { io_mode: "replay" } });
      damage(run);
      const { stage, seen } = profileOf({});
      await expect(run.attempt(stage, { n: 1 })).rejects.toThrow(/artifact:/);
      expect(seen).toEqual([]);
      expect((await run.names()).slice(0, 2)).toEqual(["state_entered", "state_failed"]);
    },
  );

  it("that cannot be read just now is tried again, before anything is written", async () => {
    const run = await createTestRun();
    const { get } = run.world.artifacts;
    let failures = 1;
    const artifacts = {
      ...run.world.artifacts,
      get: (ref: ArtifactRef) => (failures-- > 0 ? Promise.reject(new TransientIo("the disk is away")) : get(ref)),
    };
    Object.assign(run.world, { artifacts });
    const { stage } = profileOf({ name: "record_failure" });
    await expect(run.attempt(stage, { n: 1 })).rejects.toMatchObject({ name: "TransientIo" });
    expect(await run.names()).toEqual([]);
    expect(await run.attempt(stage, { n: 1 }, { attempt: 1 })).toEqual({ sum: 2 });
  });
});
