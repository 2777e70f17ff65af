import { afterEach, describe, expect, it, vi } from "vitest";
import type { Timer } from "../../shared/kernel/clock.ts";
import { createWorkerPool, type Services, type WorkerPool } from "../../shared/local/worker-pool.ts";
import { createWorkerThreads, type WorkerThread, type WorkerThreads } from "../../shared/local/worker-threads.ts";
import { deferred, manualTimer, settled } from "../kernel/support.ts";

function moduleOf(code: string): URL {
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

/** A worker in plain JavaScript that speaks the pool's protocol. Only the first is ever ready, where they are counted. */
const entry = moduleOf(`
    import { parentPort, threadId } from "node:worker_threads";
    const handlers = {
      double: (n) => ({ output: n * 2 }),
      thread: () => ({ output: threadId }),
      variable: (name) => ({ output: String(process.env[name]) }),
      fail: () => {
        const info = { name: "HardGateFailed", code: "hard_gate_failed", category: "gate", retryable: false };
        return { error: { info: { ...info, message: "no", details: { report: "r" } }, stack: "at the gate" } };
      },
      die: () => process.exit(7),
      hang: () => undefined,
      ask: () => void parentPort.postMessage({ type: "question", id: 1, method: "time", args: [] }),
    };
    let asking;
    let settings;
    parentPort.on("message", (message) => {
      if (message.type === "open") {
        settings = message.settings;
        const { started } = settings;
        if (started === undefined || Atomics.add(new Int32Array(started), 0, 1) === 0) parentPort.postMessage({ type: "ready" });
        return;
      }
      if (message.type === "close") {
        parentPort.postMessage({ type: "question", id: 2, method: "told", args: [] });
        const { isSilent, isReusable = true } = settings;
        if (isSilent !== true) parentPort.postMessage({ type: "closed", isReusable });
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
    parentPort.postMessage({ type: "loaded" });
`);
const never = new AbortController().signal;
const pools: WorkerPool[] = [];
let threads = createWorkerThreads();

const settings = { store: "none", build: { restep_version: "0", state_machines: {} }, variables: {} };

function pool(
  size = 2,
  services: Services = {},
  changed: { entry?: URL; settings?: typeof settings; timer?: Timer } = {},
): WorkerPool {
  const made = createWorkerPool({ entry, size, settings, services, threads, ...changed });
  pools.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((each) => each.close()));
  await threads.close();
  threads = createWorkerThreads();
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

describe("threads that are kept", () => {
  /** The thread that a new pool's call works in. */
  const threadNow = (changed: Parameters<typeof pool>[2] = {}) => pool(1, {}, changed).call("thread", null, never);
  const closed = async (made: WorkerPool) => {
    const thread = await made.call("thread", null, never);
    await made.close();
    return thread;
  };

  it("serve the next pool, which tells them what it is about", async () => {
    const first = await closed(pool(1));
    expect(await threadNow()).toBe(first);
  });

  it("serve one pool at a time", async () => {
    const first = await threadNow();
    expect(await threadNow()).not.toBe(first);
  });

  it("are those whose module is the same", async () => {
    const first = await closed(pool(1));
    const other = moduleOf(`${decodeURIComponent(entry.pathname.slice("text/javascript,".length))}; "another"`);
    expect(await threadNow({ entry: other })).not.toBe(first);
    expect(await threadNow()).toBe(first);
  });

  it("see the variables of the process as they are now", async () => {
    await closed(pool(1));
    vi.stubEnv("RESTEP_TEST_VARIABLE", "now");
    try {
      expect(await pool(1).call("variable", "RESTEP_TEST_VARIABLE", never)).toBe("now");
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("are kept while they load, when nobody has asked for anything", async () => {
    const taken: WorkerThread[] = [];
    const counted: WorkerThreads = {
      ...threads,
      take: (...args) => {
        const thread = threads.take(...args);
        taken.push(thread);
        return thread;
      },
    };
    await createWorkerPool({ entry, size: 1, settings, services: {}, threads: counted }).close();
    const next = createWorkerPool({ entry, size: 1, settings, services: {}, threads: counted });
    pools.push(next);
    expect(await next.call("double", 2, never)).toBe(4);
    expect(taken[1]).toBe(taken[0]);
  });

  const UNSOUND: Readonly<Record<string, (made: WorkerPool) => Promise<unknown>>> = {
    "a call of it failed": ({ call }) => call("fail", null, never).catch(() => {}),
    "it works yet": async ({ call }) => void call("hang", null, never),
  };
  it.each(Object.entries(UNSOUND))("are not kept when %s", async (_, use) => {
    const made = pool(1);
    const first = await made.call("thread", null, never);
    await use(made);
    await made.close();
    expect(await threadNow()).not.toBe(first);
  });

  it("are not kept when they say that something is left, or say nothing", async () => {
    const left = await closed(pool(1, {}, { settings: { ...settings, isReusable: false } as typeof settings }));
    expect(await threadNow()).not.toBe(left);
    const timer = manualTimer();
    const told = deferred();
    const made = pool(
      1,
      { told: async () => told.resolve() },
      { settings: { ...settings, isSilent: true } as typeof settings, timer },
    );
    const silent = await made.call("thread", null, never);
    const closing = made.close();
    await told.promise;
    timer.advance(500);
    await closing;
    expect(await threadNow()).not.toBe(silent);
  });

  it("are so many at most: the one that was used last is kept", async () => {
    threads = createWorkerThreads(1);
    const two = [pool(1), pool(1)] as const;
    const first = await two[0].call("thread", null, never);
    const second = await two[1].call("thread", null, never);
    await two[0].close();
    await two[1].close();
    expect(await threadNow()).toBe(second);
    expect(await threadNow()).not.toBe(first);
  });
});
