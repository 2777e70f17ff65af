/** Runs a recompiled program in a thread of its own: with a deep stack, and with nobody to disturb by blocking. */

import { Worker } from "node:worker_threads";
import { RecompilerError } from "../errors.ts";
import type { ProgramStart, RunOutcome } from "./host.ts";
import type { HostFilesOptions } from "./host-files.ts";

export interface WorkerRun {
  /** The linked module. */
  readonly module: Uint8Array;
  readonly start: ProgramStart;
  /** The code that is in the program's memory is interpreted, and none of what was lifted runs. */
  readonly isInterpreted?: boolean;
  /** What the program sees of the file system. Its standard streams are this process's. */
  readonly files: HostFilesOptions;
  /** Path of a file with functions and hooks that this process gives the program. It may do whatever the process may. */
  readonly hostFile?: string;
  /**
   * Mebibytes of host stack. Guest calls nest as host calls do, and a host frame is larger than the guest's: the default
   * of 256 lets most programs use up the 8 MiB that Linux gives them. Memory is taken only as it is used.
   */
  readonly stackMegabytes?: number;
}

const DEFAULT_STACK_MEGABYTES = 256;

/** Mebibytes of the host's own objects; the guest's memory is not among them. A program's kernel needs a few. */
const MOST_HEAP_MEGABYTES = 512;

/** What the thread answers. */
export type WorkerAnswer =
  | { readonly outcome: RunOutcome }
  /** The run failed for a reason that is not the guest's. */
  | { readonly failure: { readonly code: string | undefined; readonly message: string } };

/**
 * As built, also where this module runs from source, as its own ending tells: Node 20 takes no loader of TypeScript along into
 * threads, and to load one there takes longer than most programs.
 */
const BESIDE = import.meta.url.endsWith(".ts") ? "../../../dist/shared/recompiler/runtime/" : "./";
const ENTRY = new URL(`${BESIDE}worker-entry.js`, import.meta.url);

/**
 * Runs the program to its end. Output is written to this process's descriptors by the thread itself, so nothing is
 * buffered here.
 *
 * @throws RecompilerError as `runModule` does; `worker_failed` when the thread ends without an answer
 */
export function runInWorker(run: WorkerRun): Promise<RunOutcome> {
  const worker = new Worker(ENTRY, {
    workerData: run,
    resourceLimits: {
      stackSizeMb: run.stackMegabytes ?? DEFAULT_STACK_MEGABYTES,
      maxOldGenerationSizeMb: MOST_HEAP_MEGABYTES,
    },
  });
  return new Promise((resolve, reject) => {
    worker.once("message", (answer: WorkerAnswer) => {
      if ("outcome" in answer) resolve(answer.outcome);
      else reject(new RecompilerError(answer.failure.code ?? "worker_failed", answer.failure.message));
    });
    worker.once("error", (cause) => {
      reject(new RecompilerError("worker_failed", `program thread: ${String(cause)}`, { cause }));
    });
    worker.once("exit", (status) => {
      reject(new RecompilerError("worker_failed", `program thread: ended with ${status} before the program did`));
    });
  });
}
