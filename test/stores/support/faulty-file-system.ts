import type { FileSystem, OpenFile } from "../../../shared/stores/filesystem/file-system.ts";

/**
 * How the chosen operation fails. `error`: once, with EIO; `no_space`: it and every later one that needs space, with ENOSPC;
 * `kill`: the process ends before it; `torn`: the process ends half-way through it, if it writes.
 */
export const FAULTS = ["error", "no_space", "torn", "kill"] as const;
export type Fault = (typeof FAULTS)[number];

export interface FaultyFileSystem extends FileSystem {
  /** Operations so far. */
  operations(): number;
  /** Whether the fault has struck. */
  hasStruck(): boolean;
  isKilled(): boolean;
  /** Paths of the files that were opened and not closed. */
  openFiles(): string[];
}

export class ProcessEnded extends Error {}

/** A file system whose `at`th operation (from 1) fails. */
export function faultyFileSystem(inner: FileSystem, fault: Fault, at: number): FaultyFileSystem {
  let operations = 0;
  let hasStruck = false;
  let isKilled = false;
  const opened = new Map<OpenFile, string>();

  /** Counts an operation and says whether to go on with it; `half` does the first half of a write. */
  const meet = async (needsSpace: boolean, half?: () => Promise<void>): Promise<void> => {
    if (isKilled) throw new ProcessEnded();
    operations += 1;
    if (fault === "no_space" && hasStruck && needsSpace) throw refused("ENOSPC");
    if (operations !== at) return;
    if (fault === "no_space" && !needsSpace) return;
    hasStruck = true;
    if (fault === "error") throw refused("EIO");
    if (fault === "no_space") {
      await half?.();
      throw refused("ENOSPC");
    }
    if (fault === "torn") await half?.();
    isKilled = true;
    throw new ProcessEnded();
  };

  const wrapFile = (file: OpenFile): OpenFile => ({
    read: async (offset, length) => {
      await meet(false);
      return file.read(offset, length);
    },
    write: async (offset, bytes) => {
      await meet(true, () => file.write(offset, bytes.subarray(0, bytes.length / 2)));
      return file.write(offset, bytes);
    },
    truncate: async (length) => {
      await meet(false);
      return file.truncate(length);
    },
    sync: async () => {
      await meet(false);
      return file.sync();
    },
    stat: async () => {
      await meet(false);
      return file.stat();
    },
    close: async () => {
      if (isKilled) throw new ProcessEnded();
      // A close always gives the descriptor back, whatever it says.
      opened.delete(file);
      await file.close();
      await meet(false);
    },
  });

  return {
    open: async (path, mode) => {
      await meet(mode === "create");
      const file = await inner.open(path, mode);
      opened.set(file, path);
      return wrapFile(file);
    },
    append: async (path, bytes) => {
      await meet(true, () => inner.append(path, bytes.subarray(0, bytes.length / 2)));
      return inner.append(path, bytes);
    },
    stat: async (path) => {
      await meet(false);
      return inner.stat(path);
    },
    readFolder: async (path) => {
      await meet(false);
      return inner.readFolder(path);
    },
    makeFolder: async (path) => {
      await meet(true);
      return inner.makeFolder(path);
    },
    rename: async (from, to) => {
      await meet(true);
      return inner.rename(from, to);
    },
    removeFile: async (path) => {
      await meet(false);
      return inner.removeFile(path);
    },
    removeFolder: async (path) => {
      await meet(false);
      return inner.removeFolder(path);
    },
    touch: async (path, milliseconds) => {
      await meet(false);
      return inner.touch(path, milliseconds);
    },
    syncFolder: async (path) => {
      await meet(false);
      return inner.syncFolder(path);
    },
    watch: (path, changed) => inner.watch(path, changed),
    operations: () => operations,
    hasStruck: () => hasStruck,
    isKilled: () => isKilled,
    openFiles: () => [...opened.values()],
  };
}

function refused(code: string): Error {
  return Object.assign(new Error(`${code}: fault put in by the test`), { code });
}
