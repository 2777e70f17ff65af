import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { openRuns } from "../../shared/local/open-runs.ts";
import type { ExecutionControl } from "../../shared/runs/elsewhere.ts";
import { packageSource } from "../../shared/runs/pack.ts";
import { readRun } from "../../shared/runs/read-run.ts";
import type { Runs } from "../../shared/runs/runs.ts";
import { submit } from "../../shared/runs/submit.ts";
import { openStores } from "../../shared/stores/open.ts";
import type { Stores } from "../../shared/stores/ports.ts";
import { temporaryFolder } from "../e2e/cli.ts";
import { ended, enter, gateOpened, place, type Row, started, through } from "../kernel/run/events.ts";
import { packedExit } from "./exit-program.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());

const packed = packedExit({ run: { gates: { manual: ["publish"] } } });
const { run_id: runId } = packed.submission;
const ARN = `arn:aws:states:eu-west-1:123456789012:execution:restep-dev-run-lifecycle:${runId}`;
const requested: Row = { name: "recomp.run.requested", payload: { execution_arn: ARN } };
const opened = gateOpened("publish", "manual");
const BLOCKED = [
  requested,
  started(["intake", "approve", "publish"]),
  ...through("intake"),
  enter("approve"),
  { ...opened, payload: { ...opened.payload, waiting_task: "TOKEN" } },
];
const why = { by: "alice", reason: "it's right" };

let told: unknown[];
let failure: Error | undefined;
const control: ExecutionControl = {
  async answer(...words) {
    if (failure !== undefined) throw failure;
    told.push(["answer", ...words]);
  },
  stop: async (...words) => void told.push(["stop", ...words]),
};

let store: string;
let stores: Stores;
let runs: Runs;
let opening = 0;
beforeEach(async () => {
  opening += 1;
  told = [];
  failure = undefined;
  store = join(folder.path, String(opening));
  stores = await openStores(store);
  runs = await openRuns({ store, workers: 1, elsewhere: control });
});
afterEach(async () => {
  await runs.close();
  await stores.close();
});

async function logged(...rows: readonly Row[]): Promise<void> {
  await submit(stores, packageSource(packed));
  const events = rows.map((row) => {
    const { run_id: _run, seq: _seq, event_id: _id, prev: _prev, ...event } = place(row, 1);
    return event;
  });
  await stores.events.append(runId, 0, events);
}

/** What nobody but its execution may touch. */
async function untouched<T>(act: () => Promise<T>): Promise<void> {
  const before = await stores.events.head(runId);
  await act();
  expect(await stores.events.head(runId)).toEqual(before);
  expect(await stores.leases.inspect(runId)).toBeUndefined();
}

describe("a run that Step Functions carries out", () => {
  it.each<[string, () => Promise<{ readonly outcome: Promise<unknown> }>]>([
    ["resumed", () => runs.resume(runId)],
    ["started", () => runs.start(packageSource(packed))],
  ])("is not %s here, and its lease is not touched", async (_, begin) => {
    await logged(requested);
    await untouched(async () => {
      const words = `found one that Step Functions does, in ${ARN}; follow it with \`restep events ${runId} --follow\``;
      await expect((await begin()).outcome).rejects.toMatchObject({
        name: "GateRefusal",
        message: expect.stringContaining(words),
      });
    });
  });

  it("has ended where it ended there", async () => {
    await logged(requested, started(["intake"]), ended("failed"));
    await untouched(async () => expect(await (await runs.resume(runId)).outcome).toBe("ended"));
  });

  it("is seen with its execution as who works on it", async () => {
    await logged(requested, started(["intake"]));
    const holder = { by: "Step Functions", place: ARN, since: expect.any(String) };
    expect(await runs.status(runId)).toMatchObject({ holder });
    expect(await runs.overview()).toMatchObject([{ run_id: runId, holder }]);
  });

  it.each([
    ["approve", { output: { decision: "approved", ...why } }],
    ["reject", { error: "GateRejected", cause: "gate publish was rejected by alice: it's right" }],
  ] as const)("hears of it where its gate is decided: %s", async (verb, answer) => {
    await logged(...BLOCKED);
    expect(await runs[verb](runId, "publish", why)).toBe("elsewhere");
    expect(told).toEqual([["answer", ARN, "TOKEN", answer]]);
  });

  it("is told by hand where that fails, and the decision stands", async () => {
    await logged(...BLOCKED);
    failure = Object.assign(new Error("expired"), { name: "ExpiredToken" });
    await expect(runs.approve(runId, "publish", why)).rejects.toMatchObject({
      name: "GateRefusal",
      message: `run ${runId}: the decision is recorded, but its execution was not told (ExpiredToken: expired); tell it: \`aws stepfunctions send-task-success --task-token TOKEN --task-output '{"decision":"approved","by":"alice","reason":"it'\\''s right"}'\``,
    });
    expect((await readRun(stores, runId)).record.gates.get("publish")).toMatchObject({ state: "approved" });
  });

  it("is stopped where somebody wants it cancelled, who is remembered", async () => {
    await logged(...BLOCKED);
    await untouched(async () => expect(await runs.cancel(runId, why)).toBe("asked"));
    expect(told).toEqual([["stop", ARN, "RunCancelled", "cancelled by alice: it's right"]]);
    expect(await stores.cancellations.find(runId)).toEqual(why);
  });

  it("is stopped by hand where nobody is there who can", async () => {
    await logged(...BLOCKED);
    const others = await openRuns({ store, workers: 1 });
    await expect(others.cancel(runId, why)).rejects.toThrow(
      `found nobody: \`aws stepfunctions stop-execution --execution-arn ${ARN} --error RunCancelled --cause 'cancelled by alice: it'\\''s right'\``,
    );
    await others.close();
  });
});
