/** A worker of local mode whose stores use the file system that fails. */

import { workerData } from "node:worker_threads";
import { serveLocalWorker } from "../../../functions/serve-local.ts";
import { openFileSystemStores } from "../../../shared/stores/filesystem/open.ts";
import { attemptProcesses } from "./attempt-processes.ts";
import { openDisk } from "./disk.ts";
import type { CrashWorkerSettings } from "./worker-settings.ts";

const settings = workerData as CrashWorkerSettings;

serveLocalWorker(settings, async (store) =>
  openFileSystemStores(store, {
    asFound: true,
    fileSystem: await openDisk(settings),
    processes: attemptProcesses(settings.crash.played),
  }),
);
