import { describe, expect, it } from "vitest";
import { meaningOf } from "../../shared/contracts/error-registry.ts";
import { RunStatus } from "../../shared/contracts/status.ts";
import { HardGateFailed, TransientIo, ValidationFailed } from "../../shared/kernel/errors.ts";
import { RateLimited } from "../../shared/kernel/io/errors.ts";
import { openGate } from "../../shared/kernel/run/record.ts";
import { projectStatus } from "../../shared/kernel/run/status.ts";
import { CorruptionError, IoError, LeaseLostError, NoSpaceError } from "../../shared/stores/errors.ts";
import { ERROR_SAMPLES } from "../error-samples.ts";
import { ended, state } from "./run/events.ts";
import { addOne, BEGUN, createTestRun, runId, type TestRun } from "./support.ts";

const failing = (error: unknown, change: Parameters<typeof addOne>[1] = {}) =>
  addOne(() => {
    throw error;
  }, change);
const away = () => new TransientIo("the disk is away", { details: { disk: "sda" } });
const hardGate = { name: "validation_gate", meta: { gate: { kind: "hard", name: "validation" } } } as const;
const eventOf = async ({ events }: TestRun, name: string) => (await events()).findLast((event) => event.name === name);

describe("a failed attempt", () => {
  it("is recorded with its structured error and throws it under its own name", async () => {
    const run = await createTestRun();
    const error = away();
    await expect(run.attempt(failing(error), { n: 1 }, { attempt: 2 })).rejects.toBe(error);
    expect(await run.names()).toEqual(["recomp.state.retried", "state_entered", "state_failed"]);
    const failed = await eventOf(run, "state_failed");
    expect(failed).toMatchObject({ kind: "kernel", attempt: 2, payload: { state_id: state("link") } });
    expect(failed?.payload.error).toEqual({
      name: "TransientIo",
      code: "transient_io",
      category: "resource",
      retryable: true,
      message: "the disk is away",
      details: { disk: "sda" },
    });
  });

  it("leaves a snapshot of what it saw and said, for a person", async () => {
    const run = await createTestRun();
    const stage = addOne(({ emit }) => {
      emit({ name: "recomp.run.planned", payload: { functions: 3, shards: 1 } });
      throw away();
    });
    await expect(run.attempt(stage, { n: 1 })).rejects.toThrow();
    const [entered, failed] = (await run.events()).slice(BEGUN.length);
    expect(await run.document(failed?.payload.failure_snapshot)).toEqual({
      schema_version: 1,
      kind: "restep.failure_snapshot",
      state_id: state("link"),
      attempt: 0,
      base_snapshot: entered?.payload.base_snapshot,
      error: failed?.payload.error,
      unwritten_events: [{ name: "recomp.run.planned", payload: { functions: 3, shards: 1 } }],
    });
    const stat = await run.stores.artifacts.stat(failed?.payload.failure_snapshot as never);
    expect(stat?.kinds).toEqual(["other"]);
  });

  it("is never gone on from: the next attempt begins with the same input", async () => {
    const run = await createTestRun();
    await expect(run.attempt(failing(away()), { n: 1 })).rejects.toThrow();
    const seen: unknown[] = [];
    const stage = addOne((_context, input) => {
      seen.push(input);
    });
    expect(await run.attempt(stage, { n: 1 }, { attempt: 1 })).toEqual({ sum: 2 });
    expect(seen).toEqual([{ n: 1 }]);
    const step = (await run.record()).steps.get(state("link"));
    expect(step).toMatchObject({ state: "succeeded", entries: 2, attempt: 1 });
    expect(step).not.toHaveProperty("error");
    const entries = (await run.events()).filter(({ name }) => name === "state_entered").slice(1);
    expect(new Set(entries.map(({ payload }) => payload.base_snapshot)).size).toBe(1);
  });

  const oddities: [string, unknown, object][] = [
    ["a text", "no such luck", { name: "Error", code: "unknown", retryable: false, message: "no such luck" }],
    ["nothing", undefined, { name: "Error", message: "undefined" }],
    ["an error of no room", new RangeError("too far"), { name: "RangeError", code: "unknown", category: "unknown" }],
    [
      "an error of the system, whose code is no code of ours",
      Object.assign(new Error("open /x"), { code: "ENOENT" }),
      { code: "unknown", message: "open /x" },
    ],
    [
      "an error whose details are no JSON",
      new ValidationFailed("odd", { details: { count: 1n } as never }),
      { name: "ValidationFailed", code: "validation_failed", message: "odd" },
    ],
    ["an error without a name", Object.assign(new Error("who"), { name: "" }), { name: "Error", message: "who" }],
    [
      "an error of a category nobody knows",
      Object.assign(new Error("what"), { category: "weather" }),
      { category: "unknown", message: "what" },
    ],
  ];
  it.each(oddities)("is recorded, whatever was thrown: %s", async (_name, thrown, recorded) => {
    const run = await createTestRun();
    await expect(run.attempt(failing(thrown), { n: 1 })).rejects.toBe(thrown);
    expect((await eventOf(run, "state_failed"))?.payload.error).toMatchObject(recorded);
  });
});

