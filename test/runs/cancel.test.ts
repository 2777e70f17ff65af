import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EventEnvelope } from "../../shared/contracts/event.ts";
import { PrincipalId, RunId } from "../../shared/contracts/ids.ts";
import { openRuns } from "../../shared/local/open-runs.ts";
import { packageSource } from "../../shared/runs/pack.ts";
import { readRun } from "../../shared/runs/read-run.ts";
import type { Runs } from "../../shared/runs/runs.ts";
import { submit } from "../../shared/runs/submit.ts";
import { openFileSystemStores } from "../../shared/stores/filesystem/open.ts";
import type { Stores } from "../../shared/stores/ports.ts";
import { temporaryFolder } from "../e2e/cli.ts";
import { packedExit } from "./exit-program.ts";

const WHY = { by: "alice", reason: "wrong binary" };
const TIMEOUT = 60_000;
const folder = temporaryFolder();
const store = join(folder.path, "store");
let runs: Runs;
let stores: Stores;
beforeAll(async () => {
  runs = await openRuns({ store, workers: 1 });
  stores = await openFileSystemStores(store);
});
afterAll(async () => {
  await runs.close();
  await stores.close();
  folder.remove();
});

let many = 1;
/** A run of its own each time. */
const packed = (config: object = {}) => packageSource(packedExit({ functions_per_shard: ++many, ...config }));
const manual = { run: { gates: { manual: ["publish"] } } };
const recordOf = async (runId: string) => (await readRun(stores, RunId.parse(runId))).record;
const lastOfHistory = async (runId: string) => {
  const entries = [];
  for await (const entry of stores.history.read(RunId.parse(runId))) entries.push(entry as { type: string });
  return entries.at(-1);
};
const isThe =
  (name: string, stage: string) =>
  ({ name: found, payload }: EventEnvelope): boolean =>
    found === name && String(payload.state_id).includes(`.${stage}.`);

/** Carries a run out and does something at an event, once. */
async function carry(from: ReturnType<typeof packed>, at: (event: EventEnvelope) => boolean, act: () => void) {
  let isDone = false;
  const cancel = new AbortController();
  const run = await runs.start(from, {
    cancel: cancel.signal,
    onEvent(event) {
      if (isDone || !at(event)) return;
      isDone = true;
      cancel.abort(WHY);
      act();
    },
  });
  expect(await run.outcome).toBe("ended");
  return run.runId;
}

async function expectCancelled(runId: string): Promise<void> {
  const summary = await runs.summary(runId);
  expect(summary).toMatchObject({
    state: "failed",
    phase: "cancelled",
    reason: "cancelled",
    cancellation: WHY,
    error: "RunCancelled",
    cause: "cancelled by alice: wrong binary",
  });
  expect(await lastOfHistory(runId)).toMatchObject({
    type: "ExecutionAborted",
    executionAbortedEventDetails: { error: "RunCancelled", cause: "cancelled by alice: wrong binary" },
  });
  expect(await runs.status(runId)).toMatchObject({ state: "failed", reason: "cancelled" });
  expect(await runs.verify(runId)).toMatchObject({ ok: true });
}

