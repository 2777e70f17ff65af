/** System calls on names of files: made, changed, removed. */

import { NANOSECONDS_PER_SECOND } from "../clocks.ts";
import { SyscallError } from "../errno.ts";
import { IDENTITY } from "../identity.ts";
import type { Implementation, SystemCall } from "./call.ts";
import { loadLong } from "./structures.ts";

/** "The current folder" in place of a folder's descriptor. */
const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_REMOVEDIR = 0x200;
const AT_SYMLINK_FOLLOW = 0x400;
/** With it an empty path means the descriptor itself. */
export const AT_EMPTY_PATH = 0x1000;

/** What the guest has written down as a path. */
export function textAt(call: SystemCall, index: number): string {
  const path = call.memory.readString(call.address(index));
  if (path === undefined) throw new SyscallError("ENAMETOOLONG");
  return path;
}

export function pathAt(call: SystemCall, index: number): string {
  return call.process.world.files.resolve(call.process.folder, textAt(call, index));
}

/** A path relative to a folder's descriptor. A folder is known by the path that it was opened by. */
export function pathBelow(call: SystemCall, folder: number, path: number): string {
  const text = textAt(call, path);
  const { files } = call.process.world;
  const number = call.argument(folder);
  if (number === AT_FDCWD || text.startsWith("/")) return files.resolve(call.process.folder, text);
  return files.resolve(folderOf(call, number), text);
}

/** @throws SyscallError `EBADF`, `ENOTDIR` */
function folderOf(call: SystemCall, number: number): string {
  const { file, path } = call.process.descriptors.description(number);
  if (path === undefined || file.status().kind !== "directory") throw new SyscallError("ENOTDIR");
  return path;
}

export function followsLink(flags: number): boolean {
  return (flags & AT_SYMLINK_NOFOLLOW) === 0;
}

const filesOf = (call: SystemCall) => call.process.world.files;

/** A call that answers 0 when it was carried out. */
const done =
  (work: (call: SystemCall) => void): Implementation =>
  (call) => {
    work(call);
    return 0;
  };

export const unlink = done((call) => filesOf(call).remove(pathAt(call, 0)));
export const rmdir = done((call) => filesOf(call).removeFolder(pathAt(call, 0)));
export const unlinkat = done((call) => {
  const flags = call.argument(2);
  if ((flags & ~AT_REMOVEDIR) !== 0) throw new SyscallError("EINVAL");
  const path = pathBelow(call, 0, 1);
  if (flags === 0) filesOf(call).remove(path);
  else filesOf(call).removeFolder(path);
});

const folderMode = (call: SystemCall, index: number): number =>
  call.argument(index) & 0o1777 & ~call.process.fileModeMask;
export const mkdir = done((call) => filesOf(call).makeFolder(pathAt(call, 0), folderMode(call, 1)));
export const mkdirat = done((call) => filesOf(call).makeFolder(pathBelow(call, 0, 1), folderMode(call, 2)));

export const symlink = done((call) => filesOf(call).makeLink(textAt(call, 0), pathAt(call, 1)));
export const symlinkat = done((call) => filesOf(call).makeLink(textAt(call, 0), pathBelow(call, 1, 2)));

export const link = done((call) => filesOf(call).addName(pathAt(call, 0), pathAt(call, 1)));
export const linkat = done((call) => {
  if ((call.argument(4) & ~AT_SYMLINK_FOLLOW) !== 0) throw new SyscallError("EINVAL");
  filesOf(call).addName(pathBelow(call, 0, 1), pathBelow(call, 2, 3));
});

export const rename = done((call) => filesOf(call).rename(pathAt(call, 0), pathAt(call, 1)));
export const renameat = done((call) => filesOf(call).rename(pathBelow(call, 0, 1), pathBelow(call, 2, 3)));

const RENAME_NOREPLACE = 1;

