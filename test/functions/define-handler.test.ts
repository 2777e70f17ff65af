import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { defineHandler } from "../../functions/define-handler.ts";
import { putDocument } from "../../shared/kernel/documents.ts";
import { TransientIo } from "../../shared/kernel/errors.ts";
import { openStores } from "../../shared/stores/open.ts";
import { enter, place, started, state } from "../kernel/run/events.ts";
import { addOne, BEGUN, createTestRun, manualTimer, runId, settled, TEST_FLOW } from "../kernel/support.ts";
import { createSpanRecorder } from "../telemetry/span-recorder.ts";

/** A folder stands for a deployment's stores. */
vi.mock("../../shared/stores/open-deployed.ts", async () => ({
  openDeployedStores: (await import("../../shared/stores/open.ts")).openStores,
}));

/** As a state machine calls it. */
async function setUp(stage = addOne()) {
  const run = await createTestRun();
  const config = await putDocument(run.stores.artifacts, "manifest", { schema_version: 1 });
  const handler = defineHandler(stage);
  const call = (input: unknown, change: object = {}) =>
    handler({ run_id: runId, flow: TEST_FLOW.name, attempt: 0, config, input, ...change }, { world: run.world });
  return { ...run, call };
}

describe("a stage's handler", () => {
  it("answers a call with the stage's output, and records the attempt in the world it is given", async () => {
    const { call, record, names } = await setUp();
    expect(await call({ n: 1 })).toEqual({ sum: 2 });
    expect((await record()).steps.get(state("link"))?.state).toBe("succeeded");
    expect(await names()).toEqual(["state_entered", "recomp.run.stage.completed", "state_completed"]);
  });

  it("fails with the stage's error under its own name, which Retry and Catch match", async () => {
    const { call, names } = await setUp(
      addOne(() => {
        throw new TransientIo("the disk is away");
      }),
    );
    await expect(call({ n: 1 })).rejects.toMatchObject({ name: "TransientIo", message: "the disk is away" });
    expect(await names()).toEqual(["state_entered", "state_failed"]);
  });

  it("takes what waits for a person as well: the token is no part of the input", async () => {
    const { call } = await setUp();
    expect(await call({ n: 1 }, { task_token: "token" })).toEqual({ sum: 2 });
  });

  it("refuses a call that is none, and records nothing", async () => {
    const { call, names } = await setUp();
    await expect(call({ n: 1 }, { attempt: -1 })).rejects.toMatchObject({ name: "ValidationFailed" });
    expect(await names()).toEqual([]);
  });

  it("keeps nothing between calls: each is in the world it is called with", async () => {
    const handler = defineHandler(addOne());
    const worlds = await Promise.all([setUp(), setUp()]);
    for (const { stores, world } of worlds) {
      const config = await putDocument(stores.artifacts, "manifest", { schema_version: 1 });
      await handler({ run_id: runId, flow: TEST_FLOW.name, attempt: 0, config, input: { n: 1 } }, { world });
    }
    for (const { names } of worlds) expect(await names()).toHaveLength(3);
  });
});

describe("a handler whose chain is not the one of the lock", () => {
  afterEach(() => {
    vi.doUnmock("../../capabilities.lock.json");
    vi.resetModules();
  });

  it("does not start: it says what differs, and nothing is recorded", async () => {
    vi.resetModules();
    vi.doMock("../../capabilities.lock.json", () => ({
      default: { schema_version: 1, capabilities: [{ name: "trace", version: 1 }] },
    }));
    const { defineHandler: defineAnother } = await import("../../functions/define-handler.ts");
    const { names, stores, world } = await createTestRun();
    const config = await putDocument(stores.artifacts, "manifest", { schema_version: 1 });
    const call = { run_id: runId, attempt: 0, config, input: { n: 1 } };
    await expect(defineAnother(addOne())(call, { world })).rejects.toMatchObject({
      name: "ChainMismatch",
      message: expect.stringContaining("capabilities.lock.json, place 2: expected nothing, found metrics version 1"),
      retryable: false,
    });
    expect(await names()).toEqual([]);
  });
});

