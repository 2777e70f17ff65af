import type { FileSystem } from "../../../shared/stores/filesystem/file-system.ts";
import { nodeFileSystem } from "../../../shared/stores/filesystem/node-file-system.ts";
import { faultCounter } from "./faults.ts";
import { faultyFileSystem } from "./faulty-file-system.ts";
import { journalled } from "./journal.ts";
import type { CrashWorkerSettings } from "./worker-settings.ts";

/** What a module that stands in for the disk exports. */
interface DiskModule {
  over(fileSystem: FileSystem): FileSystem;
}

/** The file system of one thread of an attempt. */
export async function openDisk({ store, crash }: Pick<CrashWorkerSettings, "store" | "crash">): Promise<FileSystem> {
  const real = crash.journal === undefined ? nodeFileSystem : journalled(nodeFileSystem, crash.journal);
  const faulty = faultyFileSystem(real, faultCounter(crash), store);
  if (crash.disk === undefined) return faulty;
  const { over } = (await import(crash.disk)) as DiskModule;
  return over(faulty);
}