describe("the retry budget", () => {
  const budgets: [what: string, maxAttempts: number, attempt: number, error: () => Error, thrown: string][] = [
    ["the first of six attempts", 6, 0, away, "TransientIo"],
    ["the fifth of six", 6, 4, away, "TransientIo"],
    ["the last of six", 6, 5, away, "RetryBudgetExhausted"],
    ["the only one", 1, 0, away, "RetryBudgetExhausted"],
    ["the last of two", 2, 1, () => new RateLimited("slower"), "RetryBudgetExhausted"],
    ["one more than there were", 2, 2, () => new IoError("write", "disk", "EIO", undefined), "RetryBudgetExhausted"],
    ["the last, of what is never retried", 2, 1, () => new ValidationFailed("no"), "ValidationFailed"],
    ["the only one, of what is never retried", 1, 0, () => new RangeError("no"), "RangeError"],
  ];
  it.each(budgets)("ends with %s as it should", async (_what, maxAttempts, attempt, error, thrown) => {
    const run = await createTestRun({ config: { retry_policy: { max_attempts: maxAttempts } } });
    await expect(run.attempt(failing(error()), { n: 1 }, { attempt })).rejects.toMatchObject({ name: thrown });
    const isExhausted = thrown === "RetryBudgetExhausted";
    expect(await run.names()).toEqual([
      ...(attempt > 0 ? ["recomp.state.retried"] : []),
      "state_entered",
      "state_failed",
      ...(isExhausted ? ["recomp.run.escalated"] : []),
    ]);
  });

  it("used up is an escalation that names the state, the attempts and the last error", async () => {
    const run = await createTestRun({ config: { retry_policy: { max_attempts: 3 } } });
    const error = away();
    const thrown = await run.attempt(failing(error), { n: 1 }, { attempt: 2 }).catch((caught: unknown) => caught);
    expect(thrown).toMatchObject({
      name: "RetryBudgetExhausted",
      code: "retry_budget_exhausted",
      category: "resource",
      retryable: false,
      message: "run_lifecycle.link.main: gave up after 3 attempts; the last failed with TransientIo: the disk is away",
      details: { state_id: state("link"), attempts: 3, error: "TransientIo" },
    });
    expect((thrown as Error).cause).toBe(error);
    expect((await run.record()).escalations).toEqual([
      { stateId: state("link"), attempts: 3, error: expect.objectContaining({ code: "transient_io" }) },
    ]);
  });

  it("is escalated whatever the event profile says", async () => {
    const run = await createTestRun({ config: { retry_policy: { max_attempts: 1 }, event_profile: { custom: [] } } });
    await expect(run.attempt(failing(away()), { n: 1 })).rejects.toThrow();
    expect((await run.record()).escalations).toHaveLength(1);
  });
});

