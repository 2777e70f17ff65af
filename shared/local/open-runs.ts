import type { MapMode } from "../kernel/map-mode.ts";
import { createRuns } from "../runs/create-runs.ts";
import type { ExecutionControl } from "../runs/elsewhere.ts";
import type { StoresAt } from "../runs/executor.ts";
import type { Runs } from "../runs/runs.ts";
import { sha256 } from "../stores/digest.ts";
import { inspectStore, isSharedStore, openStores, storeFolder } from "../stores/open.ts";
import type { StoresOptions } from "../stores/ports.ts";
import { folderSubmission } from "./submission-folder.ts";

export interface RunsOptions extends Pick<StoresOptions, "onNotice" | "leaseTime" | "mustExist" | "asFound"> {
  /** Where the runs are: `file:PATH` or a plain path. Default: `.restep` */
  readonly store?: string;
  /** Worker threads that a run's handlers work in. Default: the cores. */
  readonly workers?: number;
  /** So many runs are carried out at once, the others wait for their turn, by their priority. Default: all at once. */
  readonly atOnce?: number;
  /** How runs that have come to no Map yet carry theirs out: what comes out is the same. Default: inline. */
  readonly maps?: MapMode;
  /** A variable of the environment, of those that a run config names, and RESTEP_SECRET_KEY. Default: the process's. */
  readonly environment?: (name: string) => string | undefined;
  /** Tells executions in Step Functions what was decided. Default: a person has to. */
  readonly elsewhere?: ExecutionControl;
}

/**
 * Opens the runs in a store, to be carried out on this machine: what the command line's verbs stand on.
 * @throws InvalidInputError for a URL of no store
 * @throws NotFoundError when there is no store and one must exist
 */
export async function openRuns(options: RunsOptions = {}): Promise<Runs> {
  const {
    store: url = ".restep",
    workers,
    maps,
    atOnce,
    environment = (name) => process.env[name],
    elsewhere,
    ...more
  } = options;
  const at: StoresAt = { url, stores: await openStores(url, more) };
  const execute = once(async () => (await import("./executor.ts")).localExecutor(environment, { workers, maps }));
  return createRuns({
    at,
    executionMode: isOnThisMachine(url) ? "local" : "hybrid",
    execute: async (...carrying) => (await execute())(...carrying),
    withScratch: async (use) => (await import("./scratch.ts")).withScratch(use),
    async definitionOf({ stateMachine }) {
      const { readStateMachine } = await import("./installation/package.ts");
      return sha256(await readStateMachine(stateMachine));
    },
    inspect: () => inspectStore(url),
    sourceAt: (manifestPath) => folderSubmission(manifestPath),
    environment,
    elsewhere,
    atOnce,
  });
}

/**
 * Submits to a store that is forgotten, for whoever wants to know before he makes one.
 * @throws as `start` of `Runs` does for what cannot be submitted
 */
export async function trySubmission(
  manifestPath: string,
  environment: (name: string) => string | undefined = (name) => process.env[name],
): Promise<void> {
  const { submit } = await import("../runs/submit.ts");
  await submit(await openStores("memory:"), folderSubmission(manifestPath), { environment });
}

/** Stores of memory are too. */
function isOnThisMachine(url: string): boolean {
  return storeFolder(url) !== undefined || !isSharedStore(url);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
