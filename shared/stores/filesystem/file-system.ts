/**
 * The only way the file-system stores touch a disk, so that a test can count, fail or tear every operation. Paths are
 * absolute. Methods reject with the operating system's error (`code` such as `ENOENT`), untranslated.
 */
export interface FileSystem {
  /**
   * `read`: an existing file; `write`: an existing file, to read and write; `create`: a new file, `EEXIST` if there. Never
   * waits for what is no file: `EISDIR` where a folder stands there, `EFTYPE` where something else does, such as a FIFO.
   */
  open(path: string, mode: "read" | "write" | "create"): Promise<OpenFile>;
  /** Adds to the end of the file in one write, making the file if need be. Not synced. */
  append(path: string, bytes: Uint8Array): Promise<void>;
  /** What stands at the path, or where a link there leads; undefined when nothing does. */
  stat(path: string): Promise<FileStat | undefined>;
  /** Whether what stands at the path is a link. Left out where there are none. */
  isLink?(path: string): Promise<boolean>;
  /** Names in a folder, sorted. */
  readFolder(path: string): Promise<string[]>;
  makeFolder(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  removeFile(path: string): Promise<void>;
  /** Removes an empty folder. */
  removeFolder(path: string): Promise<void>;
  /** Sets the time of the last change, milliseconds since 1970. */
  touch(path: string, milliseconds: number): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): Promise<void>;
  /** Calls `changed` after something in the folder may have changed; may miss changes. Returns how to stop. */
  watch(path: string, changed: () => void): () => void;
}

export interface OpenFile {
  /** Up to `length` bytes from `offset`; empty at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Writes all the bytes at `offset`, or rejects with some of them written. */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  truncate(length: number): Promise<void>;
  /** Makes the contents durable. */
  sync(): Promise<void>;
  stat(): Promise<FileStat>;
  close(): Promise<void>;
}

export interface FileStat {
  readonly kind: "file" | "folder" | "other";
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
  /** The same for two stats of one file, different for another file of the same name. */
  readonly identity: string;
}

export function errnoOf(error: unknown): string | undefined {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return undefined;
}

/** Whether nothing stands at the path. */
export function isMissing(error: unknown): boolean {
  return errnoOf(error) === "ENOENT";
}

/** @returns whether there was something to rename: another process may have been quicker */
export async function renameIfThere(fs: FileSystem, from: string, to: string): Promise<boolean> {
  try {
    await fs.rename(from, to);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
