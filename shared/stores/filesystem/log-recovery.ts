import { dirname, join } from "node:path";
import type { StoreNotice } from "../ports.ts";
import { closeQuietly, discard } from "./durable-file.ts";
import { type FileSystem, isMissing, type OpenFile } from "./file-system.ts";
import type { LogFormat } from "./log-format.ts";
import { type LogScan, scanLog, unfinishedIn } from "./log-scan.ts";
import { missingLog } from "./run-folder.ts";
import type { LogSeal } from "./seal.ts";

export interface RecoveredLog<State> {
  readonly file: OpenFile;
  readonly scan: LogScan<State>;
  readonly notices: readonly StoreNotice[];
}

export interface LogToRecover<Entry, State> {
  readonly fs: FileSystem;
  readonly runFolder: string;
  readonly format: LogFormat<Entry, State, string>;
  readonly seal: LogSeal | undefined;
  /** A free path inside the lease's folder. */
  readonly staged: string;
  /** Whether the last holder gave the log back whole. */
  readonly isClean: boolean;
  /** Rejects when the lease is gone. */
  readonly fence: () => Promise<void>;
}

/** Opens a log to write at its end; a torn tail, or a log from unclean hands, is copied first. See `lease.ts`. */
export async function recoverLog<Entry, State>(log: LogToRecover<Entry, State>): Promise<RecoveredLog<State>> {
  const path = join(log.runFolder, log.format.name);
  const file = await openLog(log.fs, path);
  try {
    if (log.isClean) {
      await log.fence();
      const scan = await scanLog(file, path, log.format, log.seal);
      if (scan.unfinishedBytes === 0) return { file, scan, notices: [] };
    }
    const copied = await copyLog(log, file, path);
    await closeQuietly(file);
    return copied;
  } catch (error) {
    await closeQuietly(file);
    throw error;
  }
}

async function copyLog<Entry, State>(
  { fs, format, seal, staged }: LogToRecover<Entry, State>,
  from: OpenFile,
  path: string,
): Promise<RecoveredLog<State>> {
  const file = await fs.open(staged, "create");
  try {
    let written = 0;
    const scan = await scanLog(from, path, format, seal, async (bytes) => {
      await file.write(written, bytes);
      written += bytes.length;
    });
    await file.sync();
    await fs.rename(staged, path);
    await fs.syncFolder(dirname(path));
    return { file, scan, notices: cutNotices(path, scan) };
  } catch (error) {
    await closeQuietly(file);
    await discard(fs, staged);
    throw error;
  }
}

function cutNotices(where: string, scan: LogScan<unknown>): StoreNotice[] {
  const what = unfinishedIn(scan);
  return what === undefined ? [] : [{ kind: "unfinished_append_removed", where, after: scan.lines, what }];
}

async function openLog(fs: FileSystem, path: string): Promise<OpenFile> {
  try {
    return await fs.open(path, "write");
  } catch (error) {
    if (isMissing(error)) throw missingLog(path);
    throw error;
  }
}
