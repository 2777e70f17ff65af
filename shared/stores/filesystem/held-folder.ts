import type { FileSystem } from "./file-system.ts";
import type { LeaseWatch } from "./lease-watch.ts";
import type { LogEnds } from "./log-ends.ts";

/** What the parts of a folder that is held share. */
export interface HeldFolder {
  readonly fs: FileSystem;
  readonly root: string;
  /** Whether logs must be copied before they are written to. */
  readonly isClean: boolean;
  readonly watch: LeaseWatch;
  readonly ends: LogEnds;
  /** A path inside the lease's folder that nothing has used. */
  stage(): string;
  /** Makes the names in a folder durable that are there when it is called. */
  syncFolder(path: string): Promise<void>;
  /** Puts a file in place, whole or not at all, unless the lease is gone. `path` is below the root. */
  replace(path: string, bytes: Uint8Array): Promise<void>;
  /** Takes a file or a folder out of the way, unless the lease is gone. */
  takeAway(path: string): Promise<void>;
  /** Waited for before the folder is given back. */
  track<T>(work: Promise<T>): Promise<T>;
  /** That something written is in doubt: whoever comes next copies the logs. */
  doubt(): void;
}
