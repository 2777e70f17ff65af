/** The host's file system as a recompiled program may see it: its standard streams, the files it was told of, a root. */

import * as fs from "node:fs";
import * as path from "node:path";
import { errnoOfHostError, SyscallError } from "./errno.ts";
import { ExitSignal, SIGPIPE } from "./exit.ts";
import type { FileKind, FileStatus, Files, OpenFile, OpenOptions, SeekOrigin } from "./ports.ts";
import { openRoot, type RootFolder } from "./root-folder.ts";

export interface HostFilesOptions {
  /**
   * What was typed behind the program's name: a file that one of these names may be opened for reading. `--name=FILE` names `FILE`.
   * The program's own name is none of them: it comes with the program.
   */
  readonly args?: readonly string[];
  /** A folder whose files may be opened. */
  readonly root?: string;
  /** Lets the program write, create and remove files below `root`. Default false. */
  readonly isRootWritable?: boolean;
}

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
function asGuest<Result>(operation: () => Result): Result {
  try {
    return operation();
  } catch (error) {
    if (error instanceof SyscallError || error instanceof ExitSignal) throw error;
    throw new SyscallError(errnoOfHostError(error));
  }
}

function kindOf(stats: fs.BigIntStats): FileKind {
  if (stats.isDirectory()) return "directory";
  if (stats.isFile()) return "regular";
  return stats.isCharacterDevice() ? "character_device" : "pipe";
}

function statusFrom(stats: fs.BigIntStats): FileStatus {
  return {
    kind: kindOf(stats),
    mode: Number(stats.mode & 0o777n),
    size: Number(stats.size),
    inode: Number(stats.ino & 0xffff_ffffn),
    modifiedAt: stats.mtimeNs,
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

function streamEnd(descriptor: number, isReadable: boolean): OpenFile {
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
  };
}

function hostFile(descriptor: number, options: OpenOptions): OpenFile {
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
    truncate: (length) => asGuest(() => fs.ftruncateSync(descriptor, length)),
    close: () => asGuest(() => fs.closeSync(descriptor)),
  };
}

function openFlags(options: OpenOptions): number {
  const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND } = fs.constants;
  const access = options.isWritable ? (options.isReadable ? O_RDWR : O_WRONLY) : O_RDONLY;
  return (
    access |
    (options.creates ? O_CREAT : 0) |
    (options.creates && options.isExclusive ? O_EXCL : 0) |
    (options.truncates ? O_TRUNC : 0) |
    (options.appends ? O_APPEND : 0)
  );
}

function namedFiles(args: readonly string[]): ReadonlySet<string> {
  const names = args.flatMap((argument) => {
    const assignment = argument.indexOf("=");
    return assignment < 0 ? [argument] : [argument, argument.slice(assignment + 1)];
  });
  return new Set(names.filter((name) => name !== "").map((name) => path.resolve(name)));
}

/** @throws SyscallError from its methods: `EACCES` for what was not granted, `EROFS` for writing where only reading was */
export function hostFiles(options: HostFilesOptions = {}): Files {
  const named = namedFiles(options.args ?? []);
  const root = options.root === undefined ? undefined : openRoot(options.root);
  const isWritable = options.isRootWritable === true;

  /** @throws SyscallError for a path that is not below the root */
  const belowRoot = (resolved: string): { readonly root: RootFolder; readonly parts: readonly string[] } => {
    const parts = root?.partsOf(resolved);
    if (root !== undefined && parts !== undefined) return { root, parts };
    throw new SyscallError(named.has(resolved) ? "EROFS" : "EACCES");
  };
  const resolve = (guestPath: string): string => {
    if (guestPath === "") throw new SyscallError("ENOENT");
    return path.resolve(guestPath);
  };
  const openBelow = (resolved: string, open: OpenOptions): number => {
    const { root, parts } = belowRoot(resolved);
    if (isWritable) return root.open(parts, openFlags(open), open.mode);
    return root.open(parts, openFlags(withoutWriting(root, parts, open)), open.mode);
  };

  return {
    standardInput: streamEnd(0, true),
    standardOutput: streamEnd(1, false),
    standardError: streamEnd(2, false),
    open: (guestPath, open) =>
      asGuest(() => {
        const resolved = resolve(guestPath);
        // What the user named is opened as named: the real path of a pipe (`/dev/stdin`, `<(...)`) is no path.
        const isNamed = named.has(resolved) && !open.isWritable && !open.creates && !open.truncates;
        const descriptor = isNamed ? fs.openSync(resolved, openFlags(open), open.mode) : openBelow(resolved, open);
        return hostFile(descriptor, open);
      }),
    statusOf: (guestPath) =>
      asGuest(() => {
        const resolved = resolve(guestPath);
        if (named.has(resolved)) return { ...statusFrom(fs.statSync(resolved, { bigint: true })), isReadOnly: true };
        const { root, parts } = belowRoot(resolved);
        return { ...statusFrom(root.statusOf(parts)), isReadOnly: !isWritable };
      }),
    remove: (guestPath) =>
      asGuest(() => {
        const { root, parts } = belowRoot(resolve(guestPath));
        if (!isWritable) throw new SyscallError("EROFS");
        root.remove(parts);
      }),
  };
}

/**
 * What is left of opening a file where nothing may be written: what is there may be opened for reading.
 *
 * @throws SyscallError as Linux answers on a file system that is mounted for reading
 */
function withoutWriting(root: RootFolder, parts: readonly string[], open: OpenOptions): OpenOptions {
  const writes = open.isWritable || open.truncates;
  if (!writes && !open.creates) return open;
  let status: fs.BigIntStats;
  try {
    status = root.statusOf(parts);
  } catch (error) {
    if (errnoOfHostError(error) !== "ENOENT" || !open.creates) throw error;
    // Where the folder is missing too, that is said first.
    root.statusOf(parts.slice(0, -1));
    throw new SyscallError("EROFS");
  }
  if (open.creates && open.isExclusive) throw new SyscallError("EEXIST");
  if (writes) throw new SyscallError(status.isDirectory() ? "EISDIR" : "EROFS");
  return { ...open, creates: false };
}
