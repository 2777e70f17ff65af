import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EventEnvelope } from "../../shared/contracts/event.ts";
import { PrincipalId, type RunId } from "../../shared/contracts/ids.ts";
import type { BuildStamp } from "../../shared/contracts/provenance.ts";
import { readBuildStamp } from "../../shared/local/installation/build-stamp.ts";
import { readStateMachine, workerEntry } from "../../shared/local/installation/package.ts";
import { executeRun, type RunExecution } from "../../shared/local/run.ts";
import { createWorkerThreads } from "../../shared/local/worker-threads.ts";
import { packageSource } from "../../shared/runs/pack.ts";
import { readRun } from "../../shared/runs/read-run.ts";
import { submit } from "../../shared/runs/submit.ts";
import { RECOMPILE } from "../../shared/stages/flows.ts";
import { openStores } from "../../shared/stores/open.ts";
import type { Json, Lease, Stores } from "../../shared/stores/ports.ts";
import { temporaryFolder } from "../e2e/cli.ts";
import { packedExit } from "../runs/exit-program.ts";

const WHY = { by: PrincipalId.parse("alice"), reason: "wrong binary" };
const TIMEOUT = 60_000;
const folder = temporaryFolder();
const store = join(folder.path, "store");
const manual = { run: { gates: { manual: ["publish"] } } };
const threads = createWorkerThreads();
let many = 1;
let stores: Stores;
let other: Stores;
let stateMachine: string;
let build: BuildStamp;
beforeAll(async () => {
  [stores, other] = [await openStores(store), await openStores(store)];
  stateMachine = await readStateMachine(RECOMPILE.stateMachine);
  build = await readBuildStamp();
});
afterAll(async () => {
  await threads.close();
  await stores.close();
  await other.close();
  folder.remove();
});

async function submitted(config: object = {}): Promise<RunId> {
  const source = packageSource(packedExit({ functions_per_shard: ++many, ...config }));
  return (await submit(stores, source, { environment: () => undefined })).submission.run_id;
}

function execution(change: Partial<RunExecution> = {}, stamp = build): RunExecution {
  return {
    flow: RECOMPILE,
    stateMachine,
    worker: { entry: workerEntry, size: 1, threads, settings: { store, build: stamp } },
    environment: () => undefined,
    signal: new AbortController().signal,
    carryChildOn: () => Promise.reject(new Error("it has no child runs")),
    ...change,
  };
}

async function historyOf(runId: RunId) {
  const entries = [];
  for await (const entry of stores.history.read(runId)) entries.push(entry as { id: number; type: string });
  return entries;
}

describe("a run that was begun under another definition", () => {
  const earlier = () => ({ ...build, state_machines: { ...build.state_machines, "run-lifecycle": "1".repeat(64) } });

  it("can be cancelled still, though it does not go on", { timeout: TIMEOUT }, async () => {
    const runId = await submitted(manual);
    expect(await executeRun(stores, runId, execution({}, earlier()))).toBe("blocked");
    await expect(executeRun(stores, runId, execution())).rejects.toMatchObject({ name: "FlowChanged" });
    // Of the definition that is there now the history says nothing.
    const replaced = JSON.stringify({ StartAt: "Other", States: { Other: { Type: "Succeed" } } });
    const before = await historyOf(runId);
    const cancel = AbortSignal.abort(WHY);
    expect(await executeRun(stores, runId, execution({ stateMachine: replaced, cancel }))).toBe("ended");
    expect((await readRun(stores, runId)).record).toMatchObject({ phase: "cancelled", cancellation: WHY });
    const after = await historyOf(runId);
    expect(after.slice(0, -1)).toEqual(before);
    expect(after.at(-1)).toMatchObject({
      id: before.length + 1,
      previousEventId: 0,
      type: "ExecutionAborted",
      executionAbortedEventDetails: { error: "RunCancelled", cause: "cancelled by alice: wrong binary" },
    });
    expect(await executeRun(stores, runId, execution({ stateMachine: replaced }))).toBe("ended");
    expect(await historyOf(runId)).toEqual(after);
  });
});

