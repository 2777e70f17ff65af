/** System calls on open files. Flags and structures as asm/fcntl.h and the o32 kernel interface have them. */

import { SyscallError } from "../errno.ts";
import { openPipe } from "../pipe.ts";
import type { OpenFile, OpenOptions, SeekOrigin } from "../ports.ts";
import type { Implementation, SystemCall } from "./call.ts";
import { pathAt, pathBelow } from "./paths.ts";
import { O_NONBLOCK } from "./ready.ts";
import { storeLong } from "./structures.ts";

const ACCESS_MODE = 3;
const WRITE_ONLY = 1;
const READ_WRITE = 2;
const O_APPEND = 0x0008;
const O_CREAT = 0x0100;
const O_TRUNC = 0x0200;
const O_EXCL = 0x0400;
const O_NOCTTY = 0x0800;
const O_DIRECTORY = 0x1_0000;
const O_NOFOLLOW = 0x2_0000;
const O_CLOEXEC = 0x8_0000;

/** What `open` is told and F_GETFL does not tell. */
const OPENING_FLAGS = O_CREAT | O_TRUNC | O_EXCL | O_NOCTTY | O_CLOEXEC;

const SEEK_ORIGINS: readonly SeekOrigin[] = ["start", "current", "end"];

function fileOf(call: SystemCall): OpenFile {
  return call.process.descriptors.file(call.argument(0));
}

