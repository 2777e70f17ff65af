/** The thread that `runInWorker` starts. */

import { parentPort, workerData } from "node:worker_threads";
import { RecompilerError } from "../errors.ts";
import { hostClock, hostRandomness } from "./clocks.ts";
import { compileForSpeed } from "./compile-for-speed.ts";
import { runModule } from "./host.ts";
import { readHostFile } from "./host-file.ts";
import { hostFiles } from "./host-files.ts";
import type { WorkerAnswer, WorkerRun } from "./run-in-worker.ts";

async function answerTo({ module, start, isInterpreted, files, hostFile }: WorkerRun): Promise<WorkerAnswer> {
  try {
    const given = hostFile === undefined ? undefined : await readHostFile(hostFile);
    const world = { files: hostFiles(files), clock: hostClock, randomness: hostRandomness };
    const interpreter = isInterpreted ? await import("./interpreted-module.ts") : undefined;
    return { outcome: runModule(module, start, world, given, interpreter) };
  } catch (error) {
    const code = error instanceof RecompilerError ? error.code : undefined;
    return { failure: { code, message: error instanceof Error ? error.message : String(error) } };
  }
}

/** Calls that a report of a trap tells of. */
const MOST_FRAMES = 64;

compileForSpeed();
Error.stackTraceLimit = MOST_FRAMES;
parentPort?.postMessage(await answerTo(workerData as WorkerRun));
