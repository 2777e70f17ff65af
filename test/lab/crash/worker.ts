/** A worker of local mode whose stores use the file system that fails. */

import { serveLocalWorker } from "../../../functions/serve-local.ts";
import { openFileSystemStores } from "../../../shared/stores/filesystem/open.ts";
import { attemptProcesses } from "./attempt-processes.ts";
import { openDisk } from "./disk.ts";
import type { CrashWorkerSettings } from "./worker-settings.ts";

serveLocalWorker(async (told) => {
  const settings = told as CrashWorkerSettings;
  return openFileSystemStores(settings.store, {
    asFound: true,
    fileSystem: await openDisk(settings),
    processes: attemptProcesses(settings.crash.played),
  });
});
