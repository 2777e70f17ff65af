import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { errnoOf, type FileSystem, isMissing } from "./file-system.ts";
import type { ProcessIdentity, ProcessTable } from "./processes.ts";

/** A file whose owner cannot be asked (another host) is taken for abandoned after this long. */
const ABANDONED_AFTER = 24 * 60 * 60 * 1000;

export interface TemporaryFiles {
  /** A path no one else uses, in the folder of temporary files. */
  next(): string;
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
export async function removeAbandoned(
  fs: FileSystem,
  folder: string,
  processes: ProcessTable,
  clock: Clock,
): Promise<number> {
  let removed = 0;
  for (const name of await fs.readFolder(folder)) {
    const path = join(folder, name);
    if (!(await isAbandoned(fs, path, ownerOf(name), processes, clock))) continue;
    if (await removeTree(fs, path)) removed += 1;
  }
  return removed;
}

async function isAbandoned(
  fs: FileSystem,
  path: string,
  owner: ProcessIdentity | undefined,
  processes: ProcessTable,
  clock: Clock,
): Promise<boolean> {
  const alive = owner === undefined ? undefined : processes.isAlive(owner);
  if (alive !== undefined) return !alive;
  const stat = await fs.stat(path);
  return stat !== undefined && clock.now() - stat.modified > ABANDONED_AFTER;
}

function ownerOf(name: string): ProcessIdentity | undefined {
  const match = /^([0-9a-f]{12})\.(\d+)\.(\d+)\.[0-9a-f]{8}-\d+$/.exec(name);
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
