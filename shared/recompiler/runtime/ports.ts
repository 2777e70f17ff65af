/** What a guest program needs of the world outside: files, time, randomness. */

/** The kind of a file, as the type bits of `st_mode` tell it. */
export type FileKind = "regular" | "directory" | "pipe" | "character_device";

export interface FileStatus {
  readonly kind: FileKind;
  /** Permission bits, such as 0o644. */
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  /** Distinguishes one file from another, as an inode number does. */
  readonly inode: number;
  /** Nanoseconds since 1970. */
  readonly modifiedAt: bigint;
  /** Where it lies nothing may be written, whatever the permission bits say. */
  readonly isReadOnly?: boolean;
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
}

export interface OpenOptions {
  readonly isReadable: boolean;
  readonly isWritable: boolean;
  readonly creates: boolean;
  /** With `creates`: the file must not exist yet. */
  readonly isExclusive: boolean;
  readonly truncates: boolean;
  readonly appends: boolean;
  /** Permission bits of a new file. */
  readonly mode: number;
}

/** The file system a guest sees. Paths are the guest's own, absolute or relative. Throws as {@link OpenFile} does. */
export interface Files {
  readonly standardInput: OpenFile;
  readonly standardOutput: OpenFile;
  readonly standardError: OpenFile;
  open(path: string, options: OpenOptions): OpenFile;
  statusOf(path: string): FileStatus;
  remove(path: string): void;
}

export type GuestClockName = "realtime" | "monotonic";

export interface GuestClock {
  /** Nanoseconds: since 1970 for `realtime`, since some fixed moment for `monotonic`. */
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
