/** The device files that programs count on, whatever else there is: `/dev/null` and its kin. */

import { SyscallError } from "./errno.ts";
import type { FileStatus, Files, OpenFile, Randomness } from "./ports.ts";

/** What is read of each; all but `full` take whatever is written. */
const DEVICES: Readonly<Record<string, (length: number, randomness: Randomness) => Uint8Array>> = {
  "/dev/null": () => new Uint8Array(0),
  "/dev/zero": (length) => new Uint8Array(length),
  "/dev/full": (length) => new Uint8Array(length),
  "/dev/random": randomBytes,
  "/dev/urandom": randomBytes,
};

const FULL = "/dev/full";

/** The longest single read: a program that asks for more is given part of it. */
const LONGEST_READ = 1 << 20;

function randomBytes(length: number, randomness: Randomness): Uint8Array {
  const bytes = new Uint8Array(length);
  randomness.fill(bytes);
  return bytes;
}

const PATHS = Object.keys(DEVICES);
const FIRST_INODE = 0x6000_0000;

function statusOf(path: string): FileStatus {
  return {
    kind: "character_device",
    mode: 0o666,
    size: 0,
    inode: FIRST_INODE + PATHS.indexOf(path),
    links: 1,
    accessedAt: 0n,
    modifiedAt: 0n,
    changedAt: 0n,
  };
}

function openDevice(path: string, randomness: Randomness): OpenFile {
  return {
    read: (length) => DEVICES[path]!(Math.min(length, LONGEST_READ), randomness),
    write(bytes) {
      if (path === FULL && bytes.length > 0) throw new SyscallError("ENOSPC");
    },
    seek: () => 0,
    status: () => statusOf(path),
    truncate() {
      throw new SyscallError("EINVAL");
    },
    close() {},
  };
}

/** The same files, and the devices before them. */
export function withDevices(files: Files, randomness: Randomness): Files {
  const isDevice = (path: string): boolean => Object.hasOwn(DEVICES, path);
  return {
    ...files,
    open: (path, options) => (isDevice(path) ? openDevice(path, randomness) : files.open(path, options)),
    statusOf: (path, followsLink) => (isDevice(path) ? statusOf(path) : files.statusOf(path, followsLink)),
  };
}
