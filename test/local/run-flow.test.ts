import { describe, expect, it } from "vitest";
import { PrincipalId } from "../../shared/contracts/ids.ts";
import { executeRun } from "../../shared/local/run.ts";
import { createWorkerThreads } from "../../shared/local/worker-threads.ts";
import { createMemoryStores } from "../../shared/stores/memory/open.ts";
import { through } from "../kernel/run/events.ts";
import { BEGUN, runId, TEST_FLOW, unplaced } from "../kernel/support.ts";

describe("a run that was begun under another definition", () => {
  it("is refused, and nothing is written to it", async () => {
    const stores = createMemoryStores();
    await stores.runs.create(runId, {});
    const events = [...BEGUN, ...through("link")].map(unplaced);
    await stores.events.append(runId, 0, events);
    const execution = {
      flow: TEST_FLOW,
      stateMachine: "{}",
      worker: {
        // Refused before any worker is started.
        entry: new URL("file:///no-such-worker.js"),
        size: 1,
        threads: createWorkerThreads(),
        settings: { store: "memory:", build: { restep_version: "0", state_machines: {} } },
      },
      environment: () => undefined,
      signal: new AbortController().signal,
      carryChildOn: () => Promise.reject(new Error("it has no child runs")),
      onEvent: () => {},
    };
    await expect(executeRun(stores, runId, execution)).rejects.toMatchObject({ name: "FlowChanged" });
    expect((await stores.events.head(runId)).seq).toBe(events.length);
    // The lease is given back.
    await (await stores.leases.acquire(runId, PrincipalId.parse("test"))).release();
  });
});