describe("a run that somebody wants cancelled", () => {
  it("and that nobody has begun is cancelled at once", { timeout: TIMEOUT }, async () => {
    const { submission } = await submit(stores, packed(), { environment: () => undefined });
    expect(await runs.cancel(submission.run_id, WHY)).toBe("cancelled");
    await expectCancelled(submission.run_id);
    expect((await recordOf(submission.run_id)).attemptCount).toBe(0);
  });

  it("while it waits at a gate waits no longer, and nobody decides there", { timeout: TIMEOUT }, async () => {
    const run = await runs.start(packed(manual));
    expect(await run.outcome).toBe("blocked");
    expect(await runs.cancel(run.runId, WHY)).toBe("cancelled");
    await expectCancelled(run.runId);
    await expect(runs.approve(run.runId, "publish", WHY)).rejects.toThrow(/waits at no gate; it is cancelled/);
  });

  it("under way ends there, what it was at skipped with the rest", { timeout: TIMEOUT }, async () => {
    const runId = await carry(packed(), isThe("state_completed", "plan"), () => {});
    await expectCancelled(runId);
    const { steps } = await recordOf(runId);
    const states = new Map([...steps.values()].map(({ stateId, state }) => [stateId.split(".")[1], state]));
    expect(states.get("plan")).toBe("succeeded");
    expect(states.get("publish")).toBe("skipped");
    expect(states.get("record_failure")).toBe("succeeded");
  });

  it("behind its publication takes that back", { timeout: TIMEOUT }, async () => {
    const runId = await carry(packed(), isThe("state_completed", "publish"), () => {});
    await expectCancelled(runId);
    expect(await runs.summary(runId)).toMatchObject({ rolled_back: true, steps: { compensated: 1 } });
    const { roles } = await recordOf(runId);
    expect(await stores.publications.find(roles.get("bundle")!)).toBeUndefined();
  });

  it("by another process is cancelled by the one that carries it out", { timeout: TIMEOUT }, async () => {
    const other = await openRuns({ store, workers: 1 });
    try {
      let asked: Promise<string> | undefined;
      const run = await runs.start(packed(), {
        onEvent(event) {
          if (event.name === "run_started") asked ??= other.cancel(event.run_id, WHY);
        },
      });
      expect(await run.outcome).toBe("ended");
      expect(["asked", "cancelled"]).toContain(await asked);
      await expectCancelled(run.runId);
    } finally {
      await other.close();
    }
  });

  it("once it has ended is refused with one sentence", { timeout: TIMEOUT }, async () => {
    const run = await runs.start(packed());
    await run.outcome;
    await expect(runs.cancel(run.runId, WHY)).rejects.toThrow(
      `run ${run.runId}: expected a run that goes on, found it succeeded; there is nothing to cancel`,
    );
    expect((await recordOf(run.runId)).phase).toBe("succeeded");
    await expect(runs.cancel(run.runId, { by: "not a name", reason: "x" })).rejects.toThrow(/by.*principal/);
  });

  it("takes its child runs along, and those say so to no one that has ended", { timeout: TIMEOUT }, async () => {
    const parent = await runs.start(packed(manual));
    await parent.outcome;
    const child = await runs.start(packed(manual), { parent: parent.runId });
    expect(await child.outcome).toBe("blocked");
    expect(await runs.cancel(parent.runId, WHY)).toBe("cancelled");
    await expectCancelled(parent.runId);
    expect(await runs.summary(child.runId)).toMatchObject({
      phase: "cancelled",
      cancellation: { by: "alice", reason: `its parent run ${parent.runId} was cancelled: wrong binary` },
    });
    const again = await runs.resume(child.runId);
    expect(await again.outcome).toBe("ended");
  });

  it("by a signal takes its child runs along too", { timeout: TIMEOUT }, async () => {
    const parent = await runs.start(packed(manual));
    await parent.outcome;
    const child = await runs.start(packed(manual), { parent: parent.runId });
    expect(await child.outcome).toBe("blocked");
    const resumed = await runs.resume(parent.runId, { cancel: AbortSignal.abort(WHY) });
    expect(await resumed.outcome).toBe("ended");
    await expectCancelled(parent.runId);
    expect(await runs.summary(child.runId)).toMatchObject({ phase: "cancelled", cancellation: { by: "alice" } });
  });

  it("is cancelled also where a child run is lost, which is told", { timeout: TIMEOUT }, async () => {
    const parent = await runs.start(packed(manual));
    await parent.outcome;
    const child = await runs.start(packed(manual), { parent: parent.runId });
    await child.outcome;
    await rm(join(store, "runs", child.runId), { recursive: true });
    await expect(runs.cancel(parent.runId, WHY)).rejects.toMatchObject({
      name: "NotFoundError",
      message: expect.stringContaining(child.runId),
    });
    await expectCancelled(parent.runId);
  });

  it("while another has it for a moment is cancelled once that lets go", { timeout: TIMEOUT }, async () => {
    const run = await runs.start(packed(manual));
    await run.outcome;
    const lease = await stores.leases.acquire(RunId.parse(run.runId), PrincipalId.parse("bob"));
    const cancelled = runs.cancel(run.runId, WHY);
    // It has come to wait once the request is there.
    await stores.cancellations.wait(RunId.parse(run.runId), new AbortController().signal);
    await lease.release();
    expect(await cancelled).toBe("cancelled");
    await expectCancelled(run.runId);
  });

  it("can have no more child runs once it is", { timeout: TIMEOUT }, async () => {
    const parent = await runs.start(packed(manual));
    await parent.outcome;
    await runs.cancel(parent.runId, WHY);
    const child = await runs.start(packed(), { parent: parent.runId });
    await expect(child.outcome).rejects.toThrow(/found it cancelled; it can have no more children/);
  });

  it("as a child is told as cancelled to its parent", { timeout: TIMEOUT }, async () => {
    const parent = await runs.start(packed(manual));
    await parent.outcome;
    const cancel = new AbortController();
    const child = await runs.start(packed(), {
      parent: parent.runId,
      cancel: cancel.signal,
      onEvent: ({ name }) => name === "run_started" && cancel.abort(WHY),
    });
    expect(await child.outcome).toBe("ended");
    const { children } = await recordOf(parent.runId);
    expect([...children.values()]).toMatchObject([{ runId: child.runId, status: "cancelled" }]);
  });

  it("is not replayed: when it was cancelled is no fact", { timeout: TIMEOUT }, async () => {
    const { submission } = await submit(stores, packed(), { environment: () => undefined });
    await runs.cancel(submission.run_id, WHY);
    await expect(runs.replay(submission.run_id)).rejects.toThrow(
      /expected a run that ended by itself, found it cancelled/,
    );
  });
});

describe("a cancellation that was left half-way", () => {
  it("goes on when the run is resumed: asked for, and no more", { timeout: TIMEOUT }, async () => {
    const run = await runs.start(packed(manual));
    await run.outcome;
    await stores.cancellations.request(run.runId, { by: WHY.by as never, reason: WHY.reason });
    const resumed = await runs.resume(run.runId);
    expect(await resumed.outcome).toBe("ended");
    await expectCancelled(run.runId);
  });

  it("goes on also where no request stands in the store: the log says it", { timeout: TIMEOUT }, async () => {
    const interruption = new AbortController();
    const cancel = new AbortController();
    const run = await runs.start(packed(), {
      signal: interruption.signal,
      cancel: cancel.signal,
      onEvent(event) {
        if (isThe("state_completed", "publish")(event)) cancel.abort(WHY);
        if (event.name === "recomp.run.cancel_requested") interruption.abort();
      },
    });
    expect(await run.outcome).toBe("interrupted");
    expect((await recordOf(run.runId)).phase).toBe("executing");
    expect(await stores.cancellations.find(RunId.parse(run.runId))).toBeUndefined();
    const resumed = await runs.resume(run.runId);
    expect(await resumed.outcome).toBe("ended");
    await expectCancelled(run.runId);
    expect(await runs.summary(run.runId)).toMatchObject({ rolled_back: true });
  });
});
