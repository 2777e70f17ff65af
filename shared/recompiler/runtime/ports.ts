/** What a guest program needs of the world outside: files, time, randomness. */

/** The kind of a file, as the type bits of `st_mode` tell it. */
export type FileKind =
  | "regular"
  | "directory"
  | "symbolic_link"
  | "pipe"
  | "character_device"
  | "block_device"
  | "socket";

export interface FileStatus {
  readonly kind: FileKind;
  /** Permission bits, such as 0o644. */
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  /** Distinguishes one file from another, as an inode number does. */
  readonly inode: number;
  /** Names that lead to it. */
  readonly links: number;
  /** Nanoseconds since 1970: its content was read, its content was changed, anything about it was changed. */
  readonly accessedAt: bigint;
  readonly modifiedAt: bigint;
  readonly changedAt: bigint;
  /** Where it lies nothing may be written, whatever the permission bits say. */
  readonly isReadOnly?: boolean;
}

/** What `chmod` and `utimensat` set; what is left out stays. */
export interface StatusChange {
  /** Permission bits. */
  readonly mode?: number;
  /** Both times together, nanoseconds since 1970. */
  readonly times?: { readonly accessedAt: bigint; readonly modifiedAt: bigint };
}

/** What lies in a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: FileKind;
  readonly inode: number;
}

/** What can be done at once without waiting. */
export interface Readiness {
  readonly readable: boolean;
  readonly writable: boolean;
  /** Nobody is at the other end. */
  readonly isHungUp: boolean;
  /** Bytes that wait to be read. */
  readonly waiting: number;
}

/** Columns and rows of a terminal. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export type SeekOrigin = "start" | "current" | "end";

/**
 * A file that is open, with a position of its own. Every method throws SyscallError for what Linux would answer with
 * an error number.
 */
export interface OpenFile {
  /** Up to `length` bytes from the position on; none at the end. Waits where there is nothing to read yet. */
  read(length: number): Uint8Array;
  /** Writes all bytes, waiting where it must. */
  write(bytes: Uint8Array): void;
  /** Returns the new position. Throws `ESPIPE` for a stream. */
  seek(offset: number, origin: SeekOrigin): number;
  status(): FileStatus;
  truncate(length: number): void;
  close(): void;
  /** Of a folder: what lies in it, without itself and its parent. */
  list?(): readonly FolderEntry[];
  /** @throws SyscallError `EROFS` where nothing may be changed */
  change?(change: StatusChange): void;
  /** Of what there may be a wait for; all else is ready at all times. */
  readiness?(): Readiness;
  /** Of a terminal. */
  readonly terminal?: TerminalSize;
}

export interface OpenOptions {
  readonly isReadable: boolean;
  readonly isWritable: boolean;
  readonly creates: boolean;
  /** With `creates`: the file must not exist yet. */
  readonly isExclusive: boolean;
  readonly truncates: boolean;
  readonly appends: boolean;
  /** A link at the end of the path is refused with `ELOOP`. */
  readonly refusesLink?: boolean;
  /** Permission bits of a new file. */
  readonly mode: number;
}

/** How much there is of a file system, and how much is left. */
export interface FileSystemSpace {
  /** Bytes. */
  readonly blockSize: number;
  readonly blocks: bigint;
  readonly freeBlocks: bigint;
  readonly files: bigint;
  readonly freeFiles: bigint;
}

/**
 * The file system a guest sees. Paths are those that `resolve` gives. Throws as {@link OpenFile} does; what changes anything
 * throws `EROFS` where nothing may be changed.
 */
export interface Files {
  readonly standardInput: OpenFile;
  readonly standardOutput: OpenFile;
  readonly standardError: OpenFile;
  /** Where a program starts. */
  readonly startFolder: string;
  /** @returns the path as it is to be given to all other methods, begun at a folder where it is relative; parts of it are as they were */
  resolve(folder: string, path: string): string;
  open(path: string, options: OpenOptions): OpenFile;
  /** @param followsLink whether a link at the end of the path is followed: default true */
  statusOf(path: string, followsLink?: boolean): FileStatus;
  /** Where a link leads. @throws SyscallError `EINVAL` for what is none */
  linkTarget(path: string): string;
  remove(path: string): void;
  removeFolder(path: string): void;
  makeFolder(path: string, mode: number): void;
  makeLink(target: string, path: string): void;
  /** A second name of a file. */
  addName(existing: string, path: string): void;
  rename(from: string, to: string): void;
  change(path: string, change: StatusChange, followsLink: boolean): void;
  /** Of the file system that a path lies in. */
  spaceOf(path: string): FileSystemSpace;
}

export type GuestClockName = "realtime" | "monotonic" | "processor";

export interface GuestClock {
  /** Nanoseconds: since 1970 for `realtime`, since some fixed moment for `monotonic`, that were spent on the program for `processor`. */
  now(clock: GuestClockName): bigint;
  sleep(nanoseconds: bigint): void;
}

export interface Randomness {
  fill(bytes: Uint8Array): void;
}

export interface World {
  readonly files: Files;
  readonly clock: GuestClock;
  readonly randomness: Randomness;
}
