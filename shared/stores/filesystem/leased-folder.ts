import { dirname, join } from "node:path";
import { type Clock, systemClock } from "../clock.ts";
import { DEFAULT_LEASE_TIME } from "../lease-policy.ts";
import type { LeasedFolder } from "../leased-folder.ts";
import { type ProcessTable, systemProcesses } from "../processes.ts";
import { makePath, namesIn } from "./artifact-files.ts";
import { replaceFile } from "./durable-file.ts";
import { type FileSystem, renameIfThere } from "./file-system.ts";
import { FOLDER_FORMAT, folderFormatFile, folderFormatOf } from "./folder-format.ts";
import type { HeldFolder } from "./held-folder.ts";
import { jointFolderSync } from "./joint-sync.ts";
import { emptyLeaseFolder, giveBack, type HeldLease, type LeaseSurroundings, takeLease } from "./lease.ts";
import { type LeaseWatch, watchLease } from "./lease-watch.ts";
import { openLogEnds } from "./log-ends.ts";
import { nodeFileSystem } from "./node-file-system.ts";
import { translated } from "./os-errors.ts";
import { ownerOf, removeTree, temporaryFiles } from "./temporary-files.ts";
import { vouchForAll } from "./vouch-for-all.ts";
import { vouchedLogs } from "./vouched-logs.ts";
import { vouchedRecords } from "./vouched-records.ts";

export interface LeasedFolderOptions {
  /** Who works there, in a word or two, for whoever finds it held. */
  readonly holder: string;
  /** Milliseconds without a sign of life after which a living holder may be taken over. Default 30,000. */
  readonly leaseTime?: number;
  readonly fileSystem?: FileSystem;
  readonly clock?: Clock;
  readonly processes?: ProcessTable;
}

/**
 * Takes a folder to work in, and makes it if need be. What it holds in the format before is written anew in today's.
 * @throws LeaseHeldError, UnsupportedFormatError
 */
export async function openLeasedFolder(root: string, options: LeasedFolderOptions): Promise<LeasedFolder> {
  const { fileSystem: fs = nodeFileSystem, clock = systemClock, processes = systemProcesses() } = options;
  const leaseTime = options.leaseTime ?? DEFAULT_LEASE_TIME;
  const around = { fs, clock, processes, leaseTime, temporary: temporaryFiles(root, processes.self) };
  return translated("open the folder", root, async () => {
    await makePath(fs, root);
    const lease = await takeLease(around, { folder: root }, root, { holder: options.holder, purpose: "run" });
    const watch = watchLease(around, { folder: root }, lease);
    try {
      return await watch.guard(() => openHeld(around, root, lease, watch));
    } catch (error) {
      watch.stop();
      await giveBack(fs, root, lease, "dirty").catch(() => undefined);
      throw error;
    }
  });
}

async function openHeld(
  { fs, processes }: LeaseSurroundings,
  root: string,
  lease: HeldLease,
  watch: LeaseWatch,
): Promise<LeasedFolder> {
  const notices: string[] = [];
  const say = (notice: string) => void notices.push(notice);
  const { takenOver } = lease;
  if (takenOver !== undefined) say(`${root} was taken over from ${takenOver.from.holder}: ${takenOver.why}`);
  await emptyLeaseFolder(fs, lease);
  await removeOthersStaged(fs, processes, root);

  let staged = 0;
  const stage = () => {
    staged += 1;
    return join(lease.folder, `${lease.epoch}.${staged}`);
  };
  const syncFolder = jointFolderSync(fs);
  const underWay = new Set<Promise<unknown>>();
  let isInDoubt = false;
  const held: Omit<HeldFolder, "ends"> = {
    fs,
    root,
    isClean: lease.isClean,
    watch,
    stage,
    syncFolder,
    async replace(path, bytes) {
      const target = join(root, path);
      await watch.guard(() => replaceFile(fs, stage(), target, bytes));
      await syncFolder(dirname(target));
    },
    async takeAway(path) {
      const aside = stage();
      const target = join(root, path);
      const wasThere = await watch.guard(() => renameIfThere(fs, target, aside));
      if (!wasThere) return watch.check();
      await syncFolder(dirname(target));
      await removeTree(fs, aside);
    },
    track(work) {
      underWay.add(work);
      const done = () => void underWay.delete(work);
      work.then(done, done);
      return work;
    },
    doubt() {
      isInDoubt = true;
    },
  };

  const format = await folderFormatOf(fs, root, say);
  if (format < FOLDER_FORMAT) await vouchForAll(held, say);
  const file = folderFormatFile();
  if (format < FOLDER_FORMAT || notices.length > 0) await held.replace(file.name, file.bytes);
  const folder: HeldFolder = { ...held, ends: await openLogEnds(held, say) };

  const releaseOnce = async () => {
    watch.stop();
    try {
      while (underWay.size > 0) await Promise.allSettled(underWay);
      await folder.ends.sync();
    } catch {
      isInDoubt = true;
    } finally {
      await folder.ends.close();
      await giveBack(fs, root, lease, isInDoubt ? "dirty" : "free");
    }
  };
  let release: Promise<void> | undefined;
  return {
    lost: watch.lost,
    notices,
    records: (kind) => vouchedRecords(folder, kind),
    logs: (kind) => vouchedLogs(folder, kind),
    release: () => {
      release ??= translated("give the folder back", root, releaseOnce);
      return release;
    },
  };
}

/** What a process that died left as it made the lease. */
async function removeOthersStaged(fs: FileSystem, processes: ProcessTable, root: string): Promise<void> {
  for (const name of await namesIn(fs, root)) {
    const owner = ownerOf(name);
    if (owner !== undefined && processes.isAlive(owner) === false) await removeTree(fs, join(root, name));
  }
}
