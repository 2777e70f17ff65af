import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import type { ThreadData } from "./job.ts";
import { threadSource } from "./thread-source.ts";

/** Mebibytes of values, and of those just made. An evaluation that needs more ends its thread. */
const memory = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32 } as const;

/** Milliseconds beyond its time that an evaluation is left to end by itself, which costs less than to end its thread. */
export const GRACE_MS = 250;

/** Milliseconds in which a new thread has to be there. */
export const START_MS = 10_000;

export interface Thread {
  readonly worker: Worker;
  /** Takes jobs; gives "ready" and then the answers. */
  readonly port: MessagePort;
  /** Grows by one after each of those. */
  readonly answered: Int32Array<SharedArrayBuffer>;
}

/** Starts a thread that does not keep the process alive. */
export function startThread(): Thread {
  const { port1: port, port2 } = new MessageChannel();
  const answered = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(threadSource, {
    eval: true,
    name: "restep-expressions",
    workerData: { port: port2, answered } satisfies ThreadData,
    transferList: [port2],
    resourceLimits: memory,
    // Loaders of the process are not needed and would take as long as all the rest.
    execArgv: [],
    env: {},
  });
  worker.unref();
  return { worker, port, answered };
}

export function endThread({ worker, port }: Thread): void {
  port.close();
  void worker.terminate();
}
