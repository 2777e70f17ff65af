import { Worker } from "node:worker_threads";
import { systemTimer, type Timer } from "../kernel/clock.ts";
import { type FromWorker, fromWireError, type ToWorker, toWireError, type WorkerSettings } from "./worker-protocol.ts";

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
   * Has idle workers clean up and ends them all. A busy one is ended as it is, like a process that dies: what it would still
   * write might come behind the run's lease. Resolves when nothing that was called works any more.
   */
  close(): Promise<void>;
}

interface PooledWorker {
  readonly worker: Worker;
  /** Its modules are loaded: what it is given it begins at once. */
  isReady: boolean;
  job: Job | undefined;
  /** Called when it has cleaned up. */
  onClosed: () => void;
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
  timer?: Timer;
}): WorkerPool {
  const { timer = systemTimer } = options;
  const workers = new Set<PooledWorker>();
  const waiting: Job[] = [];
  /** Workers that were told to end: what they do to the world is over only then. */
  const ending = new Set<Promise<number>>();
  let lastId = 0;
  let closing: Promise<void> | undefined;

  const start = (): PooledWorker => {
    const worker = new Worker(options.entry, { workerData: options.settings });
    const pooled: PooledWorker = { worker, isReady: false, job: undefined, onClosed: () => {} };
    worker.on("message", (message: FromWorker) => receive(pooled, message));
    worker.on("error", (error) => fail(pooled, `the worker died: ${error.message}`));
    worker.on("exit", (code) => fail(pooled, `the worker exited with code ${code}`));
    workers.add(pooled);
    return pooled;
  };

  const receive = (pooled: PooledWorker, message: FromWorker): void => {
    switch (message.type) {
      case "ready":
        pooled.isReady = true;
        dispatch();
        return;
      case "closed":
        pooled.onClosed();
        return;
      case "output":
        settle(pooled, (job) => job.resolve(message.output));
        return;
      case "error":
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
    pooled.worker.postMessage(reply);
  };

  const settle = (pooled: PooledWorker, end: (job: Job) => void): void => {
    const { job } = pooled;
    pooled.job = undefined;
    if (job !== undefined) end(job);
    dispatch();
  };

  const fail = (pooled: PooledWorker, reason: string): void => {
    if (!workers.delete(pooled)) return;
    // One that dies while it loads had no call yet; without one to fail, a worker that cannot load would be tried for ever.
    pooled.job ??= pooled.isReady ? undefined : waiting.shift();
    settle(pooled, (job) => job.reject(Object.assign(new Error(reason), { name: "Lambda.Unknown" })));
  };

  /** Hands calls to workers that are ready, and loads one ahead of need: that takes longer than most calls. */
  const dispatch = (): void => {
    if (closing !== undefined) return;
    const idle = [...workers].filter((pooled) => pooled.isReady && pooled.job === undefined);
    while (waiting.length > 0 && idle.length > 0) {
      const job = waiting.shift()!;
      const pooled = idle.shift()!;
      pooled.job = job;
      pooled.worker.postMessage({
        type: "call",
        id: job.id,
        handler: job.handler,
        event: job.event,
      } satisfies ToWorker);
    }
    let loading = [...workers].filter((pooled) => !pooled.isReady).length;
    for (; workers.size < options.size && idle.length + loading < Math.max(1, waiting.length); loading++) start();
  };

  const abandon = (job: Job, reason: unknown): void => {
    const index = waiting.indexOf(job);
    if (index >= 0) waiting.splice(index, 1);
    const pooled = [...workers].find((each) => each.job === job);
    if (pooled !== undefined) {
      workers.delete(pooled);
      pooled.job = undefined;
      const ended = pooled.worker.terminate();
      ending.add(ended);
      void ended.finally(() => ending.delete(ended));
    }
    job.reject(reason instanceof Error ? reason : new Error("the call was aborted"));
    dispatch();
  };

  const cleanUp = (pooled: PooledWorker): Promise<void> =>
    new Promise((resolve) => {
      const cancel = timer.after(TO_CLOSE_MS, resolve);
      pooled.onClosed = () => {
        cancel();
        resolve();
      };
      pooled.worker.once("exit", pooled.onClosed);
      pooled.worker.postMessage({ type: "close" } satisfies ToWorker);
    });

  const end = async (pooled: PooledWorker): Promise<void> => {
    if (pooled.isReady && pooled.job === undefined) await cleanUp(pooled);
    await pooled.worker.terminate();
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