describe("a hard gate that fails", () => {
  it("leaves its evidence as an artifact, and everything behind it is skipped", async () => {
    const run = await createTestRun();
    const error = new HardGateFailed("validation", "two functions disagree");
    await expect(run.attempt(failing(error, hardGate), { n: 1 })).rejects.toBe(error);
    expect(await run.names()).toEqual([
      "state_entered",
      "state_failed",
      "recomp.gate.failed",
      "recomp.artifact.emitted",
    ]);
    const { payload, payload_ref: ref } = (await eventOf(run, "recomp.gate.failed"))!;
    expect(payload).toEqual({
      state_id: state("validation_gate"),
      gate: "validation",
      reason: "two functions disagree",
      evidence: ref,
    });
    const entered = await eventOf(run, "state_entered");
    expect(await run.document(ref)).toEqual({
      schema_version: 1,
      kind: "restep.gate_evidence",
      gate: "validation",
      verdict: "failed",
      error: expect.objectContaining({ name: "HardGateFailed", code: "hard_gate_failed" }),
      input: entered?.payload.base_snapshot,
    });
    const { gates, roles } = await run.record();
    expect(gates.get("validation")).toMatchObject({ kind: "hard", state: "failed", evidence: ref });
    expect(roles.get("gate:validation")).toBe(ref);
    await run.push(ended("failed"));
    expect((await run.record()).steps.get(state("publish"))).toMatchObject({
      state: "skipped",
      skippedBy: state("validation_gate"),
    });
    expect(openGate(await run.record())).toBeUndefined();
    const status = projectStatus({ run_id: runId, task_lane: "general" } as never, await run.record());
    expect(RunStatus.parse(status)).toMatchObject({ state: "failed" });
  });

  it("fails closed on any error that is not retried", async () => {
    const run = await createTestRun();
    await expect(run.attempt(failing(new RangeError("odd"), hardGate), { n: 1 })).rejects.toThrow("odd");
    expect((await run.record()).gates.get("validation")).toMatchObject({ state: "failed", reason: "odd" });
  });

  const judged = ERROR_SAMPLES.filter(({ name }) => meaningOf(name)!.retry === "never");
  it.each(judged.map((error) => [error.name, error] as const))(
    "has failed if its error judges: %s",
    async (name, error) => {
      const run = await createTestRun();
      await expect(run.attempt(failing(error, hardGate), { n: 1 })).rejects.toBe(error);
      const isVerdict = ["verdict", "quarantine"].includes(meaningOf(name)!.effect);
      expect((await run.record()).gates.has("validation")).toBe(isVerdict);
      const isSetAside = (await run.names()).includes("recomp.artifact.quarantined");
      expect(isSetAside).toBe(meaningOf(name)!.effect === "quarantine");
    },
  );

  it("has not failed when a disk is full, or another process took the run over", async () => {
    for (const error of [new NoSpaceError("write", "/a", undefined), new LeaseLostError("r", 1)]) {
      const run = await createTestRun();
      await expect(run.attempt(failing(error, hardGate), { n: 1 })).rejects.toBe(error);
      expect(await run.names()).toEqual(["state_entered", "state_failed"]);
    }
  });

  it("has not failed yet while its error is retried, and has when the budget is used up", async () => {
    const run = await createTestRun({ config: { retry_policy: { max_attempts: 2 } } });
    await expect(run.attempt(failing(away(), hardGate), { n: 1 })).rejects.toThrow();
    expect((await run.record()).gates.size).toBe(0);
    await expect(run.attempt(failing(away(), hardGate), { n: 1 }, { attempt: 1 })).rejects.toThrow();
    expect((await run.record()).gates.get("validation")).toMatchObject({ state: "failed", reason: "the disk is away" });
    expect(await run.names()).toContain("recomp.run.escalated");
  });

  it("may fail again when a process died before acting on it", async () => {
    const run = await createTestRun();
    for (const _ of [1, 2]) {
      await expect(run.attempt(failing(new HardGateFailed("validation", "no"), hardGate), { n: 1 })).rejects.toThrow();
    }
    expect((await run.names()).filter((name) => name === "recomp.gate.failed")).toHaveLength(2);
  });

  it("is told from stages that are none", async () => {
    const run = await createTestRun();
    await expect(run.attempt(failing(new HardGateFailed("validation", "no")), { n: 1 })).rejects.toThrow();
    expect(await run.names()).toEqual(["state_entered", "state_failed"]);
  });
});

describe("a damaged artifact", () => {
  it("is reported as set aside, by name", async () => {
    const run = await createTestRun();
    const what = `artifact://${"d".repeat(64)}`;
    const error = new CorruptionError(what, {
      where: "store",
      expected: "one hash",
      found: "another",
      remedy: "put it again",
    });
    await expect(run.attempt(failing(error), { n: 1 })).rejects.toBe(error);
    const event = await eventOf(run, "recomp.artifact.quarantined");
    expect(event?.payload).toEqual({ what, reason: error.message });
  });

  it("is found by a stage that reads it", async () => {
    const run = await createTestRun();
    const ref = await run.stores.artifacts.put("other", Buffer.from("whole"));
    run.memory.artifacts.get(ref)!.bytes = Buffer.from("broken");
    const stage = addOne(async ({ artifacts }) => void (await artifacts.get(ref)));
    await expect(run.attempt(stage, { n: 1 })).rejects.toMatchObject({ name: "CorruptionError" });
    expect(await run.names()).toEqual(["state_entered", "state_failed", "recomp.artifact.quarantined"]);
    expect((await eventOf(run, "recomp.artifact.quarantined"))?.payload.what).toBe(ref);
  });
});

describe("a failure that cannot be recorded", () => {
  it("throws the first error, and says so in the log", async () => {
    const run = await createTestRun();
    const { push } = run.world.log;
    Object.assign(run.world, {
      log: {
        ...run.world.log,
        push: (...args: Parameters<typeof push>) =>
          args[1].some(({ name }) => name === "state_failed") ? Promise.reject(new Error("disk full")) : push(...args),
      },
    });
    const error = new ValidationFailed("the first");
    await expect(run.attempt(failing(error), { n: 1 })).rejects.toBe(error);
    expect(await run.names()).toEqual(["state_entered"]);
    expect(
      run.lines.filter(({ level }) => level === "error").map(({ message, fields }) => [message, fields.error]),
    ).toEqual([
      ["state failed", expect.objectContaining({ message: "the first" })],
      ["failure not recorded", expect.objectContaining({ message: "disk full" })],
    ]);
  });

  it("still ends the retries when the budget is used up", async () => {
    const run = await createTestRun({ config: { retry_policy: { max_attempts: 1 } } });
    const { push } = run.world.log;
    Object.assign(run.world, {
      log: {
        ...run.world.log,
        push: (...args: Parameters<typeof push>) =>
          args[1].some(({ name }) => name === "state_failed") ? Promise.reject(new Error("disk full")) : push(...args),
      },
    });
    await expect(run.attempt(failing(away()), { n: 1 })).rejects.toMatchObject({ name: "RetryBudgetExhausted" });
  });
});
