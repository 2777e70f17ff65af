/** System calls on files. Flags and structures as asm/fcntl.h and the o32 kernel interface have them. */

import { SyscallError } from "../errno.ts";
import type { OpenFile, OpenOptions, SeekOrigin } from "../ports.ts";
import type { Implementation, SystemCall } from "./call.ts";

const ACCESS_MODE = 3;
const WRITE_ONLY = 1;
const READ_WRITE = 2;
const O_APPEND = 0x0008;
const O_CREAT = 0x0100;
const O_TRUNC = 0x0200;
const O_EXCL = 0x0400;

/** "The current folder" in place of a folder's descriptor. */
const AT_FDCWD = -100;

const SEEK_ORIGINS: readonly SeekOrigin[] = ["start", "current", "end"];

/** Linux moves at most this many bytes in one call. */
const LONGEST_TRANSFER = 0x7ffff000;

/** Bytes that are copied out of the guest's memory at a time, whatever one call asks for. */
const LONGEST_PIECE = 1 << 20;

const MOST_VECTORS = 1024;

function fileOf(call: SystemCall): OpenFile {
  return call.process.descriptors.file(call.argument(0));
}

export function pathAt(call: SystemCall, index: number): string {
  const path = call.memory.readString(call.address(index));
  if (path === undefined) throw new SyscallError("ENAMETOOLONG");
  return path;
}

/** A path relative to a folder's descriptor; folders cannot be opened here, so only the current one will do. */
export function pathBelow(call: SystemCall, folder: number, path: number): string {
  const text = pathAt(call, path);
  if (!text.startsWith("/") && call.argument(folder) !== AT_FDCWD) throw new SyscallError("EBADF");
  return text;
}

function readInto(call: SystemCall, file: OpenFile, address: number, length: number): number {
  if (address + length > call.memory.base + call.memory.size) throw new SyscallError("EFAULT");
  const bytes = file.read(Math.min(length, LONGEST_TRANSFER));
  call.memory.writeBytes(address, bytes);
  return bytes.length;
}

/** A piece of the guest's memory. */
interface Range {
  readonly address: number;
  readonly length: number;
}

/**
 * Writes what lies in the ranges, piece by piece, but what is short in one piece. A range outside the memory ends it: with what was
 * written by then, or EFAULT when that is nothing.
 */
function writeRanges(call: SystemCall, file: OpenFile, ranges: readonly Range[]): number {
  let written = 0;
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  const flush = (): void => {
    const [first, ...others] = pending;
    if (first !== undefined) file.write(others.length === 0 ? first : Buffer.concat(pending));
    written += pendingBytes;
    pending = [];
    pendingBytes = 0;
  };
  for (const { address, length } of ranges) {
    for (let done = 0; done < length; ) {
      const left = LONGEST_TRANSFER - written - pendingBytes;
      const size = Math.min(length - done, LONGEST_PIECE - pendingBytes, left);
      if (left <= 0) break;
      if (!isInside(call, address + done, size) && written + pendingBytes > 0) {
        flush();
        return written;
      }
      pending.push(call.memory.readBytes(address + done, size));
      pendingBytes += size;
      done += size;
      if (pendingBytes >= LONGEST_PIECE) flush();
    }
  }
  flush();
  return written;
}

function isInside({ memory }: SystemCall, address: number, length: number): boolean {
  return address >= memory.base && address + length <= memory.base + memory.size;
}

function writeFrom(call: SystemCall, file: OpenFile, address: number, length: number): number {
  if (length === 0) file.write(new Uint8Array(0));
  return writeRanges(call, file, [{ address, length }]);
}

export const read: Implementation = (call) => readInto(call, fileOf(call), call.address(1), call.address(2));

export const write: Implementation = (call) => writeFrom(call, fileOf(call), call.address(1), call.address(2));

/** `struct iovec`: an address and a length. */
function vectors(call: SystemCall): Range[] {
  const count = call.argument(2);
  if (count < 0 || count > MOST_VECTORS) throw new SyscallError("EINVAL");
  return Array.from({ length: count }, (_, index) => ({
    address: call.memory.loadWord(call.address(1) + index * 8) >>> 0,
    length: call.memory.loadWord(call.address(1) + index * 8 + 4) >>> 0,
  }));
}

export const readv: Implementation = (call) => {
  const file = fileOf(call);
  let total = 0;
  for (const { address, length } of vectors(call)) {
    const count = readInto(call, file, address, length);
    total += count;
    if (count < length) break;
  }
  return total;
};

export const writev: Implementation = (call) => {
  const file = fileOf(call);
  const ranges = vectors(call);
  // One that would be negative as `ssize_t`.
  if (ranges.some(({ length }) => length > 0x7fffffff)) throw new SyscallError("EINVAL");
  if (ranges.every(({ length }) => length === 0)) file.write(new Uint8Array(0));
  return writeRanges(call, file, ranges);
};

/** Runs a transfer at a position of its own and puts the file's position back. */
function atPosition(file: OpenFile, position: bigint, transfer: () => number): number {
  if (position < 0n) throw new SyscallError("EINVAL");
  const before = file.seek(0, "current");
  file.seek(Number(position), "start");
  try {
    return transfer();
  } finally {
    file.seek(before, "start");
  }
}

export const pread64: Implementation = (call) => {
  const file = fileOf(call);
  return atPosition(file, call.pair(4), () => readInto(call, file, call.address(1), call.address(2)));
};

export const pwrite64: Implementation = (call) => {
  const file = fileOf(call);
  return atPosition(file, call.pair(4), () => writeFrom(call, file, call.address(1), call.address(2)));
};

