/** The thread that `runInWorker` starts. */

import { setFlagsFromString } from "node:v8";
import { parentPort, workerData } from "node:worker_threads";
import { RecompilerError } from "../errors.ts";
import { hostClock, hostRandomness } from "./clocks.ts";
import { runModule } from "./host.ts";
import { hostFiles } from "./host-files.ts";
import type { WorkerAnswer, WorkerRun } from "./run-in-worker.ts";

/**
 * V8 does not replace a running loop's baseline code, so a program whose time goes into one call would never see the
 * optimising compiler: have it compile all code, before any of it runs.
 */
function compileForSpeed(): void {
  setFlagsFromString("--no-liftoff");
  setFlagsFromString("--no-wasm-lazy-compilation");
}

function answerTo({ module, start, files }: WorkerRun): WorkerAnswer {
  try {
    const world = { files: hostFiles(files), clock: hostClock, randomness: hostRandomness };
    return { outcome: runModule(module, start, world) };
  } catch (error) {
    const code = error instanceof RecompilerError ? error.code : undefined;
    return { failure: { code, message: error instanceof Error ? error.message : String(error) } };
  }
}

compileForSpeed();
parentPort?.postMessage(answerTo(workerData as WorkerRun));
