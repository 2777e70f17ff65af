import { appendFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import type { FileSystem, OpenFile } from "../../../shared/stores/filesystem/file-system.ts";
import { threadName } from "./threads.ts";

/** What was done to the disk, or made durable on it. Bytes are in base64. */
export type Change =
  | { readonly does: "create" | "make_folder" | "remove" | "sync" | "sync_folder"; readonly path: string }
  | { readonly does: "write"; readonly path: string; readonly offset: number; readonly bytes: string }
  | { readonly does: "append"; readonly path: string; readonly bytes: string }
  | { readonly does: "truncate"; readonly path: string; readonly length: number }
  | { readonly does: "rename"; readonly path: string; readonly to: string };

export interface JournalEntry {
  /** Where it stands among those of all threads; a sync stands where it ended. */
  readonly order: number;
  /** Where a sync began: what came later is not in it. */
  readonly began: number;
  readonly thread: string;
  readonly change: Change;
}

/** What all threads share that write one journal. */
export interface JournalSettings {
  /** Folder with a file for each thread. */
  readonly folder: string;
  readonly clock: SharedArrayBuffer;
}

export const JOURNAL_CLOCK_SIZE = Int32Array.BYTES_PER_ELEMENT;

/**
 * A file system that writes down what is done to it, for all threads that share the clock.
 *
 * An operation is told its place before it is made, and all but syncs are made at once (`node-file-system.ts`). Between the
 * two another thread may come first; then both are as likely to be cut off, and no file is written by two threads.
 */
export function journalled(inner: FileSystem, { folder, clock }: JournalSettings): FileSystem {
  const shared = new Int32Array(clock);
  const tick = () => Atomics.add(shared, 0, 1) + 1;
  const thread = threadName();
  mkdirSync(folder, { recursive: true });
  const journal = join(folder, `${process.pid}.${threadId}`);
  const write = (entry: JournalEntry) => appendFileSync(journal, `${JSON.stringify(entry)}\n`);

  const noting = async <T>(change: Change, operate: () => Promise<T>): Promise<T> => {
    const order = tick();
    const result = await operate();
    write({ order, began: order, thread, change });
    return result;
  };
  const notingSync = async (change: Change, operate: () => Promise<void>): Promise<void> => {
    const began = tick();
    await operate();
    write({ order: tick(), began, thread, change });
  };

  const wrapFile = (file: OpenFile, path: string): OpenFile => ({
    read: (offset, length) => file.read(offset, length),
    write: (offset, bytes) =>
      noting({ does: "write", path, offset, bytes: inBase64(bytes) }, () => file.write(offset, bytes)),
    truncate: (length) => noting({ does: "truncate", path, length }, () => file.truncate(length)),
    sync: () => notingSync({ does: "sync", path }, () => file.sync()),
    stat: () => file.stat(),
    close: () => file.close(),
  });

  return {
    ...inner,
    async open(path, mode) {
      const open = () => inner.open(path, mode);
      return wrapFile(await (mode === "create" ? noting({ does: "create", path }, open) : open()), path);
    },
    append: (path, bytes) => noting({ does: "append", path, bytes: inBase64(bytes) }, () => inner.append(path, bytes)),
    makeFolder: (path) => noting({ does: "make_folder", path }, () => inner.makeFolder(path)),
    rename: (path, to) => noting({ does: "rename", path, to }, () => inner.rename(path, to)),
    removeFile: (path) => noting({ does: "remove", path }, () => inner.removeFile(path)),
    removeFolder: (path) => noting({ does: "remove", path }, () => inner.removeFolder(path)),
    syncFolder: (path) => notingSync({ does: "sync_folder", path }, () => inner.syncFolder(path)),
  };
}

/** Everything that was written down in a folder, in order. */
export function readJournal(folder: string): JournalEntry[] {
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  const entries = texts
    .flatMap((text) => text.split("\n").slice(0, -1))
    .map((line) => JSON.parse(line) as JournalEntry);
  return entries.sort((a, b) => a.order - b.order);
}

function inBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
