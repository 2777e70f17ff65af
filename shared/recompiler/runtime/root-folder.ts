/**
 * A folder that is granted, and nothing outside it: paths are walked part by part, no link is followed by the system, and a link inside
 * that leads to a place inside is followed here. So no exchange of a folder for a link, however well timed, gets outside.
 */

import * as fs from "node:fs";
import * as path from "node:path";
import { errnoOfHostError, SyscallError } from "./errno.ts";

/** What of the host's file system is used: tests come in between. */
export type HostFileSystem = Pick<
  typeof fs,
  | "openSync"
  | "closeSync"
  | "fstatSync"
  | "ftruncateSync"
  | "lstatSync"
  | "readlinkSync"
  | "readdirSync"
  | "realpathSync"
  | "unlinkSync"
>;

/** Errors are the host's, or SyscallError: `EACCES` for what leads outside, `ELOOP` for too many links. */
export interface RootFolder {
  /** @param resolved an absolute path without `.` and `..` @returns its parts below the root; undefined when it is not below */
  partsOf(resolved: string): readonly string[] | undefined;
  open(parts: readonly string[], flags: number, mode: number): number;
  /** Of what the path leads to, links inside followed, at its end where that is wanted. */
  statusOf(parts: readonly string[], followsLink?: boolean): fs.BigIntStats;
  /** Hands over the host's path of what the parts name, for a call that follows no link at a path's end. */
  at<Result>(parts: readonly string[], use: (place: string) => Result): Result;
  /** Hands over the host's path of what the parts lead to, for a call that would follow a link: it is none. */
  behind<Result>(parts: readonly string[], use: (place: string) => Result): Result;
  remove(parts: readonly string[]): void;
  /** The names in a folder, with what `lstat` says of each. */
  list(parts: readonly string[]): readonly (readonly [name: string, status: fs.BigIntStats])[];
}

/** As many as Linux follows. */
const MOST_LINKS = 40;

/** An open folder to go on from, which needs no right to read it (fcntl.h; Node.js does not name it). */
const O_PATH = 0o10000000;

const DESCRIPTORS = "/proc/self/fd";

export type Walk = "descriptors" | "paths";

/** Where the system lets a path begin at an open folder. */
const bestWalk: Walk = process.platform === "linux" && fs.existsSync(DESCRIPTORS) ? "descriptors" : "paths";

export function openRoot(folder: string, walk: Walk = bestWalk, system: HostFileSystem = fs): RootFolder {
  const typed = path.resolve(folder);
  const real = system.realpathSync(typed);
  const partsOf = (resolved: string): readonly string[] | undefined => {
    for (const start of [real, typed]) {
      const relative = path.relative(start, resolved);
      if (relative === "") return [];
      const parts = relative.split(path.sep);
      if (parts[0] !== ".." && !path.isAbsolute(relative)) return parts;
    }
    return undefined;
  };
  const operations = walk === "descriptors" ? byDescriptors(real, partsOf, system) : byPaths(real, partsOf, system);
  return { partsOf, ...operations };
}

type Operations = Omit<RootFolder, "partsOf">;

/** The parts still to walk, next one last, as links replace them. */
class Way {
  readonly #partsOf: RootFolder["partsOf"];
  #left: string[];
  #links = 0;

  constructor(parts: readonly string[], partsOf: RootFolder["partsOf"]) {
    this.#left = [...parts].reverse();
    this.#partsOf = partsOf;
  }

  next(): string | undefined {
    let part = this.#left.pop();
    while (part === "" || part === ".") part = this.#left.pop();
    return part;
  }

  get isAtEnd(): boolean {
    return this.#left.every((part) => part === "" || part === ".");
  }