describe("a handler in Lambda", () => {
  /** As Lambda calls it, with so much time left. */
  async function inLambda(act?: Parameters<typeof addOne>[0], remaining = 5_000) {
    const timer = manualTimer();
    const recorder = createSpanRecorder();
    let flushes = 0;
    const tracer = { ...recorder, flush: async () => void flushes++ };
    const run = await createTestRun({ world: { timer, tracer } });
    const config = await putDocument(run.stores.artifacts, "manifest", { schema_version: 1 });
    const handler = defineHandler(addOne(act));
    const call = (awsRequestId: string) =>
      handler(
        { run_id: runId, flow: TEST_FLOW.name, attempt: 0, config, input: { n: 1 } },
        { world: run.world, awsRequestId, getRemainingTimeInMillis: () => remaining },
      );
    return { ...run, timer, call, spans: recorder.spans, flushes: () => flushes };
  }

  it("ends its attempt while there is time to record how, before Lambda ends the process", async () => {
    const { call, timer, names } = await inLambda(() => new Promise(() => {}));
    const ending = call("1");
    ending.catch(() => {});
    await settled();
    timer.advance(2_999);
    await settled();
    expect(await names()).toEqual(["state_entered"]);
    timer.advance(1);
    await expect(ending).rejects.toMatchObject({ name: "AttemptTimedOut" });
    expect(await names()).toEqual(["state_entered", "state_failed"]);
  });

  it("sends what it traced before it answers, whichever way that is", async () => {
    const answering = await inLambda();
    await answering.call("1");
    expect(answering.flushes()).toBe(1);
    const failing = await inLambda(() => {
      throw new TransientIo("the disk is away");
    });
    await expect(failing.call("1")).rejects.toThrow();
    expect(failing.flushes()).toBe(1);
  });

  it("answers although its spans cannot be sent", async () => {
    const { world, call } = await inLambda();
    Object.assign(world, { tracer: { ...world.tracer, flush: () => Promise.reject(new Error("no collector")) } });
    expect(await call("1")).toEqual({ sum: 2 });
  });

  it("says in its span which invocation it was, and whether the process was new", async () => {
    vi.resetModules();
    const fresh = await import("../../functions/define-handler.ts");
    const { world, stores, spans } = await inLambda();
    const config = await putDocument(stores.artifacts, "manifest", { schema_version: 1 });
    const handler = fresh.defineHandler(addOne(undefined, { name: "lift" }));
    for (const shard of [0, 1]) {
      const call = { run_id: runId, flow: TEST_FLOW.name, attempt: 0, config, shard, input: { n: 1 } };
      await handler(call, { world, awsRequestId: `request-${shard}` });
    }
    expect(spans.map(({ attributes }) => [attributes["faas.invocation_id"], attributes["faas.coldstart"]])).toEqual([
      ["request-0", true],
      ["request-1", false],
    ]);
  });
});

describe("a handler without a world", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.resetModules();
  });
  /** The world of a process is opened once, so each test needs a process of its own, as far as modules go. */
  const freshHandler = async () => {
    vi.resetModules();
    return (await import("../../functions/define-handler.ts")).defineHandler(addOne());
  };

  it("says which environment variable is missing", async () => {
    vi.stubEnv("RESTEP_STORE", undefined);
    const handler = await freshHandler();
    await expect(handler({}, {})).rejects.toThrow(/RESTEP_STORE: expected the URL of the stores, \S+, found nothing/);
  });

  /** A store on disk with a run whose state `plan` was entered, and the call of the next one. */
  async function onDisk(act: (store: { folder: string; call: object; headAfter(): Promise<number> }) => Promise<void>) {
    const folder = await mkdtemp(join(tmpdir(), "restep-handler-"));
    try {
      const stores = await openStores(folder);
      await stores.runs.create(runId, {});
      const config = await putDocument(stores.artifacts, "manifest", { schema_version: 1 });
      const begun = [started(), ...BEGUN.slice(1), enter("plan")];
      const events = begun.map((row) => {
        const { run_id: _run, seq: _seq, event_id: _id, prev: _prev, ...event } = place(row, 1);
        return event;
      });
      await stores.events.append(runId, 0, events);
      await stores.close();
      vi.stubEnv("RESTEP_LOG_LEVEL", "silent");
      await act({
        folder,
        call: { run_id: runId, flow: "recompile", attempt: 0, config, input: { n: 1 } },
        async headAfter() {
          const after = await openStores(folder);
          const { seq } = await after.events.head(runId);
          await after.close();
          return seq - begun.length;
        },
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  it("works on the stores that the environment names", async () => {
    await onDisk(async ({ folder, call, headAfter }) => {
      vi.stubEnv("RESTEP_STORE", folder);
      const handler = await freshHandler();
      expect(await handler(call, {})).toEqual({ sum: 2 });
      expect(await headAfter()).toBe(3);
    });
  });

  it("connects again with the next call where it could not, and then no more", async () => {
    await onDisk(async ({ folder, call }) => {
      vi.stubEnv("RESTEP_STORE", undefined);
      const handler = await freshHandler();
      await expect(handler(call, {})).rejects.toThrow(/RESTEP_STORE/);
      vi.stubEnv("RESTEP_STORE", folder);
      expect(await handler(call, {})).toEqual({ sum: 2 });
      vi.stubEnv("RESTEP_STORE", undefined);
      expect(await handler(call, {})).toEqual({ sum: 2 });
    });
  });
});
