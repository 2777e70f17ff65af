import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
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
let store: string;
let runs: Runs;
let stores: Stores;

async function open(path: string): Promise<void> {
  store = path;
  runs = await openRuns({ store, workers: 1 });
  stores = await openFileSystemStores(store);
}

async function close(): Promise<void> {
  await runs.close();
  await stores.close();
}

let packages = 0;
/** Another each time, so that a store has a run for each. */
const packed = (config: object = {}) => packageSource(packedExit({ functions_per_shard: ++packages, ...config }));
const manual = { run: { gates: { manual: ["publish"] } } };
afterAll(() => folder.remove());

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
  beforeAll(() => open(join(folder.path, "store")));
  afterAll(close);

  it("and that nobody has begun is cancelled at once", { timeout: TIMEOUT }, async () => {
    const { submission } = await submit(stores, packed(), { environment: () => undefined });
    expect(await runs.cancel(submission.run_id, WHY)).toBe("cancelled");
    await expectCancelled(submission.run_id);
    expect((await recordOf(submission.run_id)).attemptCount).toBe(0);
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

  it("is not replayed: when it was cancelled is no fact", { timeout: TIMEOUT }, async () => {
    const { submission } = await submit(stores, packed(), { environment: () => undefined });
    await runs.cancel(submission.run_id, WHY);
    await expect(runs.replay(submission.run_id)).rejects.toThrow(
      /expected a run that ended by itself, found it cancelled/,
    );
  });

  it("and was left half-way goes on, also where no request stands in the store: the log says it", {
    timeout: TIMEOUT,
  }, async () => {
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

describe("a run with a child run, both at a gate, that somebody wants cancelled", () => {
  const prepared = join(folder.path, "prepared");
  /** Both wait at their gate, in a store that each test has a copy of: to carry a run out takes longer than most of them. */
  let parentId: RunId;
  let childId: RunId;
  beforeAll(async () => {
    await open(prepared);
    const parent = await runs.start(packed(manual));
    expect(await parent.outcome).toBe("blocked");
    const child = await runs.start(packed(manual), { parent: parent.runId });
    expect(await child.outcome).toBe("blocked");
    [parentId, childId] = [RunId.parse(parent.runId), RunId.parse(child.runId)];
    await close();
  }, TIMEOUT);
  let copies = 0;
  beforeEach(async () => {
    const copy = join(folder.path, `${++copies}`);
    await cp(prepared, copy, { recursive: true });
    await open(copy);
  });
  afterEach(close);

  it("while it waits at a gate waits no longer, and nobody decides there", { timeout: TIMEOUT }, async () => {
    expect(await runs.cancel(parentId, WHY)).toBe("cancelled");
    await expectCancelled(parentId);
    await expect(runs.approve(parentId, "publish", WHY)).rejects.toThrow(/waits at no gate; it is cancelled/);
  });

  it("takes its child runs along, and those say so to no one that has ended", { timeout: TIMEOUT }, async () => {
    expect(await runs.cancel(parentId, WHY)).toBe("cancelled");
    await expectCancelled(parentId);
    expect(await runs.summary(childId)).toMatchObject({
      phase: "cancelled",
      cancellation: { by: "alice", reason: `its parent run ${parentId} was cancelled: wrong binary` },
    });
    const again = await runs.resume(childId);
    expect(await again.outcome).toBe("ended");
  });

  it("by a signal takes its child runs along too", { timeout: TIMEOUT }, async () => {
    const resumed = await runs.resume(parentId, { cancel: AbortSignal.abort(WHY) });
    expect(await resumed.outcome).toBe("ended");
    await expectCancelled(parentId);
    expect(await runs.summary(childId)).toMatchObject({ phase: "cancelled", cancellation: { by: "alice" } });
  });

  it("is cancelled also where a child run is lost, which is told", { timeout: TIMEOUT }, async () => {
    await rm(join(store, "runs", childId), { recursive: true });
    await expect(runs.cancel(parentId, WHY)).rejects.toMatchObject({
      name: "NotFoundError",
      message: expect.stringContaining(childId),
    });
    await expectCancelled(parentId);
  });

  it("while another has it for a moment is cancelled once that lets go", { timeout: TIMEOUT }, async () => {
    const lease = await stores.leases.acquire(parentId, PrincipalId.parse("bob"));
    const cancelled = runs.cancel(parentId, WHY);
    // It has come to wait once the request is there.
    await stores.cancellations.wait(parentId, new AbortController().signal);
    await lease.release();
    expect(await cancelled).toBe("cancelled");
    await expectCancelled(parentId);
  });

  it("can have no more child runs once it is", { timeout: TIMEOUT }, async () => {
    await runs.cancel(parentId, WHY);
    const child = await runs.start(packed(), { parent: parentId });
    await expect(child.outcome).rejects.toThrow(/found it cancelled; it can have no more children/);
  });

  it("as a child is told as cancelled to its parent", { timeout: TIMEOUT }, async () => {
    const cancel = new AbortController();
    const child = await runs.start(packed(), {
      parent: parentId,
      cancel: cancel.signal,
      onEvent: ({ name }) => name === "run_started" && cancel.abort(WHY),
    });
    expect(await child.outcome).toBe("ended");
    const { children } = await recordOf(parentId);
    expect(children.get(RunId.parse(child.runId))).toMatchObject({ runId: child.runId, status: "cancelled" });
  });

  it("and was asked for, no more, goes on with that when it is resumed", { timeout: TIMEOUT }, async () => {
    await stores.cancellations.request(parentId, { by: WHY.by as never, reason: WHY.reason });
    const resumed = await runs.resume(parentId);
    expect(await resumed.outcome).toBe("ended");
    await expectCancelled(parentId);
  });
});
