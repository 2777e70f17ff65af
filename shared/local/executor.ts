import { availableParallelism } from "node:os";
import { join } from "node:path";
import { timeSkippingClock } from "../asl/index.ts";
import type { MapMode } from "../kernel/map-mode.ts";
import { expectSameFlow } from "../kernel/run/same-flow.ts";
import type { Executor } from "../runs/executor.ts";
import { flowOfRun } from "../runs/flow-of-run.ts";
import { sha256 } from "../stores/digest.ts";
import { InvalidInputError } from "../stores/errors.ts";
import { isSharedStore, storeFolder } from "../stores/open.ts";
import { readBuildStamp } from "./installation/build-stamp.ts";
import { readStateMachine, workerEntry } from "./installation/package.ts";
import { executeRun } from "./run.ts";
import { createWorkerThreads } from "./worker-threads.ts";

/** Those of this process: the runs that it carries out share them, one after the other. */
const threads = createWorkerThreads();

/**
 * Carries runs out on this machine: handlers in worker threads, which open the stores themselves.
 * @param environment a variable of the process's environment: the threads are told those that a run may read
 * @param settings `workers`: threads, by default the cores; `maps`: how runs that have come to no Map yet carry theirs out
 * @throws InvalidInputError for stores that no thread can open but the one that has them
 */
export function localExecutor(
  environment: (name: string) => string | undefined,
  {
    workers = availableParallelism(),
    maps,
  }: { readonly workers?: number | undefined; readonly maps?: MapMode | undefined } = {},
): Executor {
  const build = readBuildStamp();
  // Heard where it is needed.
  build.catch(() => {});
  const execute: Executor = async (at, runId, { signal, cancel, onEvent, past }) => {
    const { url, stores } = at;
    if (!isSharedStore(url)) {
      throw new InvalidInputError("store", "one that worker threads can open too, such as file:PATH", url);
    }
    const folder = storeFolder(url);
    const log = folder === undefined ? {} : { log: join(folder, "runs", runId, "log.jsonl") };
    const kept = past === undefined ? log : { replay: { facts: past.facts } };
    const flow = await flowOfRun(stores, runId);
    const stateMachine = await readStateMachine(flow.stateMachine);
    if (past !== undefined) expectSameFlow(runId, past.begun, flow, sha256(stateMachine));
    return executeRun(stores, runId, {
      flow,
      stateMachine,
      maps,
      environment,
      worker: { entry: workerEntry, size: workers, threads, settings: { store: url, build: await build, ...kept } },
      signal,
      carryChildOn: (child) => execute(at, child, { signal }),
      ...(cancel === undefined ? {} : { cancel }),
      ...(onEvent === undefined ? {} : { onEvent }),
      ...(past === undefined ? {} : { clock: timeSkippingClock(), decisions: past.decisions }),
    });
  };
  return execute;
}
