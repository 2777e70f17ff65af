import { constants } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";

/**
 * What records are kept on: every operation on its own, so that a test can fail each. Methods reject with the operating
 * system's error, untranslated.
 */
export interface Disk {
  isThere(path: string): Promise<boolean>;
  read(path: string): Promise<Uint8Array>;
  /** Makes a file that is not there yet. */
  create(path: string): Promise<NewFile>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; one that is not there is no error. */
  remove(path: string): Promise<void>;
  /** Names in a folder, sorted. */
  names(folder: string): Promise<readonly string[]>;
  makeFolder(path: string): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): Promise<void>;
}

export interface NewFile {
  write(bytes: Uint8Array): Promise<void>;
  /** Makes what was written durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The disk of this machine. */
export const machineDisk: Disk = {
  isThere: async (path) => {
    try {
      await stat(path);
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  },
  read: (path) => readFile(path),
  async create(path) {
    const file = await open(path, "wx");
    return { write: (bytes) => file.writeFile(bytes), sync: () => file.sync(), close: () => file.close() };
  },
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { force: true }),
  names: async (folder) => (await readdir(folder)).sort(),
  makeFolder: (path) => mkdir(path).then(() => undefined),
  async syncFolder(path) {
    // Windows opens no folder and journals its names itself.
    if (process.platform === "win32") return;
    const folder = await open(path, constants.O_RDONLY);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
};

/** Whether nothing stands at the path. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** Puts a new file in the place of `path`, whole or not at all. `staged` is a free path on the same file system. */
export async function replaceFile(disk: Disk, staged: string, path: string, bytes: Uint8Array): Promise<void> {
  const file = await disk.create(staged);
  try {
    try {
      await file.write(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await disk.rename(staged, path);
  } catch (error) {
    // The first failure is the one to report; what stays is taken away when the folder is opened again.
    await disk.remove(staged).catch(() => undefined);
    throw error;
  }
}
