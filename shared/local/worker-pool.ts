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

interface Slot {
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
  const slots = new Set<Slot>();
  const waiting: Job[] = [];
  /** Workers that were told to end: what they do to the world is over only then. */
  const ending = new Set<Promise<number>>();
  let lastId = 0;
  let closing: Promise<void> | undefined;

  const start = (): Slot => {
    const worker = new Worker(options.entry, { workerData: options.settings });
    const slot: Slot = { worker, isReady: false, job: undefined, onClosed: () => {} };
    worker.on("message", (message: FromWorker) => receive(slot, message));
    worker.on("error", (error) => fail(slot, `the worker died: ${error.message}`));
    worker.on("exit", (code) => fail(slot, `the worker exited with code ${code}`));
    slots.add(slot);
    return slot;
  };

  const receive = (slot: Slot, message: FromWorker): void => {
    switch (message.type) {
      case "ready":
        slot.isReady = true;
        dispatch();
        return;
      case "closed":
        slot.onClosed();
        return;
      case "output":
        settle(slot, (job) => job.resolve(message.output));
        return;
      case "error":
        settle(slot, (job) => job.reject(fromWireError(message.error)));
        return;
      case "question":
        void answer(slot, message);
    }
  };

  const answer = async (slot: Slot, question: FromWorker & { type: "question" }): Promise<void> => {
    const service = options.services[question.method] as ((...args: unknown[]) => Promise<unknown>) | undefined;
    let reply: ToWorker;
    try {
      if (service === undefined) throw new Error(`no service ${question.method}`);
      reply = { type: "answer", id: question.id, value: await service(...question.args) };
    } catch (error) {
      reply = { type: "refusal", id: question.id, error: toWireError(error) };
    }
    slot.worker.postMessage(reply);
  };

  const settle = (slot: Slot, end: (job: Job) => void): void => {
    const { job } = slot;
    slot.job = undefined;
    if (job !== undefined) end(job);
    dispatch();
  };

  const fail = (slot: Slot, reason: string): void => {
    if (!slots.delete(slot)) return;
    // One that dies while it loads had no call yet; without one to fail, a worker that cannot load would be tried for ever.
    slot.job ??= slot.isReady ? undefined : waiting.shift();
    settle(slot, (job) => job.reject(Object.assign(new Error(reason), { name: "Lambda.Unknown" })));
  };

  /** Hands calls to workers that are ready, and loads one ahead of need: that takes longer than most calls. */
  const dispatch = (): void => {
    if (closing !== undefined) return;
    const idle = [...slots].filter((slot) => slot.isReady && slot.job === undefined);
    while (waiting.length > 0 && idle.length > 0) {
      const job = waiting.shift()!;
      const slot = idle.shift()!;
      slot.job = job;
      slot.worker.postMessage({ type: "call", id: job.id, handler: job.handler, event: job.event } satisfies ToWorker);
    }
    let loading = [...slots].filter((slot) => !slot.isReady).length;
    for (; slots.size < options.size && idle.length + loading < Math.max(1, waiting.length); loading++) start();
  };

  const abandon = (job: Job, reason: unknown): void => {
    const index = waiting.indexOf(job);
    if (index >= 0) waiting.splice(index, 1);
    const slot = [...slots].find((each) => each.job === job);
    if (slot !== undefined) {
      slots.delete(slot);
      slot.job = undefined;
      const ended = slot.worker.terminate();
      ending.add(ended);
      void ended.finally(() => ending.delete(ended));
    }
    job.reject(reason instanceof Error ? reason : new Error("the call was aborted"));
    dispatch();
  };

  const cleanUp = (slot: Slot): Promise<void> =>
    new Promise((resolve) => {
      const cancel = timer.after(TO_CLOSE_MS, resolve);
      slot.onClosed = () => {
        cancel();
        resolve();
      };
      slot.worker.once("exit", slot.onClosed);
      slot.worker.postMessage({ type: "close" } satisfies ToWorker);
    });

  const end = async (slot: Slot): Promise<void> => {
    if (slot.isReady && slot.job === undefined) await cleanUp(slot);
    await slot.worker.terminate();
  };

  const closeAll = async (): Promise<void> => {
    const left = [...slots];
    slots.clear();
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