/** What must not be replaced is looked for first: no host's call does both at once. */
export const renameat2 = done((call) => {
  const flags = call.argument(4);
  if ((flags & ~RENAME_NOREPLACE) !== 0) throw new SyscallError("EINVAL");
  const [from, to] = [pathBelow(call, 0, 1), pathBelow(call, 2, 3)];
  if (flags === RENAME_NOREPLACE) {
    filesOf(call).statusOf(from, false);
    if (isThere(call, to)) throw new SyscallError("EEXIST");
  }
  filesOf(call).rename(from, to);
});

function isThere(call: SystemCall, path: string): boolean {
  try {
    filesOf(call).statusOf(path, false);
    return true;
  } catch (error) {
    if (error instanceof SyscallError && error.errno === "ENOENT") return false;
    throw error;
  }
}

/** A file that is cut by its path. */
function truncateAt(call: SystemCall, length: number): number {
  if (length < 0) throw new SyscallError("EINVAL");
  const file = filesOf(call).open(pathAt(call, 0), {
    isReadable: false,
    isWritable: true,
    creates: false,
    isExclusive: false,
    truncates: false,
    appends: false,
    mode: 0,
  });
  try {
    file.truncate(length);
  } finally {
    file.close();
  }
  return 0;
}

export const truncate: Implementation = (call) => truncateAt(call, call.argument(1));
export const truncate64: Implementation = (call) => truncateAt(call, Number(call.pair(2)));

const EXECUTE_ACCESS = 1;
const WRITE_ACCESS = 2;

function checkAccess(call: SystemCall, path: string, wanted: number): number {
  if ((wanted & ~7) !== 0) throw new SyscallError("EINVAL");
  const status = filesOf(call).statusOf(path);
  if ((wanted & EXECUTE_ACCESS) !== 0 && (status.mode & 0o111) === 0) throw new SyscallError("EACCES");
  if ((wanted & WRITE_ACCESS) === 0) return 0;
  if (status.isReadOnly === true) throw new SyscallError("EROFS");
  if ((status.mode & 0o222) === 0) throw new SyscallError("EACCES");
  return 0;
}

export const access: Implementation = (call) => checkAccess(call, pathAt(call, 0), call.argument(1));

export const faccessat: Implementation = (call) => checkAccess(call, pathBelow(call, 0, 1), call.argument(2));

const SELF = "/proc/self/exe";

function answerLink(call: SystemCall, path: string, address: number, length: number): number {
  if (length <= 0) throw new SyscallError("EINVAL");
  const { programName } = call.process;
  // The kernel answers with an absolute path, whatever the program was started as.
  const self = programName.startsWith("/") ? programName : `/${programName}`;
  const target = new TextEncoder().encode(path === SELF ? self : filesOf(call).linkTarget(path)).subarray(0, length);
  call.memory.writeBytes(address, target);
  return target.length;
}

export const readlink: Implementation = (call) => answerLink(call, pathAt(call, 0), call.address(1), call.argument(2));

export const readlinkat: Implementation = (call) =>
  answerLink(call, pathBelow(call, 0, 1), call.address(2), call.argument(3));

export const getcwd: Implementation = (call) => {
  const path = new TextEncoder().encode(`${call.process.folder}\0`);
  if (call.address(1) < path.length) throw new SyscallError("ERANGE");
  call.memory.writeBytes(call.address(0), path);
  return path.length;
};

/** By its words: the kernel would name where the links in it lead. */
function enter(call: SystemCall, path: string): void {
  if (filesOf(call).statusOf(path).kind !== "directory") throw new SyscallError("ENOTDIR");
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  call.process.folder = path.startsWith("/") ? `/${parts.join("/")}` : parts.join("/");
}

export const chdir = done((call) => enter(call, pathAt(call, 0)));
export const fchdir = done((call) => enter(call, folderOf(call, call.argument(0))));

export const umask: Implementation = (call) => {
  const before = call.process.fileModeMask;
  call.process.fileModeMask = call.argument(0) & 0o777;
  return before;
};

