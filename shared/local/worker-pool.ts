import { systemTimer, type Timer } from "../kernel/clock.ts";
import { type FromWorker, fromWireError, type ToWorker, toWireError, type WorkerSettings } from "./worker-protocol.ts";
import type { WorkerThread, WorkerThreads } from "./worker-threads.ts";

/** Services of the main thread that handlers in workers may ask for, by name. */
export type Services = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;

/** Runs handlers in worker threads, as Lambda would run them in containers. */
export interface WorkerPool {
  /**
   * Calls a handler on a free worker; waits for one when all are busy. Aborting ends the worker that runs it.
   * @throws the handler's error under its own name, or `Lambda.Unknown` when the worker died
   */
  call(handler: string, event: unknown, signal: AbortSignal): Promise<unknown>;
  /**
   * Has idle workers clean up, and gives their threads back where nothing went wrong in them. A busy one is ended as it is, like a
   * process that dies: what it would still write might come behind the run's lease. Resolves when nothing that was called works any
   * more.
   */
  close(): Promise<void>;
}

interface PooledWorker {
  readonly thread: WorkerThread;
  /** `ready`: what it is given it begins at once. */
  state: "loading" | "opening" | "ready";
  job: Job | undefined;
  /** No call of it failed: what a failed one began may still go on. */
  isSound: boolean;
  /** Called when it has cleaned up, or has ended. */
  onClosed: (isReusable: boolean) => void;
}

interface Job {
  readonly id: number;
  readonly handler: string;
  readonly event: unknown;
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** For a worker to clean up. One that computes what nobody waits for any more does not hear that it should. */
const TO_CLOSE_MS = 500;

export function createWorkerPool(options: {
  entry: URL;
  size: number;
  settings: WorkerSettings;
  services: Services;
  threads: WorkerThreads;
  timer?: Timer;
}): WorkerPool {
  const { threads, timer = systemTimer } = options;
  const workers = new Set<PooledWorker>();
  const waiting: Job[] = [];
  /** Workers that were told to end: what they do to the world is over only then. */
  const ending = new Set<Promise<unknown>>();
  let lastId = 0;
  let closing: Promise<void> | undefined;

  const start = (): void => {
    const thread = threads.take(options.entry, {
      onMessage: (message) => receive(pooled, message),
      onEnd: (reason) => fail(pooled, reason),
    });
    const pooled: PooledWorker = { thread, state: "loading", job: undefined, isSound: true, onClosed: () => {} };
    workers.add(pooled);
    if (thread.isLoaded) open(pooled);
  };

  const open = (pooled: PooledWorker): void => {
    pooled.state = "opening";
    pooled.thread.tell({ type: "open", settings: options.settings });
  };

  const receive = (pooled: PooledWorker, message: FromWorker): void => {
    switch (message.type) {
      case "loaded":
        open(pooled);
        return;
      case "ready":
        pooled.state = "ready";
        dispatch();
        return;
      case "closed":
        pooled.onClosed(message.isReusable);
        return;
      case "output":
        settle(pooled, (job) => job.resolve(message.output));
        return;
      case "error":
        pooled.isSound = false;
        settle(pooled, (job) => job.reject(fromWireError(message.error)));
        return;
      case "question":
        void answer(pooled, message);
    }
  };

  const answer = async (pooled: PooledWorker, question: FromWorker & { type: "question" }): Promise<void> => {
    const service = options.services[question.method] as ((...args: unknown[]) => Promise<unknown>) | undefined;
    let reply: ToWorker;
    try {
      if (service === undefined) throw new Error(`no service ${question.method}`);
      reply = { type: "answer", id: question.id, value: await service(...question.args) };
    } catch (error) {
      reply = { type: "refusal", id: question.id, error: toWireError(error) };
    }
    pooled.thread.tell(reply);
  };

  const settle = (pooled: PooledWorker, end: (job: Job) => void): void => {
    const { job } = pooled;
    pooled.job = undefined;
    if (job !== undefined) end(job);
    dispatch();
  };

  const fail = (pooled: PooledWorker, reason: string): void => {
    pooled.onClosed(false);
    if (!workers.delete(pooled)) return;
    // One that dies while it loads had no call yet; without one to fail, a worker that cannot load would be tried for ever.
    pooled.job ??= pooled.state === "ready" ? undefined : waiting.shift();
    settle(pooled, (job) => job.reject(Object.assign(new Error(reason), { name: "Lambda.Unknown" })));
  };

  /** Hands calls to workers that are ready, and loads one ahead of need: that takes longer than most calls. */
  const dispatch = (): void => {
    if (closing !== undefined) return;
    const idle = [...workers].filter((pooled) => pooled.state === "ready" && pooled.job === undefined);
    while (waiting.length > 0 && idle.length > 0) {
      const job = waiting.shift()!;
      const pooled = idle.shift()!;
      pooled.job = job;
      pooled.thread.tell({ type: "call", id: job.id, handler: job.handler, event: job.event });
    }
    let loading = [...workers].filter((pooled) => pooled.state !== "ready").length;
    for (; workers.size < options.size && idle.length + loading < Math.max(1, waiting.length); loading++) start();
  };

  const abandon = (job: Job, reason: unknown): void => {
    const index = waiting.indexOf(job);
    if (index >= 0) waiting.splice(index, 1);
    const pooled = [...workers].find((each) => each.job === job);
    if (pooled !== undefined) {
      workers.delete(pooled);
      pooled.job = undefined;
      const ended = pooled.thread.end();
      ending.add(ended);
      void ended.finally(() => ending.delete(ended));
    }
    job.reject(reason instanceof Error ? reason : new Error("the call was aborted"));
    dispatch();
  };

  /** @returns whether its thread may serve another run */
  const cleanUp = (pooled: PooledWorker): Promise<boolean> =>
    new Promise((resolve) => {
      const cancel = timer.after(TO_CLOSE_MS, () => resolve(false));
      pooled.onClosed = (isReusable) => {
        cancel();
        resolve(isReusable && pooled.isSound);
      };
      pooled.thread.tell({ type: "close" });
    });

  const end = async (pooled: PooledWorker): Promise<void> => {
    const mayServe = pooled.state === "loading" || (pooled.job === undefined && (await cleanUp(pooled)));
    await (mayServe ? threads.giveBack(pooled.thread) : pooled.thread.end());
  };

  const closeAll = async (): Promise<void> => {
    const left = [...workers];
    workers.clear();
    await Promise.all([...ending, ...left.map(end)]);
  };

  // The first worker loads while the run is being set up.
  dispatch();
  return {
    call(handler, event, signal) {
      return new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const onAbort = () => abandon(job, signal.reason);
        const settled =
          <T>(end: (value: T) => void) =>
          (value: T) => {
            signal.removeEventListener("abort", onAbort);
            end(value);
          };
        const job: Job = { id: ++lastId, handler, event, resolve: settled(resolve), reject: settled(reject) };
        signal.addEventListener("abort", onAbort, { once: true });
        waiting.push(job);
        dispatch();
      });
    },
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}