  /** Goes on where a link leads. @returns whether that starts at the root */
  follow(target: string): boolean {
    if (++this.#links > MOST_LINKS) throw new SyscallError("ELOOP");
    const isFromRoot = path.isAbsolute(target);
    const parts = isFromRoot ? this.#partsOf(path.resolve(target)) : target.split(path.sep);
    if (parts === undefined) throw new SyscallError("EACCES");
    this.#left.push(...[...parts].reverse());
    return isFromRoot;
  }
}

/** Linux: each step starts at the open folder of the step before (`/proc/self/fd/N/part`, which is openat). */
function byDescriptors(root: string, partsOf: RootFolder["partsOf"], system: HostFileSystem): Operations {
  const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = fs.constants;
  const asFolder = O_PATH | O_DIRECTORY | O_NOFOLLOW;
  const rootDescriptor = system.openSync(root, O_RDONLY | O_DIRECTORY);

  /** Hands over the path of what the parts lead to, which begins at an open folder and whose last part is no link. */
  const at = <Result>(parts: readonly string[], followsLast: boolean, use: (path: string) => Result): Result => {
    const way = new Way(parts, partsOf);
    const opened: number[] = [];
    const leave = (count: number): void => {
      for (const descriptor of opened.splice(opened.length - count)) system.closeSync(descriptor);
    };
    try {
      for (;;) {
        const folder = `${DESCRIPTORS}/${opened.at(-1) ?? rootDescriptor}`;
        const part = way.next();
        if (part === undefined) return use(`${folder}/.`);
        if (part === "..") {
          if (opened.length === 0) throw new SyscallError("EACCES");
          leave(1);
          continue;
        }
        const place = `${folder}/${part}`;
        const target = way.isAtEnd && !followsLast ? undefined : linkAt(place, system);
        if (target !== undefined) {
          if (way.follow(target)) leave(opened.length);
        } else if (way.isAtEnd) {
          return use(place);
        } else {
          opened.push(system.openSync(place, asFolder));
        }
      }
    } finally {
      leave(opened.length);
    }
  };

  const opened = <Result>(parts: readonly string[], flags: number, use: (place: string) => Result): Result =>
    at(parts, true, (place) => {
      const descriptor = system.openSync(place, flags | O_NOFOLLOW);
      try {
        return use(`${DESCRIPTORS}/${descriptor}`);
      } finally {
        system.closeSync(descriptor);
      }
    });

  return {
    open: (parts, flags, mode) =>
      at(parts, (flags & O_NOFOLLOW) === 0, (place) => system.openSync(place, flags | O_NOFOLLOW, mode)),
    statusOf: (parts, followsLink = true) =>
      at(parts, followsLink, (place) => {
        const status = system.lstatSync(place, { bigint: true });
        // It has become a link since it was looked at.
        if (followsLink && status.isSymbolicLink()) throw new SyscallError("ELOOP");
        return status;
      }),
    at: (parts, use) => at(parts, false, use),
    behind: (parts, use) => opened(parts, O_PATH, use),
    remove: (parts) => at(parts, false, (place) => system.unlinkSync(place)),
    list: (parts) => opened(parts, O_RDONLY | O_DIRECTORY, (place) => entriesOf(place, system)),
  };
}

/** What lies in a folder; what is gone by the time it is looked at is left out. */
function entriesOf(place: string, system: HostFileSystem): (readonly [name: string, status: fs.BigIntStats])[] {
  return system.readdirSync(place).flatMap((name) => {
    const status = system.lstatSync(`${place}/${name}`, { bigint: true, throwIfNoEntry: false });
    return status === undefined ? [] : [[name, status] as const];
  });
}

/** Where a link leads; undefined for what is no link, or not there. */
function linkAt(place: string, system: HostFileSystem): string | undefined {
  try {
    return system.readlinkSync(place);
  } catch (error) {
    const errno = errnoOfHostError(error);
    // Windows says UNKNOWN of what is no link.
    if (["EINVAL", "ENOENT", "ENOTDIR", "EIO"].includes(errno)) return undefined;
    throw error;
  }
}

/**
 * Elsewhere no path begins at an open folder: the path is walked as it is, and what was opened is compared with what lies inside the root
 * before anything is read, written or cut. What cannot be undone is done by path: a file may be made empty outside, or removed, by
 * whoever exchanges folders within that moment.
 */
function byPaths(root: string, partsOf: RootFolder["partsOf"], system: HostFileSystem): Operations {
  const { O_CREAT, O_EXCL, O_TRUNC, O_NOFOLLOW = 0 } = fs.constants;

  const locate = (parts: readonly string[], followsLast: boolean): string => {
    const way = new Way(parts, partsOf);
    let folders: string[] = [];
    for (let part = way.next(); part !== undefined; part = way.next()) {
      if (part === "..") {
        if (folders.pop() === undefined) throw new SyscallError("EACCES");
        continue;
      }
      const place = path.join(root, ...folders, part);
      const target = way.isAtEnd && !followsLast ? undefined : linkAt(place, system);
      if (target === undefined) folders.push(part);
      else if (way.follow(target)) folders = [];
    }
    return path.join(root, ...folders);
  };

  /** @throws SyscallError unless the file of this status lies inside the root, under the path it was opened by */
  const expectInside = (place: string, status: fs.BigIntStats): void => {
    const real = system.realpathSync(place);
    const found = system.lstatSync(real, { bigint: true });
    if (partsOf(real) === undefined || found.ino !== status.ino || found.dev !== status.dev) {
      throw new SyscallError("EACCES");
    }
  };

  const isThere = (place: string): boolean => system.lstatSync(place, { throwIfNoEntry: false }) !== undefined;

  /** @throws SyscallError unless the folder that the path ends in is the one it names */
  const named = (parts: readonly string[]): string => {
    const place = locate(parts, false);
    const folder = path.dirname(place);
    if (parts.length > 0 && system.realpathSync(folder) !== folder) throw new SyscallError("EACCES");
    return place;
  };
  const statusOf = (parts: readonly string[], followsLink: boolean): fs.BigIntStats => {
    const place = followsLink ? locate(parts, true) : named(parts);
    const status = system.lstatSync(place, { bigint: true });
    if (!status.isSymbolicLink()) expectInside(place, status);
    else if (followsLink) throw new SyscallError("ELOOP");
    return status;
  };
  const behind = (parts: readonly string[]): string => {
    statusOf(parts, true);
    return locate(parts, true);
  };

  return {
    open(parts, flags, mode) {
      const place = locate(parts, O_NOFOLLOW === 0 || (flags & O_NOFOLLOW) === 0);
      const creates = (flags & O_CREAT) !== 0 && ((flags & O_EXCL) !== 0 || !isThere(place));
      const careful = (flags & ~(O_CREAT | O_EXCL | O_TRUNC)) | O_NOFOLLOW | (creates ? O_CREAT | O_EXCL : 0);
      const descriptor = system.openSync(place, careful, mode);
      try {
        expectInside(place, system.fstatSync(descriptor, { bigint: true }));
        if ((flags & O_TRUNC) !== 0 && !creates) system.ftruncateSync(descriptor);
        return descriptor;
      } catch (error) {
        system.closeSync(descriptor);
        throw error;
      }
    },
    statusOf: (parts, followsLink = true) => statusOf(parts, followsLink),
    at: (parts, use) => use(named(parts)),
    behind: (parts, use) => use(behind(parts)),
    remove: (parts) => system.unlinkSync(named(parts)),
    list: (parts) => entriesOf(behind(parts), system),
  };
}
