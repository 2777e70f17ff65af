import { join } from "node:path";
import { systemClock } from "../clock.ts";
import { NotFoundError } from "../errors.ts";
import { checkStoreFormat } from "../formats.ts";
import { checkRunId } from "../identifiers.ts";
import { DEFAULT_LEASE_TIME } from "../lease-policy.ts";
import type { LeaseStore, Stores, StoresOptions } from "../ports.ts";
import { type ProcessTable, systemProcesses } from "../processes.ts";
import { ensureFolder, makePath } from "./artifact-files.ts";
import { kindIndex } from "./artifact-kinds.ts";
import { fileArtifacts } from "./artifacts.ts";
import { fileCancellations } from "./cancellations.ts";
import { fileClaims } from "./claims.ts";
import { fileEvents } from "./events.ts";
import { errnoOf, type FileSystem } from "./file-system.ts";
import { fileHistory } from "./history.ts";
import { inspectLease, type LeaseSurroundings } from "./lease.ts";
import { nodeFileSystem } from "./node-file-system.ts";
import { translated } from "./os-errors.ts";
import { filePublications } from "./publications.ts";
import { quarantine } from "./quarantine.ts";
import { removalRecord } from "./removal-record.ts";
import { removals } from "./removals.ts";
import { fileRetention } from "./retention.ts";
import { runFolderOf } from "./run-folder.ts";
import { type RunWriters, runWriters } from "./run-writers.ts";
import { fileRuns } from "./runs.ts";
import { fileSignatures } from "./signatures.ts";
import { STORE_FORMAT_FILE, sayStoreFormat, storeFormatOf } from "./store-format.ts";
import { type Owners, removeAbandoned, type TemporaryFiles, temporaryFiles } from "./temporary-files.ts";

export interface FileSystemStoresOptions extends StoresOptions {
  readonly processes?: ProcessTable;
  readonly fileSystem?: FileSystem;
}

/** The parts of a store's folder; the last one made says that the others are there. */
const PARTS = ["artifacts", "bundles", "claims", "quarantine", "removing", "tmp", "runs"] as const;

/** Parts in which files are of no use once the process that made them is gone. */
const TEMPORARY = ["removing", "tmp"] as const;

/**
 * Stores in a folder, for any number of processes at once. Worker threads open their own; they share their process's pid but
 * not its leases, so only one thread of a process appends to a run.
 * @throws NotFoundError when there is no store and `mustExist`
 * @throws LayoutError, AccessDeniedError, NoSpaceError when there can be none
 */
export async function openFileSystemStores(root: string, options: FileSystemStoresOptions = {}): Promise<Stores> {
  const fs = options.fileSystem ?? nodeFileSystem;
  const clock = options.clock ?? systemClock;
  const processes = options.processes ?? systemProcesses();
  const notify = options.onNotice ?? (() => undefined);

  const owners: Owners = { fs, processes, clock };

  const temporary = temporaryFiles(join(root, "tmp"), processes.self);
  await translated("open the store", root, () => prepareFolders(fs, root, temporary, options));
  const removed = options.asFound === true ? 0 : await cleanUp(owners, root);
  if (removed > 0) notify({ kind: "leftovers_removed", count: removed });

  const leaseTime = options.leaseTime ?? DEFAULT_LEASE_TIME;
  const around: LeaseSurroundings = { fs, clock, processes, leaseTime, temporary };
  const folder = join(root, "runs");
  const writers = runWriters(around, folder, notify);
  const aside = quarantine(fs, join(root, "quarantine"), temporary, clock);
  const removing = removals(owners, join(root, "removing"), temporary);
  const artifacts = fileArtifacts({
    fs,
    clock,
    folder: join(root, "artifacts"),
    temporary,
    quarantine: options.asFound === true ? undefined : aside,
    removals: removing,
    kinds: kindIndex(fs, join(root, "artifacts", "kinds.txt")),
    notify,
  });
  return {
    artifacts,
    events: fileEvents({ fs, clock, folder, writers }),
    history: fileHistory({ fs, clock, folder, writers }),
    runs: fileRuns({ fs, clock, folder, temporary, writers }),
    leases: fileLeases(around, folder, writers),
    cancellations: fileCancellations({ fs, clock, folder, temporary }),
    signatures: fileSignatures({ fs, folder, temporary }),
    publications: filePublications({
      fs,
      folder: join(root, "bundles"),
      claims: fileClaims(fs, join(root, "claims")),
      removals: removing,
      temporary,
      artifacts,
      quarantine: aside,
      notify,
    }),
    retention: fileRetention({
      ...owners,
      root,
      artifacts: join(root, "artifacts"),
      temporary: TEMPORARY,
      removals: removing,
      quarantine: aside,
      record: removalRecord(fs, join(root, "collected.jsonl")),
    }),
    close: () => writers.releaseAll(),
  };
}

function fileLeases(around: LeaseSurroundings, folder: string, writers: RunWriters): LeaseStore {
  return {
    async acquire(runId, holder) {
      const { epoch, lost, notices, check, release } = await writers.hold(checkRunId(runId), holder);
      return { runId, epoch, lost, notices, check, release };
    },
    inspect: async (runId) => {
      const runFolder = runFolderOf(folder, runId);
      return translated(`look at the lease of run ${runId}`, runFolder, () => inspectLease(around, runId, runFolder));
    },
  };
}

async function prepareFolders(
  fs: FileSystem,
  root: string,
  temporary: TemporaryFiles,
  { mustExist = false, asFound = false }: FileSystemStoresOptions,
): Promise<void> {
  const has = async (name: string) => (await fs.stat(join(root, name))) !== undefined;
  // Other things than a store keep their runs in a folder of that name.
  const isThere = (await has("runs")) && ((await has("artifacts")) || (await has(STORE_FORMAT_FILE)));
  if (!isThere && (mustExist || asFound))
    throw new NotFoundError("a store", root, "name the folder of one, or start a run there first");
  checkStoreFormat(root, await storeFormatOf(fs, root));
  if (asFound) return;
  if (!isThere) await makePath(fs, root);
  for (const part of PARTS) {
    if (part === "runs" && !isThere) await sayStoreFormat(fs, root, temporary);
    await ensureFolder(fs, join(root, part));
  }
  // Also when they were there: whoever made them may not have come to sync them yet.
  await fs.syncFolder(root);
}

/** A store that may only be read has nothing to clean. */
async function cleanUp(owners: Owners, root: string): Promise<number> {
  let removed = 0;
  for (const part of TEMPORARY) {
    const folder = join(root, part);
    try {
      removed += await removeAbandoned(owners, folder);
    } catch (error) {
      if (["EACCES", "EPERM", "EROFS"].includes(errnoOf(error) ?? "")) continue;
      await translated("clean the store", folder, () => Promise.reject(error));
    }
  }
  return removed;
}
