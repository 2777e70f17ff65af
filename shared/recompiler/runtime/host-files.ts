/** The host's file system as a recompiled program may see it: its standard streams, the files it was told of, a root. */

import * as fs from "node:fs";
import * as path from "node:path";
import { errnoOfHostError, SyscallError } from "./errno.ts";
import { asGuest, hostFile, kindOf, secondsOf, statusFrom, streamEnd } from "./host-open-file.ts";
import type { FileStatus, Files, FolderEntry, OpenOptions, StatusChange, TerminalSize } from "./ports.ts";
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
  /** Standard streams that are a terminal, by descriptor. */
  readonly terminals?: Readonly<Partial<Record<0 | 1 | 2, TerminalSize>>>;
}

function openFlags(options: OpenOptions): number {
  const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_NOFOLLOW = 0 } = fs.constants;
  const access = options.isWritable ? (options.isReadable ? O_RDWR : O_WRONLY) : O_RDONLY;
  return (
    access |
    (options.creates ? O_CREAT : 0) |
    (options.creates && options.isExclusive ? O_EXCL : 0) |
    (options.truncates ? O_TRUNC : 0) |
    (options.appends ? O_APPEND : 0) |
    (options.refusesLink === true ? O_NOFOLLOW : 0)
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
  const belowRoot = (given: string): Place => {
    const parts = root === undefined ? undefined : partsBelow(root, given);
    if (root !== undefined && parts !== undefined) return { root, parts };
    throw new SyscallError(isNamed(given) ? "EROFS" : "EACCES");
  };
  const isNamed = (given: string): boolean => named.has(path.resolve(given));
  /** A folder that the way to the root leads through. */
  const isAboveRoot = (given: string): boolean => {
    if (root === undefined || options.root === undefined || partsBelow(root, given) !== undefined) return false;
    const relative = path.relative(path.resolve(given), path.resolve(options.root));
    return relative !== "" && !path.isAbsolute(relative) && relative.split(path.sep)[0] !== "..";
  };
  /** For what changes something. @param isThere what is there already, to say what Linux says before it says that nothing is written */
  const writable = (given: string, isThere?: "expected" | "refused"): Place => {
    const place = belowRoot(given);
    if (isWritable) return place;
    const found = statusOrNothing(place);
    if (isThere === "expected" && found === undefined) throw new SyscallError("ENOENT");
    if (isThere === "refused" && found !== undefined) throw new SyscallError("EEXIST");
    throw new SyscallError("EROFS");
  };
  const openBelow = (given: string, open: OpenOptions): number => {
    const { root, parts } = belowRoot(given);
    if (isWritable) return root.open(parts, openFlags(open), open.mode);
    return root.open(parts, openFlags(withoutWriting(root, parts, open)), open.mode);
  };
  const list = (given: string): FolderEntry[] =>
    asGuest(() => {
      const parts = root === undefined ? undefined : partsBelow(root, given);
      // An argument grants its file, and no folder's names.
      if (root === undefined || parts === undefined) throw new SyscallError("EACCES");
      const entries = root.list(parts);
      return entries.map(([name, status]) => ({ name, kind: kindOf(status), inode: statusFrom(status).inode }));
    });

  return {
    standardInput: streamEnd(0, true, options.terminals?.[0]),
    standardOutput: streamEnd(1, false, options.terminals?.[1]),
    standardError: streamEnd(2, false, options.terminals?.[2]),
    startFolder: process.cwd(),
    resolve(folder, guestPath) {
      if (guestPath === "") throw new SyscallError("ENOENT");
      return path.isAbsolute(guestPath) ? guestPath : `${folder}${path.sep}${guestPath}`;
    },
    open: (given, open) =>
      asGuest(() => {
        // What the user named is opened as named: the real path of a pipe (`/dev/stdin`, `<(...)`) is no path.
        const isGranted = isNamed(given) && !open.isWritable && !open.creates && !open.truncates;
        const descriptor = isGranted ? fs.openSync(given, openFlags(open), open.mode) : openBelow(given, open);
        return hostFile(descriptor, open, { list: () => list(given), isWritable: isWritable && !isGranted });
      }),
    statusOf: (given, followsLink = true) =>
      asGuest(() => {
        if (isNamed(given)) {
          const stats = (followsLink ? fs.statSync : fs.lstatSync)(given, { bigint: true });
          return { ...statusFrom(stats), isReadOnly: true };
        }
        if (isAboveRoot(given)) return FOLDER_ABOVE;
        const { root, parts } = belowRoot(given);
        return { ...statusFrom(root.statusOf(parts, followsLink)), isReadOnly: !isWritable };
      }),
    linkTarget: (given) =>
      asGuest(() => {
        if (isNamed(given)) return fs.readlinkSync(given);
        const { root, parts } = belowRoot(given);
        return root.at(parts, (place) => fs.readlinkSync(place));
      }),
    remove: (given) =>
      asGuest(() => {
        const { root, parts } = writable(given, "expected");
        root.remove(parts);
      }),
    removeFolder: (given) =>
      asGuest(() => {
        const { root, parts } = writable(given, "expected");
        root.at(parts, (place) => fs.rmdirSync(place));
      }),
    makeFolder: (given, mode) =>
      asGuest(() => {
        const { root, parts } = writable(given, "refused");
        root.at(parts, (place) => fs.mkdirSync(place, { mode }));
      }),
    makeLink: (target, given) =>
      asGuest(() => {
        const { root, parts } = writable(given, "refused");
        root.at(parts, (place) => fs.symlinkSync(target, place));
      }),
    addName: (existing, given) =>
      asGuest(() => {
        const [from, to] = [belowRoot(existing), writable(given, "refused")];
        from.root.at(from.parts, (old) => to.root.at(to.parts, (place) => fs.linkSync(old, place)));
      }),
    rename: (given, target) =>
      asGuest(() => {
        const [from, to] = [writable(given, "expected"), belowRoot(target)];
        from.root.at(from.parts, (old) => to.root.at(to.parts, (place) => fs.renameSync(old, place)));
      }),
    change: (given, change, followsLink) =>
      asGuest(() => {
        const { root, parts } = writable(given, "expected");
        if (followsLink) root.behind(parts, (place) => changeAt(place, change, fs.utimesSync));
        else root.at(parts, (place) => changeAt(place, change, fs.lutimesSync));
      }),
    spaceOf: (given) =>
      asGuest(() => {
        const { root, parts } = belowRoot(given);
        const space = root.behind(parts, (place) => fs.statfsSync(place, { bigint: true }));
        return {
          blockSize: Number(space.bsize),
          blocks: space.blocks,
          freeBlocks: space.bavail,
          files: space.files,
          freeFiles: space.ffree,
        };
      }),
  };
}