export const chmod = done((call) => filesOf(call).change(pathAt(call, 0), { mode: call.argument(1) & 0o7777 }, true));
export const fchmodat = done((call) =>
  filesOf(call).change(pathBelow(call, 0, 1), { mode: call.argument(2) & 0o7777 }, true),
);
export const fchmod = done((call) => {
  const file = call.process.descriptors.file(call.argument(0));
  if (file.change === undefined) throw new SyscallError("EROFS");
  file.change({ mode: call.argument(1) & 0o7777 });
});

/** Every file is the program's own, and there is nobody else to give one to. */
function expectOwn(call: SystemCall, user: number, group: number): void {
  const isOwn = call.argument(user) === -1 || call.argument(user) === IDENTITY.user;
  const isOwnGroup = call.argument(group) === -1 || call.argument(group) === IDENTITY.group;
  if (!isOwn || !isOwnGroup) throw new SyscallError("EPERM");
}

export const chown = done((call) => {
  filesOf(call).statusOf(pathAt(call, 0));
  expectOwn(call, 1, 2);
});
export const lchown = done((call) => {
  filesOf(call).statusOf(pathAt(call, 0), false);
  expectOwn(call, 1, 2);
});
export const fchown = done((call) => {
  call.process.descriptors.file(call.argument(0));
  expectOwn(call, 1, 2);
});
export const fchownat = done((call) => {
  filesOf(call).statusOf(pathBelow(call, 0, 1), followsLink(call.argument(4)));
  expectOwn(call, 2, 3);
});

const UTIME_NOW = 0x3fff_ffffn;
const UTIME_OMIT = 0x3fff_fffen;

/** Two `struct timespec`: undefined stays as it is. */
function timesAt(
  call: SystemCall,
  address: number,
  isWide: boolean,
): readonly [bigint | undefined, bigint | undefined] {
  const now = call.process.world.clock.now("realtime");
  if (address === 0) return [now, now];
  const at = (index: number): bigint | undefined => {
    const seconds = isWide
      ? loadLong(call.memory, address + index * 16)
      : BigInt(call.memory.loadWord(address + index * 8));
    const nanoseconds = isWide
      ? BigInt.asIntN(32, loadLong(call.memory, address + index * 16 + 8))
      : BigInt(call.memory.loadWord(address + index * 8 + 4));
    if (nanoseconds === UTIME_NOW) return now;
    if (nanoseconds === UTIME_OMIT) return undefined;
    if (nanoseconds < 0n || nanoseconds >= NANOSECONDS_PER_SECOND) throw new SyscallError("EINVAL");
    return seconds * NANOSECONDS_PER_SECOND + nanoseconds;
  };
  return [at(0), at(1)];
}

const utimensatWith = (isWide: boolean): Implementation =>
  done((call) => {
    const [accessed, modified] = timesAt(call, call.address(2), isWide);
    if (call.address(1) === 0) {
      const file = call.process.descriptors.file(call.argument(0));
      if (file.change === undefined) throw new SyscallError("EROFS");
      const { accessedAt, modifiedAt } = file.status();
      file.change({ times: { accessedAt: accessed ?? accessedAt, modifiedAt: modified ?? modifiedAt } });
      return;
    }
    const path = pathBelow(call, 0, 1);
    const follows = followsLink(call.argument(3));
    const { accessedAt, modifiedAt } = filesOf(call).statusOf(path, follows);
    const times = { accessedAt: accessed ?? accessedAt, modifiedAt: modified ?? modifiedAt };
    filesOf(call).change(path, { times }, follows);
  });

export const utimensat = utimensatWith(false);
export const utimensatTime64 = utimensatWith(true);

/** `utimes(path, struct timeval[2])`. */
export const utimes = done((call) => {
  const now = call.process.world.clock.now("realtime");
  const at = (index: number): bigint => {
    const address = call.address(1) + index * 8;
    return (
      BigInt(call.memory.loadWord(address)) * NANOSECONDS_PER_SECOND + BigInt(call.memory.loadWord(address + 4)) * 1000n
    );
  };
  const [accessedAt, modifiedAt] = call.address(1) === 0 ? [now, now] : [at(0), at(1)];
  filesOf(call).change(pathAt(call, 0), { times: { accessedAt, modifiedAt } }, true);
});
