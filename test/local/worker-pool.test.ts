import { afterEach, describe, expect, it } from "vitest";
import type { Timer } from "../../shared/kernel/clock.ts";
import { createWorkerPool, type Services, type WorkerPool } from "../../shared/local/worker-pool.ts";
import { deferred, manualTimer, settled } from "../kernel/support.ts";

function moduleOf(code: string): URL {
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

/** A worker in plain JavaScript that speaks the pool's protocol. Only the first ever loads, where they are counted. */
const entry = moduleOf(`
    import { parentPort, workerData } from "node:worker_threads";
    const isFirst = workerData.started === undefined || Atomics.add(new Int32Array(workerData.started), 0, 1) === 0;
    const handlers = {
      double: (n) => ({ output: n * 2 }),
      fail: () => {
        const info = { name: "HardGateFailed", code: "hard_gate_failed", category: "gate", retryable: false };
        return { error: { info: { ...info, message: "no", details: { report: "r" } }, stack: "at the gate" } };
      },
      die: () => process.exit(7),
      hang: () => undefined,
      ask: () => void parentPort.postMessage({ type: "question", id: 1, method: "time", args: [] }),
    };
    let asking;
    if (isFirst) parentPort.postMessage({ type: "ready" });
    parentPort.on("message", (message) => {
      if (!isFirst) return;
      if (message.type === "close") {
        parentPort.postMessage({ type: "question", id: 2, method: "told", args: [] });
        if (workerData.isSilent !== true) parentPort.postMessage({ type: "closed" });
        return;
      }
      if (message.type !== "call") {
        parentPort.postMessage({ type: "output", id: asking, output: message.value ?? message.error.info.message });
        return;
      }
      asking = message.id;
      const result = handlers[message.handler](message.event);
      if (result?.output !== undefined) parentPort.postMessage({ type: "output", id: message.id, output: result.output });
      if (result?.error !== undefined) parentPort.postMessage({ type: "error", id: message.id, error: result.error });
    });
`);
const never = new AbortController().signal;
const pools: WorkerPool[] = [];

const settings = { store: "none", build: { restep_version: "0", state_machines: {} }, variables: {} };

function pool(
  size = 2,
  services: Services = {},
  changed: { entry?: URL; settings?: typeof settings; timer?: Timer } = {},
): WorkerPool {
  const made = createWorkerPool({ entry, size, settings, services, ...changed });
  pools.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((each) => each.close()));
});

describe("the worker pool", () => {
  it("answers more calls than it has workers", async () => {
    const { call } = pool();
    const outputs = await Promise.all([1, 2, 3, 4, 5].map((n) => call("double", n, never)));
    expect(outputs).toEqual([2, 4, 6, 8, 10]);
  });

  it("gives no call to a worker that is still loading", async () => {
    const counted = { ...settings, started: new SharedArrayBuffer(4) };
    const { call } = pool(2, {}, { settings: counted });
    const outputs = await Promise.all([1, 2, 3].map((n) => call("double", n, never)));
    expect(outputs).toEqual([2, 4, 6]);
  });

  it("says Lambda.Unknown for each call when workers cannot load", async () => {
    const { call } = pool(2, {}, { entry: moduleOf(`throw new Error("no such part")`) });
    const ends = await Promise.allSettled([call("double", 1, never), call("double", 2, never)]);
    for (const end of ends) {
      expect(end).toMatchObject({ reason: { name: "Lambda.Unknown", message: "the worker died: no such part" } });
    }
  });

  it("throws a handler's error under its own name, with what is recorded of it and where it was thrown", async () => {
    await expect(pool().call("fail", null, never)).rejects.toMatchObject({
      name: "HardGateFailed",
      message: "no",
      code: "hard_gate_failed",
      category: "gate",
      retryable: false,
      details: { report: "r" },
      stack: "at the gate",
    });
  });

  it("says Lambda.Unknown when a worker dies, and goes on with another", async () => {
    const { call } = pool(1);
    await expect(call("die", null, never)).rejects.toMatchObject({ name: "Lambda.Unknown" });
    expect(await call("double", 4, never)).toBe(8);
  });

  it("ends the worker of an aborted call and frees its place", async () => {
    const { call } = pool(1);
    const abort = new AbortController();
    const hanging = call("hang", null, abort.signal);
    abort.abort(new Error("timed out"));
    await expect(hanging).rejects.toThrow("timed out");
    expect(await call("double", 3, never)).toBe(6);
  });

  it("takes an aborted call out of the queue without touching the worker that is busy", async () => {
    const { call } = pool(1);
    const first = call("double", 1, never);
    const abort = new AbortController();
    const second = call("double", 2, abort.signal);
    abort.abort(new Error("stopped"));
    await expect(second).rejects.toThrow("stopped");
    expect(await first).toBe(2);
  });

  it("answers a worker's question with a service of the main thread", async () => {
    const { call } = pool(1, { time: async () => "noon" });
    expect(await call("ask", null, never)).toBe("noon");
  });

  it("refuses a question that no service answers", async () => {
    expect(await pool(1).call("ask", null, never)).toBe("no service time");
  });
});

describe("closing the pool", () => {
  const closable = async (isSilent = false) => {
    const timer = manualTimer();
    const told = deferred();
    const times: number[] = [];
    const services = {
      async told() {
        times.push(timer.now());
        told.resolve();
      },
    };
    const changed = { ...settings, isSilent };
    const made = pool(1, services, { settings: changed, timer });
    await made.call("double", 1, never);
    return { ...made, timer, told: told.promise, times };
  };

  it("has an idle worker clean up before it ends", async () => {
    const { close, times, timer } = await closable();
    await close();
    expect(times).toEqual([0]);
    expect(timer.waiting).toBe(0);
  });

  it("ends a worker that does not answer when its time is up, not before", async () => {
    const { close, told, timer } = await closable(true);
    let isOver = false;
    const closing = close().then(() => {
      isOver = true;
    });
    await told;
    timer.advance(499);
    await settled();
    expect(isOver).toBe(false);
    timer.advance(1);
    await closing;
    expect(timer.waiting).toBe(0);
  });

  it("ends a busy worker at once and tells it nothing: it may write no more", async () => {
    const { call, close, times, timer } = await closable(true);
    void call("hang", null, never);
    await close();
    expect(times).toEqual([]);
    expect(timer.waiting).toBe(0);
  });

  it("is over for whoever closes it again when it is over", async () => {
    const { close, told, timer } = await closable(true);
    const order: string[] = [];
    const both = [close().then(() => order.push("first")), close().then(() => order.push("second"))];
    await told;
    await settled();
    expect(order).toEqual([]);
    timer.advance(500);
    await Promise.all(both);
    expect(order).toEqual(["first", "second"]);
  });
});