function openPath(call: SystemCall, path: string, flags: number, mode: number): number {
  const access = flags & ACCESS_MODE;
  const isFolder = (flags & O_DIRECTORY) !== 0;
  const options: OpenOptions = {
    isReadable: access !== WRITE_ONLY,
    isWritable: access === WRITE_ONLY || access === READ_WRITE,
    creates: (flags & O_CREAT) !== 0,
    isExclusive: (flags & O_EXCL) !== 0,
    truncates: (flags & O_TRUNC) !== 0,
    appends: (flags & O_APPEND) !== 0,
    refusesLink: (flags & O_NOFOLLOW) !== 0,
    mode: mode & 0o7777 & ~call.process.fileModeMask,
  };
  const { descriptors, world } = call.process;
  // First, as Linux does: a file that has no number would stay open for good, and might have been made or cut.
  descriptors.expectRoom();
  if (isFolder && world.files.statusOf(path).kind !== "directory") throw new SyscallError("ENOTDIR");
  const file = world.files.open(path, options);
  return descriptors.add(file, flags & ~OPENING_FLAGS, { path, closesOnExec: (flags & O_CLOEXEC) !== 0 });
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

/** `close_range(first, last, flags)`. */
export const closeRange: Implementation = (call) => {
  const [first, last, flags] = [call.address(0), call.address(1), call.argument(2)];
  const CLOSE_RANGE_CLOEXEC = 4;
  if (first > last || (flags & ~(CLOSE_RANGE_CLOEXEC | 2)) !== 0) throw new SyscallError("EINVAL");
  const { descriptors } = call.process;
  for (const number of descriptors.numbers().filter((each) => each >= first && each <= last)) {
    if ((flags & CLOSE_RANGE_CLOEXEC) === 0) descriptors.close(number);
    else descriptors.setClosesOnExec(number, true);
  }
  return 0;
};

/** Both ends are in this process. The kernel hands them out in `v0` and `v1`; `pipe2` in memory. */
function makePipe(call: SystemCall, flags: number): [number, number] {
  const { descriptors } = call.process;
  descriptors.expectRoom(2);
  const { readEnd, writeEnd } = openPipe(call.process.pipes++);
  const closesOnExec = (flags & O_CLOEXEC) !== 0;
  const status = flags & O_NONBLOCK;
  return [
    descriptors.add(readEnd, status, { closesOnExec }),
    descriptors.add(writeEnd, status | WRITE_ONLY, { closesOnExec }),
  ];
}

export const pipe: Implementation = (call) => {
  const [read, write] = makePipe(call, 0);
  call.setSecondResult(write);
  return read;
};

export const pipe2: Implementation = (call) => {
  if ((call.argument(1) & ~(O_CLOEXEC | O_NONBLOCK)) !== 0) throw new SyscallError("EINVAL");
  for (const [index, number] of makePipe(call, call.argument(1)).entries()) {
    call.memory.storeWord(call.address(0) + index * 4, number);
  }
  return 0;
};

function originOf(value: number): SeekOrigin {
  const origin = SEEK_ORIGINS[value];
  if (origin === undefined) throw new SyscallError("EINVAL");
  return origin;
}

/** A folder that is sought to its start is read anew; other positions are those that `getdents` gave. */
function seek(call: SystemCall, offset: number, whence: number): number {
  const description = call.process.descriptors.description(call.argument(0));
  const origin = originOf(whence);
  if (description.file.list === undefined) return description.file.seek(offset, origin);
  const position = offset + (origin === "current" ? (description.listing?.position ?? 0) : 0);
  if (position < 0 || origin === "end") throw new SyscallError("EINVAL");
  if (position === 0) delete description.listing;
  else if (description.listing !== undefined) description.listing.position = position;
  return position;
}

export const lseek: Implementation = (call) => {
  const position = seek(call, call.argument(1), call.argument(2));
  if (position > 0x7fffffff) throw new SyscallError("EOVERFLOW");
  return position;
};

/** `_llseek(fd, high, low, result, whence)`: the new position is stored as 64 bits in guest order. */
export const llseek: Implementation = (call) => {
  const offset = (BigInt(call.argument(1)) << 32n) | BigInt(call.address(2));
  const position = seek(call, Number(offset), call.argument(4));
  storeLong(call.memory, call.address(3), BigInt(position));
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

export const dup: Implementation = (call) => call.process.descriptors.duplicate(call.argument(0));

export const dup2: Implementation = (call) => call.process.descriptors.redirect(call.argument(0), call.argument(1));

export const dup3: Implementation = (call) => {
  const [from, to, flags] = [call.argument(0), call.argument(1), call.argument(2)];
  if (from === to || (flags & ~O_CLOEXEC) !== 0) throw new SyscallError("EINVAL");
  return call.process.descriptors.redirect(from, to, (flags & O_CLOEXEC) !== 0);
};

const F_DUPFD = 0;
const F_GETFD = 1;
const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const F_DUPFD_CLOEXEC = 1030;
const F_GETPIPE_SZ = 1032;
const FD_CLOEXEC = 1;

/** With one process every lock is granted, and none stands in its way: by `l_type` F_UNLCK. */
const LOCKS: ReadonlySet<number> = new Set([6, 7, 34, 35]);
const LOCK_QUESTIONS: ReadonlySet<number> = new Set([14, 33]);
const F_UNLCK = 2;

/** What F_SETFL may change: the rest stays as it was opened. */
const SETTABLE_FLAGS = O_APPEND | O_NONBLOCK;

const PIPE_BYTES = 65_536;

export const fcntl: Implementation = (call) => {
  const [number, command, value] = [call.argument(0), call.argument(1), call.argument(2)];
  const { descriptors } = call.process;
  const description = descriptors.description(number);
  if (LOCKS.has(command)) return 0;
  if (LOCK_QUESTIONS.has(command)) {
    call.memory.storeHalf(call.address(2), F_UNLCK);
    return 0;
  }
  switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      return descriptors.duplicate(number, value, command === F_DUPFD_CLOEXEC);
    case F_GETFD:
      return descriptors.closesOnExec(number) ? FD_CLOEXEC : 0;
    case F_SETFD:
      descriptors.setClosesOnExec(number, (value & FD_CLOEXEC) !== 0);
      return 0;
    case F_SETFL:
      description.flags = (description.flags & ~SETTABLE_FLAGS) | (value & SETTABLE_FLAGS);
      return 0;
    case F_GETFL:
      return description.flags;
    case F_GETPIPE_SZ:
      if (description.file.readiness === undefined) throw new SyscallError("EBADF");
      return PIPE_BYTES;
    default:
      throw new SyscallError("EINVAL");
  }
};

/** Of an open file, where nothing more is to be done: what is written is the host's at once. */
export const succeedOnFile: Implementation = (call) => {
  fileOf(call);
  return 0;
};