/** What is told of the folders above the root: that they are there, as the root's own path says. Nothing of them is looked at. */
const FOLDER_ABOVE: FileStatus = {
  kind: "directory",
  mode: 0o111,
  size: 0,
  inode: 1,
  links: 2,
  accessedAt: 0n,
  modifiedAt: 0n,
  changedAt: 0n,
  isReadOnly: true,
};

/** A place below the root. */
interface Place {
  readonly root: RootFolder;
  readonly parts: readonly string[];
}

function statusOrNothing({ root, parts }: Place): fs.BigIntStats | undefined {
  try {
    return root.statusOf(parts, false);
  } catch (error) {
    if (errnoOfHostError(error) !== "ENOENT") throw error;
    return undefined;
  }
}

/** The mode is that of what a link leads to: links have none of their own. */
function changeAt(place: string, { mode, times }: StatusChange, utimes: typeof fs.utimesSync): void {
  if (mode !== undefined) {
    if (utimes === fs.lutimesSync) throw new SyscallError("EOPNOTSUPP");
    fs.chmodSync(place, mode);
  }
  if (times !== undefined) utimes(place, secondsOf(times.accessedAt), secondsOf(times.modifiedAt));
}

/**
 * The parts of a path from the root on, as they are: `..` behind a link leads up from where that leads. On the way to the root, and
 * where it is left again, a path is taken by its words: nothing outside is looked at.
 */
function partsBelow(root: RootFolder, given: string): readonly string[] | undefined {
  const start = path.parse(given).root;
  const outside: string[] = [];
  const isAtRoot = (): boolean => root.partsOf(path.join(start, ...outside))?.length === 0;
  let inside: string[] | undefined = isAtRoot() ? [] : undefined;
  let depth = 0;
  for (const part of given.slice(start.length).split(path.sep)) {
    if (part === "" || part === ".") continue;
    depth += part === ".." ? -1 : 1;
    if (inside !== undefined && depth >= 0) {
      inside.push(part);
      continue;
    }
    inside = undefined;
    if (part === "..") outside.pop();
    else outside.push(part);
    if (!isAtRoot()) continue;
    inside = [];
    depth = 0;
  }
  return inside;
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