function openPath(call: SystemCall, path: string, flags: number, mode: number): number {
  const access = flags & ACCESS_MODE;
  const options: OpenOptions = {
    isReadable: access !== WRITE_ONLY,
    isWritable: access === WRITE_ONLY || access === READ_WRITE,
    creates: (flags & O_CREAT) !== 0,
    isExclusive: (flags & O_EXCL) !== 0,
    truncates: (flags & O_TRUNC) !== 0,
    appends: (flags & O_APPEND) !== 0,
    mode: mode & 0o777 & ~call.process.fileModeMask,
  };
  const { descriptors, world } = call.process;
  // First, as Linux does: a file that has no number would stay open for good, and might have been made or cut.
  descriptors.expectRoom();
  return descriptors.add(world.files.open(path, options), flags);
}

export const open: Implementation = (call) => openPath(call, pathAt(call, 0), call.argument(1), call.argument(2));

export const openat: Implementation = (call) =>
  openPath(call, pathBelow(call, 0, 1), call.argument(2), call.argument(3));

export const creat: Implementation = (call) =>
  openPath(call, pathAt(call, 0), WRITE_ONLY | O_CREAT | O_TRUNC, call.argument(1));

export const close: Implementation = (call) => {
  call.process.descriptors.close(call.argument(0));
  return 0;
};

function originOf(value: number): SeekOrigin {
  const origin = SEEK_ORIGINS[value];
  if (origin === undefined) throw new SyscallError("EINVAL");
  return origin;
}

export const lseek: Implementation = (call) => {
  const position = fileOf(call).seek(call.argument(1), originOf(call.argument(2)));
  if (position > 0x7fffffff) throw new SyscallError("EOVERFLOW");
  return position;
};

/** `_llseek(fd, high, low, result, whence)`: the new position is stored as 64 bits in guest order. */
export const llseek: Implementation = (call) => {
  const offset = (BigInt(call.argument(1)) << 32n) | BigInt(call.address(2));
  const position = fileOf(call).seek(Number(offset), originOf(call.argument(4)));
  const isBig = call.memory.endianness === "big";
  const [high, low] = [Math.floor(position / 2 ** 32), position % 2 ** 32];
  call.memory.storeWord(call.address(3), isBig ? high : low);
  call.memory.storeWord(call.address(3) + 4, isBig ? low : high);
  return 0;
};

export const ftruncate: Implementation = (call) => {
  if (call.argument(1) < 0) throw new SyscallError("EINVAL");
  fileOf(call).truncate(call.argument(1));
  return 0;
};

export const ftruncate64: Implementation = (call) => {
  const length = Number(call.pair(2));
  if (length < 0) throw new SyscallError("EINVAL");
  fileOf(call).truncate(length);
  return 0;
};

export const unlink: Implementation = (call) => {
  call.process.world.files.remove(pathAt(call, 0));
  return 0;
};

export const unlinkat: Implementation = (call) => {
  call.process.world.files.remove(pathBelow(call, 0, 1));
  return 0;
};

const WRITE_ACCESS = 2;

function checkAccess(call: SystemCall, path: string, wanted: number): number {
  const status = call.process.world.files.statusOf(path);
  if ((wanted & WRITE_ACCESS) === 0) return 0;
  if (status.isReadOnly === true) throw new SyscallError("EROFS");
  if ((status.mode & 0o222) === 0) throw new SyscallError("EACCES");
  return 0;
}

export const access: Implementation = (call) => checkAccess(call, pathAt(call, 0), call.argument(1));

export const faccessat: Implementation = (call) => checkAccess(call, pathBelow(call, 0, 1), call.argument(2));

export const dup: Implementation = (call) => call.process.descriptors.duplicate(call.argument(0));

export const dup2: Implementation = (call) => call.process.descriptors.redirect(call.argument(0), call.argument(1));

const F_DUPFD = 0;
const F_GETFD = 1;
const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const F_DUPFD_CLOEXEC = 1030;

export const fcntl: Implementation = (call) => {
  const descriptor = call.argument(0);
  const flags = call.process.descriptors.flags(descriptor);
  switch (call.argument(1)) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      return call.process.descriptors.duplicate(descriptor, call.argument(2));
    case F_GETFD:
    case F_SETFD:
    case F_SETFL:
      return 0;
    case F_GETFL:
      return flags;
    default:
      throw new SyscallError("EINVAL");
  }
};

/** No file here is a terminal to the guest. */
export const ioctl: Implementation = (call) => {
  fileOf(call);
  throw new SyscallError("ENOTTY");
};

const SELF = "/proc/self/exe";

function answerLink(call: SystemCall, path: string, address: number, length: number): number {
  if (path !== SELF) {
    call.process.world.files.statusOf(path);
    throw new SyscallError("EINVAL");
  }
  const { programName } = call.process;
  // The kernel answers with an absolute path; the guest's current folder is the root.
  const absolute = programName.startsWith("/") ? programName : `/${programName}`;
  const target = new TextEncoder().encode(absolute).subarray(0, length);
  call.memory.writeBytes(address, target);
  return target.length;
}

export const readlink: Implementation = (call) => answerLink(call, pathAt(call, 0), call.address(1), call.address(2));

export const readlinkat: Implementation = (call) =>
  answerLink(call, pathBelow(call, 0, 1), call.address(2), call.address(3));

export const getcwd: Implementation = (call) => {
  const path = new TextEncoder().encode("/\0");
  if (call.address(1) < path.length) throw new SyscallError("ERANGE");
  call.memory.writeBytes(call.address(0), path);
  return path.length;
};

export const umask: Implementation = (call) => {
  const before = call.process.fileModeMask;
  call.process.fileModeMask = call.argument(0) & 0o777;
  return before;
};
