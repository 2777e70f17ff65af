import { timeSkippingClock } from "../../../shared/asl/index.ts";
import type { RunId } from "../../../shared/contracts/ids.ts";
import type { BuildStamp } from "../../../shared/contracts/provenance.ts";
import { readStateMachine } from "../../../shared/local/installation/package.ts";
import { executeRun } from "../../../shared/local/run.ts";
import { folderSubmission } from "../../../shared/local/submission-folder.ts";
import { createWorkerThreads } from "../../../shared/local/worker-threads.ts";
import { submit } from "../../../shared/runs/submit.ts";
import { RECOMPILE } from "../../../shared/stages/flows.ts";
import { folderArtifacts } from "../../../shared/stores/filesystem/folder-artifacts.ts";
import { openFileSystemStores } from "../../../shared/stores/filesystem/open.ts";
import { attemptProcesses } from "./attempt-processes.ts";
import { openDisk } from "./disk.ts";
import { COUNTERS_SIZE, type Fault, faultCounter, type Operations } from "./faults.ts";
import { JOURNAL_CLOCK_SIZE } from "./journal.ts";
import { CRASH_TEST } from "./subject.ts";
import type { CrashWorkerSettings } from "./worker-settings.ts";

/** One process's work on the run: submit it if need be, take it as far as it goes, let go of it. */
export interface AttemptJob {
  readonly store: string;
  readonly runId: RunId;
  readonly manifest: string;
  readonly workers: number;
  readonly build: BuildStamp;
  readonly fault?: Fault;
  readonly tracePath: string;
  /** Set where the process that does it goes on: it is then taken for one of its own, that ends with the attempt. */
  readonly played?: number;
  /** Module that says what disk there is below the faults. */
  readonly disk?: string;
  /** Folder in which to write down what is done to the disk. */
  readonly journal?: string;
}

export interface AttemptReport {
  readonly outcome: "ended" | "blocked" | "interrupted" | "failed";
  /** Of an attempt that failed. */
  readonly error?: { readonly name: string; readonly message: string };
  readonly operations: Operations;
}

export async function attempt(job: AttemptJob): Promise<AttemptReport> {
  const { store, fault, tracePath, played, disk, journal } = job;
  const shared = {
    counters: new SharedArrayBuffer(COUNTERS_SIZE),
    tracePath,
    ...(fault === undefined ? {} : { fault }),
  };
  const settings: Omit<CrashWorkerSettings, "variables"> = {
    store,
    build: job.build,
    crash: {
      ...shared,
      ...(played === undefined ? {} : { played }),
      ...(disk === undefined ? {} : { disk }),
      ...(journal === undefined
        ? {}
        : { journal: { folder: journal, clock: new SharedArrayBuffer(JOURNAL_CLOCK_SIZE) } }),
    },
  };
  const counter = faultCounter(shared);
  try {
    const outcome = await carryOn(job, settings);
    return { outcome, operations: counter.operations() };
  } catch (error) {
    const { name, message } = error as Error;
    return { outcome: "failed", error: { name, message }, operations: counter.operations() };
  }
}

/** The subject waits for approval before it is published. */
const DECISIONS = new Map([
  ["publish", { decision: "approved", reason: "it is the subject of a crash test", by: CRASH_TEST }],
] as const);

async function carryOn(
  { store, runId, manifest, workers }: AttemptJob,
  settings: Omit<CrashWorkerSettings, "variables">,
) {
  const fileSystem = await openDisk(settings);
  const stores = await openFileSystemStores(store, { fileSystem, processes: attemptProcesses(settings.crash.played) });
  try {
    if (!(await stores.runs.has(runId))) {
      await submit(
        stores,
        folderSubmission(manifest, (folder) => folderArtifacts(folder, fileSystem)),
      );
    }
    return await executeRun(stores, runId, {
      flow: RECOMPILE,
      stateMachine: await readStateMachine(RECOMPILE.stateMachine),
      worker: {
        entry: new URL("./worker.js", import.meta.url),
        size: workers,
        threads: createWorkerThreads(0),
        settings,
      },
      environment: (name) => process.env[name],
      signal: new AbortController().signal,
      carryChildOn: async () => expectNoChild(),
      clock: timeSkippingClock(),
      decisions: DECISIONS,
    });
  } finally {
    await stores.close();
  }
}

function expectNoChild(): never {
  throw new Error("expected a subject without child runs, found one that has them");
}
