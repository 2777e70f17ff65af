import { createHash } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { ConfigManifest } from "../../shared/contracts/config-manifest.ts";
import { PrincipalId, RunId } from "../../shared/contracts/ids.ts";
import { putDocument } from "../../shared/kernel/documents.ts";
import { createRecorder } from "../../shared/kernel/recorder.ts";
import { storedRunLog } from "../../shared/kernel/run/stored-log.ts";
import { createGuard } from "../../shared/kernel/secrets-guard.ts";
import { type Decision, decideGate } from "../../shared/runs/gates.ts";
import { readRun } from "../../shared/runs/read-run.ts";
import { openStores } from "../../shared/stores/open.ts";
import type { Stores } from "../../shared/stores/ports.ts";
import { temporaryFolder } from "../e2e/cli.ts";
import { enter, gateFailed, gateOpened, place, type Row, RUN_ID, started, through } from "../kernel/run/events.ts";

const runId = RunId.parse(RUN_ID);
const [alice, bob] = ["alice", "bob"].map((name) => PrincipalId.parse(name)) as [PrincipalId, PrincipalId];
const STATES = ["intake", "validation_gate", "override", "approve", "publish"];
const TOKEN = "AQCEAAAAKgAAAAMAAAAAAAAAAQ==";

/** A run at a gate, its task's token in the log as the stage writes it. */
function waitingAt(gate: string, kind: "manual" | "override"): Row[] {
  const opened = gateOpened(gate, kind);
  const before =
    kind === "override" ? [...through("intake"), enter("validation_gate"), gateFailed(gate)] : through("intake");
  const short = kind === "override" ? "override" : "approve";
  return [started(STATES), ...before, enter(short), { ...opened, payload: { ...opened.payload, waiting_task: TOKEN } }];
}

let stores: Stores;
beforeEach(async () => {
  stores = await openStores("memory:");
});

async function blockedRun(rows: readonly Row[], gates: Record<string, unknown> = {}): Promise<void> {
  const config = ConfigManifest.parse({ schema_version: 1, run: { gates } });
  const config_manifest = await putDocument(stores.artifacts, "manifest", config);
  await stores.runs.create(runId, { run_id: runId, config_manifest });
  const events = rows.map((row) => {
    const { run_id: _run, seq: _seq, event_id: _id, prev: _prev, ...event } = place(row, 1);
    return event;
  });
  await stores.events.append(runId, 0, events);
}

function decide(decision: Decision["decision"], by: PrincipalId, gate = "publish", over = stores) {
  return decideGate(over, runId, { gate, decision, reason: "played it through", by }, () => undefined);
}

