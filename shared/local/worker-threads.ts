import { SHARE_ENV, Worker } from "node:worker_threads";
import type { FromWorker, ToWorker } from "./worker-protocol.ts";

/** A thread that serves handlers: to one owner after the other, and to nobody in between. */
export interface WorkerThread {
  /** Its modules are loaded: it can be told what to serve. */
  readonly isLoaded: boolean;
  tell(message: ToWorker): void;
  /** Ends it, whatever it does. */
  end(): Promise<unknown>;
}

export interface ThreadOwner {
  onMessage(message: FromWorker): void;
  /** Called once, when it has ended by itself. */
  onEnd(reason: string): void;
}

/** Starts worker threads, and keeps some that their owners need no more: to load the modules of one takes a tenth of a second. */
export interface WorkerThreads {
  /** A kept thread with this module, or a new one. It keeps the process alive until it is given back or ended. */
  take(entry: URL, owner: ThreadOwner): WorkerThread;
  /** Only one that has nothing to do any more, or has done nothing yet. */
  giveBack(thread: WorkerThread): Promise<void>;
  /** Ends those that are kept. */
  close(): Promise<void>;
}

/** A thread takes some 20 MB, and what its runs have left to be collected. */
const MOST_KEPT = 4;

interface KeptThread extends WorkerThread {
  readonly entry: string;
  readonly hasEnded: boolean;
  own(owner: ThreadOwner | undefined): void;
}

export function createWorkerThreads(mostKept: number = MOST_KEPT): WorkerThreads {
  /** The longest unused first. */
  const kept: KeptThread[] = [];
  const forget = (thread: KeptThread): void => {
    const index = kept.indexOf(thread);
    if (index >= 0) kept.splice(index, 1);
  };
  return {
    take(entry, owner) {
      const thread = kept.findLast((each) => each.entry === entry.href) ?? startThread(entry, forget);
      forget(thread);
      thread.own(owner);
      return thread;
    },
    async giveBack(given) {
      const thread = given as KeptThread;
      thread.own(undefined);
      if (!thread.hasEnded) kept.push(thread);
      if (kept.length > mostKept) await kept.shift()?.end();
    },
    async close() {
      await Promise.all(kept.splice(0).map((thread) => thread.end()));
    },
  };
}

/** @param onEnd told when it has ended by itself */
function startThread(entry: URL, onEnd: (thread: KeptThread) => void): KeptThread {
  // Its environment is the process's, as it is when it is looked at: a thread may serve long after its start.
  const worker = new Worker(entry, { env: SHARE_ENV });
  let owner: ThreadOwner | undefined;
  let isLoaded = false;
  let hasEnded = false;
  const thread: KeptThread = {
    entry: entry.href,
    get isLoaded() {
      return isLoaded;
    },
    get hasEnded() {
      return hasEnded;
    },
    tell: (message) => worker.postMessage(message),
    end: () => worker.terminate(),
    own(next) {
      owner = next;
      if (next === undefined) worker.unref();
      else worker.ref();
    },
  };
  const ended = (reason: string): void => {
    if (hasEnded) return;
    hasEnded = true;
    onEnd(thread);
    owner?.onEnd(reason);
  };
  worker.on("message", (message: FromWorker) => {
    if (message.type === "loaded") isLoaded = true;
    owner?.onMessage(message);
  });
  worker.on("error", (error) => ended(`the worker died: ${error.message}`));
  worker.on("exit", (code) => ended(`the worker exited with code ${code}`));
  return thread;
}
