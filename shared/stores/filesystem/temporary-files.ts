import { randomBytes } from "node:crypto";
import { basename, join } from "node:path";
import type { Clock } from "../clock.ts";
import type { ProcessIdentity, ProcessTable } from "../processes.ts";
import { namesIn } from "./artifact-files.ts";
import { errnoOf, type FileSystem, isMissing } from "./file-system.ts";

/** A file whose owner cannot be asked (another host) is taken for abandoned after this long. */
const ABANDONED_AFTER = 24 * 60 * 60 * 1000;

export interface TemporaryFiles {
  /** A path no one else uses, in the folder of temporary files. */
  next(): string;
}

/** How to tell which files no process needs any more. */
export interface Owners {
  readonly fs: FileSystem;
  readonly processes: ProcessTable;
  readonly clock: Clock;
}

/** Names carry their owner, so that what a crash left can be told from what a running process needs. */
export function temporaryFiles(folder: string, owner: ProcessIdentity): TemporaryFiles {
  // The threads of a process share its pid.
  const opened = randomBytes(4).toString("hex");
  let counter = 0;
  return {
    next() {
      counter += 1;
      return join(folder, `${owner.host}.${owner.pid}.${owner.started}.${opened}-${counter}`);
    },
  };
}

/** Removes what dead processes left. @returns how many files and folders */
export async function removeAbandoned(owners: Owners, folder: string): Promise<number> {
  let removed = 0;
  for (const name of await abandonedNames(owners, folder)) {
    if (await removeTree(owners.fs, join(folder, name))) removed += 1;
  }
  return removed;
}

/** What dead processes left in a folder, in order of name. */
export async function abandonedNames(owners: Owners, folder: string): Promise<string[]> {
  const abandoned: string[] = [];
  for (const name of await namesIn(owners.fs, folder)) {
    if (await isAbandoned(owners, join(folder, name))) abandoned.push(name);
  }
  return abandoned;
}

/** Whether the owner that a temporary file names is gone, or silent for long. */
export async function isAbandoned({ fs, processes, clock }: Owners, path: string): Promise<boolean> {
  const owner = ownerOf(basename(path));
  const alive = owner === undefined ? undefined : processes.isAlive(owner);
  if (alive !== undefined) return !alive;
  const stat = await fs.stat(path);
  return stat !== undefined && clock.now() - stat.modified > ABANDONED_AFTER;
}

/** The owner that a temporary file's name ends with. */
export function ownerOf(name: string): ProcessIdentity | undefined {
  const match = /(?:^|\.)([0-9a-f]{12})\.(\d+)\.(\d+)\.[0-9a-f]{8}-\d+$/.exec(name);
  if (match === null) return undefined;
  return { host: match[1] ?? "", pid: Number(match[2]), started: Number(match[3]) };
}

/** Removes a file or a folder with all it holds. @returns false when another process was first */
export async function removeTree(fs: FileSystem, path: string): Promise<boolean> {
  try {
    const stat = await fs.stat(path);
    if (stat === undefined) return false;
    if (stat.kind === "folder") {
      for (const name of await fs.readFolder(path)) await removeTree(fs, join(path, name));
      await fs.removeFolder(path);
    } else {
      await fs.removeFile(path);
    }
    return true;
  } catch (error) {
    if (isMissing(error) || errnoOf(error) === "ENOTEMPTY") return false;
    throw error;
  }
}

/** Bytes of a file, or of all that a folder holds. */
export async function treeSize(fs: FileSystem, path: string): Promise<number> {
  const stat = await fs.stat(path);
  if (stat?.kind !== "folder") return stat?.size ?? 0;
  let size = 0;
  for (const name of await fs.readFolder(path)) size += await treeSize(fs, join(path, name));
  return size;
}