describe("a run whose log has ended, and its history not", () => {
  it("is brought to its end, whoever wants it cancelled by then", { timeout: TIMEOUT }, async () => {
    const runId = await submitted();
    expect(await executeRun(stores, runId, execution())).toBe("ended");
    const whole = await historyOf(runId);
    const kept: Json[] = whole.slice(
      0,
      whole.findLastIndex(({ type }) => type === "LambdaFunctionSucceeded"),
    );
    const cut: Stores = {
      ...stores,
      history: {
        ...stores.history,
        async *read() {
          yield* [...kept];
        },
        append: async (_id, more) => kept.push(...more),
      },
    };
    expect(await executeRun(cut, runId, execution({ cancel: AbortSignal.abort(WHY) }))).toBe("ended");
    expect(kept.at(-1)).toMatchObject({ type: "ExecutionSucceeded" });
    expect((await readRun(stores, runId)).record.phase).toBe("succeeded");
  });
});

describe("a run that blocks while another process comes to cancel it", () => {
  it("is left to that one", { timeout: TIMEOUT }, async () => {
    const runId = await submitted(manual);
    let looks = 0;
    let lease: Lease | undefined;
    const watched: Stores = {
      ...stores,
      cancellations: {
        ...stores.cancellations,
        async find(id) {
          looks++;
          if (looks === 2) {
            await other.cancellations.request(id, WHY);
            lease = await other.leases.acquire(id, WHY.by);
          }
          return stores.cancellations.find(id);
        },
      },
    };
    expect(await executeRun(watched, runId, execution())).toBe("blocked");
    expect(looks).toBe(2);
    await lease?.release();
  });
});

describe("a cancellation whose process is stopped once the execution has ended", () => {
  it("is gone on with", { timeout: TIMEOUT }, async () => {
    const runId = await submitted();
    const [stop, cancel] = [new AbortController(), new AbortController()];
    const watched: Stores = {
      ...stores,
      history: {
        ...stores.history,
        async append(id, entries) {
          const count = await stores.history.append(id, entries);
          if (entries.some((entry) => (entry as { type: string }).type === "ExecutionAborted")) stop.abort();
          return count;
        },
      },
    };
    const onEvent = ({ name, payload }: EventEnvelope) => {
      if (name === "state_completed" && String(payload.state_id).includes(".publish.")) cancel.abort(WHY);
    };
    const stopped = execution({ signal: stop.signal, cancel: cancel.signal, onEvent });
    expect(await executeRun(watched, runId, stopped)).toBe("interrupted");
    expect((await readRun(stores, runId)).record.phase).toBe("executing");
    expect(await executeRun(stores, runId, execution())).toBe("ended");
    expect((await readRun(stores, runId)).record).toMatchObject({ phase: "cancelled", isRolledBack: true });
  });
});

describe("a cancellation whose process is stopped while its workers end", () => {
  it("goes no further here, and leaves no thread behind", { timeout: TIMEOUT }, async () => {
    const runId = await submitted(manual);
    const stop = new AbortController();
    const onEvent = ({ name }: EventEnvelope) => {
      if (name === "recomp.run.cancel_requested") setImmediate(() => stop.abort());
    };
    expect(await executeRun(stores, runId, execution())).toBe("blocked");
    const ports = () => process.getActiveResourcesInfo().filter((name) => name === "MessagePort").length;
    const before = ports();
    const cancelled = execution({ signal: stop.signal, cancel: AbortSignal.abort(WHY), onEvent });
    expect(await executeRun(stores, runId, cancelled)).toBe("interrupted");
    const { record } = await readRun(stores, runId);
    for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect((await readRun(stores, runId)).record.seq).toBe(record.seq);
    expect(record.phase).not.toBe("cancelled");
    expect(ports()).toBe(before);
    expect(await executeRun(stores, runId, execution())).toBe("ended");
    expect((await readRun(stores, runId)).record.phase).toBe("cancelled");
  });
});

describe("a run that nobody may go on with before its execution has started", () => {
  it("ends with what kept it from listening for a cancellation", { timeout: TIMEOUT }, async () => {
    const runId = await submitted();
    const away = Object.assign(new Error("the disk is away"), { name: "IoError" });
    const failing: Stores = { ...stores, cancellations: { ...stores.cancellations, wait: () => Promise.reject(away) } };
    await expect(executeRun(failing, runId, execution())).rejects.toBe(away);
    expect(await executeRun(stores, runId, execution())).toBe("ended");
  });

  it("is left where it is when its process is stopped", { timeout: TIMEOUT }, async () => {
    const runId = await submitted();
    expect(await executeRun(stores, runId, execution({ signal: AbortSignal.abort() }))).toBe("interrupted");
    expect(await historyOf(runId)).toEqual([]);
    expect(await executeRun(stores, runId, execution())).toBe("ended");
  });
});