describe("a decision at a gate", () => {
  it("needs no lease, and hands back the waiting task's token with what to answer", async () => {
    await blockedRun(waitingAt("publish", "manual"));
    const leases: Stores["leases"] = {
      ...stores.leases,
      acquire: () => Promise.reject(new Error("no lease is to be had here")),
    };
    const decided = await decide("approved", alice, "publish", { ...stores, leases });
    expect(decided).toMatchObject({
      waitingTask: TOKEN,
      answer: { output: { decision: "approved", by: "alice", reason: "played it through" } },
    });
    const { record } = await readRun(stores, runId);
    expect(record.gates.get("publish")).toMatchObject({ state: "approved", by: "alice", waitingTask: TOKEN });
  });

  it("answers a rejection as the error that the state machine catches", async () => {
    await blockedRun(waitingAt("publish", "manual"));
    expect((await decide("rejected", bob)).answer).toEqual({
      error: "GateRejected",
      cause: "gate publish was rejected by bob: played it through",
    });
  });

  it("answers an override of a failed gate", async () => {
    await blockedRun(waitingAt("validation", "override"));
    const decided = await decide("overridden", alice, "validation");
    expect(decided).toMatchObject({ waitingTask: TOKEN, answer: { output: { decision: "overridden", by: "alice" } } });
  });

  it("is one of two that come at once; the other is told who was first, and of what", async () => {
    await blockedRun(waitingAt("publish", "manual"));
    const ends = await Promise.allSettled([decide("approved", alice), decide("rejected", bob)]);
    expect(ends.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const [first, found] = ends[0].status === "fulfilled" ? ["alice", "approved"] : ["bob", "rejected"];
    expect(ends.find(({ status }) => status === "rejected")).toMatchObject({
      reason: {
        name: "GateRefusal",
        message: `run ${runId}: gate publish waits no longer; ${first} was first: ${found}`,
      },
    });
    const { record } = await readRun(stores, runId);
    expect(record.gates.get("publish")).toMatchObject({ state: found, by: first });
    await expect(decide("approved", alice)).rejects.toMatchObject({ name: "GateRefusal" });
  });

  it("goes behind what others append meanwhile", async () => {
    await blockedRun(waitingAt("publish", "manual"));
    let others = 2;
    const events: Stores["events"] = {
      ...stores.events,
      async append(id, expectedSeq, batch) {
        if (others-- > 0) {
          const { seq } = await stores.events.head(id);
          const told = {
            ts: "2026-01-01T00:00:00.000Z",
            actor: bob,
            attempt: 0,
            kind: "domain",
            name: "told",
          } as const;
          await stores.events.append(id, seq, [{ ...told, payload: {} }]);
        }
        return stores.events.append(id, expectedSeq, batch);
      },
    };
    await decide("approved", alice, "publish", { ...stores, events });
    expect((await readRun(stores, runId)).record.phase).toBe("executing");
  });

  it("at a gate whose task has no token, as in a log of an earlier release, hands back none", async () => {
    await blockedRun([started(STATES), ...through("intake"), enter("approve"), gateOpened("publish", "manual")]);
    expect((await decide("approved", alice)).waitingTask).toBeUndefined();
  });
});

describe("a run that is held", () => {
  it("on a disk by another process is decided by nobody else, until that lets go", async () => {
    const folder = temporaryFolder();
    stores = await openStores(folder.path);
    const other = await openStores(folder.path);
    try {
      await blockedRun(waitingAt("publish", "manual"));
      const lease = await other.leases.acquire(runId, bob);
      const { seq } = await stores.events.head(runId);
      await expect(decide("approved", alice)).rejects.toMatchObject({ name: "LeaseHeldError" });
      expect((await stores.events.head(runId)).seq).toBe(seq);
      await lease.release();
      await decide("approved", alice);
      expect((await readRun(stores, runId)).record.gates.get("publish")?.state).toBe("approved");
    } finally {
      await other.close();
      await stores.close();
      folder.remove();
    }
  });
});

/** Base64 of bytes without any order, the same each time. */
function tokenOf(size: number, n: number): string {
  return createHash("shake256", { outputLength: size }).update(`token ${n}`).digest("base64");
}

describe("the token of a waiting task", () => {
  it("passes the guard that keeps secrets out of the log, whatever Step Functions makes of it", async () => {
    await stores.runs.create(runId, {});
    const opened = waitingAt("publish", "manual");
    const recorder = createRecorder({
      log: storedRunLog(stores),
      runId,
      actor: alice,
      attempt: 0,
      clock: { now: () => new Date(0) },
      guard: createGuard([]).refuse,
    });
    const { name, payload } = opened.at(-1)!;
    const tokens = [36, 600, 768].flatMap((size) => Array.from({ length: 50 }, (_, n) => tokenOf(size, n)));
    for (const waiting_task of tokens) createGuard([]).refuse(`event ${name}`, { ...payload, waiting_task });
    for (const row of opened.slice(0, -1)) {
      await recorder.record({ kind: place(row, 1).kind, name: row.name, payload: row.payload as never });
    }
    await recorder.record({ kind: "domain", name, payload: { ...payload, waiting_task: tokens[60] } as never });
    const { record } = await storedRunLog(stores).run(runId);
    expect(record.gates.get("publish")?.waitingTask).toBe(tokens[60]);
  });
});
