/** An open file of the host as a guest reads and writes it, and its standard streams. */

import * as fs from "node:fs";
import { errnoOfHostError, SyscallError } from "./errno.ts";
import { ExitSignal, SIGPIPE } from "./exit.ts";
import type {
  FileKind,
  FileStatus,
  FolderEntry,
  OpenFile,
  OpenOptions,
  SeekOrigin,
  StatusChange,
  TerminalSize,
} from "./ports.ts";

/** The longest single transfer; a program that asks for more is given part of it, as the call allows. */
const LONGEST_READ = 1 << 20;

/** Milliseconds to wait, at most, before a stream that is not ready is tried again. */
const LONGEST_PAUSE = 20;

const sleepCell = new Int32Array(new SharedArrayBuffer(4));

/** Runs a transfer again while the host says EAGAIN: standard streams may be non-blocking. */
function untilReady<Result>(transfer: () => Result): Result {
  for (let pause = 1; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      return transfer();
    } catch (error) {
      const errno = errnoOfHostError(error);
      if (errno !== "EAGAIN" && errno !== "EINTR") throw error;
      Atomics.wait(sleepCell, 0, 0, pause);
    }
  }
}

/** Turns the host's file errors into the guest's. */
export function asGuest<Result>(operation: () => Result): Result {
  try {
    return operation();
  } catch (error) {
    if (error instanceof SyscallError || error instanceof ExitSignal) throw error;
    throw new SyscallError(errnoOfHostError(error));
  }
}

export function kindOf(stats: fs.BigIntStats): FileKind {
  if (stats.isDirectory()) return "directory";
  if (stats.isFile()) return "regular";
  if (stats.isSymbolicLink()) return "symbolic_link";
  if (stats.isCharacterDevice()) return "character_device";
  if (stats.isBlockDevice()) return "block_device";
  return stats.isSocket() ? "socket" : "pipe";
}

export function statusFrom(stats: fs.BigIntStats): FileStatus {
  return {
    kind: kindOf(stats),
    mode: Number(stats.mode & 0o7777n),
    size: Number(stats.size),
    inode: Number(stats.ino & 0xffff_ffffn),
    links: Number(stats.nlink),
    accessedAt: stats.atimeNs,
    modifiedAt: stats.mtimeNs,
    changedAt: stats.ctimeNs,
  };
}

function writeAll(descriptor: number, bytes: Uint8Array, position: number | null): void {
  for (let done = 0; done < bytes.length; ) {
    const at = position === null ? null : position + done;
    done += untilReady(() => fs.writeSync(descriptor, bytes, done, bytes.length - done, at));
  }
}

function readSome(descriptor: number, length: number, position: number | null): Uint8Array {
  const buffer = new Uint8Array(Math.min(length, LONGEST_READ));
  const count = untilReady(() => {
    try {
      return fs.readSync(descriptor, buffer, 0, buffer.length, position);
    } catch (error) {
      // Windows and some pipes report the end of a stream as an error.
      if ((error as { code?: unknown }).code === "EOF") return 0;
      throw error;
    }
  });
  return buffer.subarray(0, count);
}

export function streamEnd(descriptor: number, isReadable: boolean, terminal?: TerminalSize): OpenFile {
  return {
    read(length) {
      if (!isReadable) throw new SyscallError("EBADF");
      return asGuest(() => readSome(descriptor, length, null));
    },
    write(bytes) {
      if (isReadable) throw new SyscallError("EBADF");
      try {
        writeAll(descriptor, bytes, null);
      } catch (error) {
        if (errnoOfHostError(error) === "EPIPE") throw ExitSignal.ofSignal(SIGPIPE, "closed_pipe");
        throw new SyscallError(errnoOfHostError(error));
      }
    },
    seek() {
      throw new SyscallError("ESPIPE");
    },
    status: () => asGuest(() => statusFrom(fs.fstatSync(descriptor, { bigint: true }))),
    truncate() {
      throw new SyscallError("EINVAL");
    },
    close() {},
    ...(terminal === undefined ? {} : { terminal }),
  };
}

/** What an open file can do beside: by the path that it was opened by. */
export interface FolderMethods {
  readonly list: () => readonly FolderEntry[];
  /** Whether anything of it may be changed. */
  readonly isWritable: boolean;
}

/** `utimes` of the host takes seconds: what is below a microsecond is lost. */
const NANOSECONDS_PER_SECOND = 1e9;

export function secondsOf(nanoseconds: bigint): number {
  return Number(nanoseconds) / NANOSECONDS_PER_SECOND;
}

function changeOpen(descriptor: number, { mode, times }: StatusChange): void {
  if (mode !== undefined) fs.fchmodSync(descriptor, mode);
  if (times !== undefined) fs.futimesSync(descriptor, secondsOf(times.accessedAt), secondsOf(times.modifiedAt));
}

export function hostFile(descriptor: number, options: OpenOptions, more: FolderMethods): OpenFile {
  let position = 0;
  const status = (): FileStatus => statusFrom(fs.fstatSync(descriptor, { bigint: true }));
  const isStream = !["regular", "directory"].includes(status().kind);
  return {
    read: (length) =>
      asGuest(() => {
        const bytes = readSome(descriptor, length, isStream ? null : position);
        position += bytes.length;
        return bytes;
      }),
    write: (bytes) =>
      asGuest(() => {
        if (options.appends) position = status().size;
        writeAll(descriptor, bytes, options.appends ? null : position);
        position += bytes.length;
      }),
    seek: (offset: number, origin: SeekOrigin) =>
      asGuest(() => {
        if (isStream) throw new SyscallError("ESPIPE");
        const from = origin === "start" ? 0 : origin === "current" ? position : status().size;
        if (from + offset < 0) throw new SyscallError("EINVAL");
        position = from + offset;
        return position;
      }),
    status: () => asGuest(status),
    change: (change) => {
      if (!more.isWritable) throw new SyscallError("EROFS");
      asGuest(() => changeOpen(descriptor, change));
    },
    ...(status().kind === "directory" ? { list: more.list } : {}),
    truncate: (length) => asGuest(() => fs.ftruncateSync(descriptor, length)),
    close: () => asGuest(() => fs.closeSync(descriptor)),
  };
}
