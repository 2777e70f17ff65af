import * as fs from "node:fs";
import { promisify } from "node:util";
import { readWholeFile } from "./durable-file.ts";
import type { FileStat, FileSystem, OpenFile } from "./file-system.ts";

/**
 * Calls that only touch the page cache are made at once: they take 2 to 10 microseconds, a trip to the thread pool 30 and
 * more. Fsync waits for the disk, so it goes to the pool; so do reads and writes past this many bytes.
 */
const AT_ONCE = 64 * 1024;

const fsyncInPool = promisify(fs.fsync);
const readInPool = promisify(fs.read);
const writeInPool = promisify(fs.write);

const { O_RDONLY, O_RDWR, O_WRONLY, O_CREAT, O_EXCL, O_APPEND, O_DIRECTORY = 0, O_NONBLOCK = 0 } = fs.constants;

/** Opening a FIFO that nobody else has open would wait for somebody who does; a file knows no waiting. */
const FLAGS = {
  read: O_RDONLY | O_NONBLOCK,
  write: O_RDWR | O_NONBLOCK,
  create: O_RDWR | O_CREAT | O_EXCL,
} as const;
const APPEND = O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK;

/** The real disk. */
export const nodeFileSystem: FileSystem = {
  async open(path, mode) {
    return openFile(expectFile(fs.openSync(path, FLAGS[mode], 0o666), path));
  },
  async append(path, bytes) {
    const descriptor = expectFile(fs.openSync(path, APPEND, 0o666), path);
    try {
      const written = fs.writeSync(descriptor, bytes);
      if (written < bytes.length) throw shortWrite(path);
    } finally {
      fs.closeSync(descriptor);
    }
  },
  async stat(path) {
    const stats = fs.statSync(path, { throwIfNoEntry: false });
    return stats === undefined ? undefined : statOf(stats);
  },
  isLink: async (path) => fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true,
  readFolder: async (path) => fs.readdirSync(path).sort(),
  makeFolder: async (path) => fs.mkdirSync(path),
  rename: async (from, to) => fs.renameSync(from, to),
  removeFile: async (path) => fs.unlinkSync(path),
  removeFolder: async (path) => fs.rmdirSync(path),
  touch: async (path, milliseconds) => fs.utimesSync(path, milliseconds / 1000, milliseconds / 1000),
  async syncFolder(path) {
    // Windows opens no folder and journals its names itself.
    if (process.platform === "win32") return;
    const descriptor = fs.openSync(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    try {
      await fsyncInPool(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  },
  watch(path, changed) {
    try {
      const watcher = fs.watch(path, changed);
      watcher.on("error", () => watcher.close());
      return () => watcher.close();
    } catch {
      // Out of watches, or a file system that has none: the caller polls as well.
      return () => undefined;
    }
  },
};

function openFile(descriptor: number): OpenFile {
  return {
    async read(offset, length) {
      const buffer = Buffer.allocUnsafe(length);
      let filled = 0;
      while (filled < length) {
        const count =
          length <= AT_ONCE
            ? fs.readSync(descriptor, buffer, filled, length - filled, offset + filled)
            : (await readInPool(descriptor, buffer, filled, length - filled, offset + filled)).bytesRead;
        if (count === 0) break;
        filled += count;
      }
      return buffer.subarray(0, filled);
    },
    async write(offset, bytes) {
      let done = 0;
      while (done < bytes.length) {
        const count =
          bytes.length <= AT_ONCE
            ? fs.writeSync(descriptor, bytes, done, bytes.length - done, offset + done)
            : (await writeInPool(descriptor, bytes, done, bytes.length - done, offset + done)).bytesWritten;
        done += count;
      }
    },
    truncate: async (length) => fs.ftruncateSync(descriptor, length),
    sync: () => fsyncInPool(descriptor),
    stat: async () => statOf(fs.fstatSync(descriptor)),
    close: async () => fs.closeSync(descriptor),
  };
}

/**
 * A file of this machine, of a folder that is no store. Waits for nothing.
 * @param most bytes that it may have
 */
export function readFileHere(path: string, most?: number): Promise<Uint8Array> {
  return readWholeFile(nodeFileSystem, path, most);
}

/** @returns the descriptor, which is closed when it is of no file */
function expectFile(descriptor: number, path: string): number {
  const stats = fs.fstatSync(descriptor);
  if (stats.isFile()) return descriptor;
  fs.closeSync(descriptor);
  const code = stats.isDirectory() ? "EISDIR" : "EFTYPE";
  throw Object.assign(new Error(`${code}: no file, open '${path}'`), { code, path });
}

function statOf(stats: fs.Stats): FileStat {
  return {
    kind: stats.isFile() ? "file" : stats.isDirectory() ? "folder" : "other",
    size: stats.size,
    modified: stats.mtimeMs,
    identity: `${stats.dev}:${stats.ino}`,
  };
}

function shortWrite(path: string): Error {
  return Object.assign(new Error(`short write to ${path}`), { code: "EIO", path });
}
