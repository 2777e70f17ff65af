import { createHash } from "node:crypto";
import { once } from "node:events";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname, join, parse } from "node:path";
import { createInterface } from "node:readline";
import { HistoryError } from "../errors.ts";
import { parseExact } from "../query/index.ts";
import type { HistoryEvent } from "./event.ts";
import type { HistoryLog } from "./log.ts";

const LINE_END = 0x0a;

/** Bytes that the name of a file may have on all usual file systems. */
const LONGEST_FILE_NAME = 255;

/** Where the system has it, a write returns when it is on disk: one call in place of two. */
const WRITES_ARE_SYNCED = constants.O_DSYNC !== undefined;

export interface FileHistoryLog extends HistoryLog {
  stream(): AsyncIterable<HistoryEvent>;
  /** Bytes of a torn last line that `read` cut off: what a process that was killed had not finished. */
  readonly cutBytes: number;
  close(): Promise<void>;
}

/**
 * A history in a file, one event a line. `append` resolves when the lines are on disk. The file and its folder are made
 * with the first batch. One process at a time may hold it.
 */
export function fileHistoryLog(path: string): FileHistoryLog {
  let opening: Promise<FileHandle> | undefined;
  let writing: Promise<void> = Promise.resolve();
  let cutBytes = 0;
  const children = new Map<string, FileHistoryLog>();

  const opened = async (): Promise<FileHandle> => {
    opening ??= create(path);
    try {
      return await opening;
    } catch (error) {
      opening = undefined;
      throw error;
    }
  };
  const write = async (bytes: Uint8Array): Promise<void> => {
    const file = await opened();
    await writeAll(file, bytes);
    if (!WRITES_ARE_SYNCED) await file.datasync();
  };

  return {
    get cutBytes() {
      return cutBytes;
    },
    append(batch) {
      writing = write(batch.bytes);
      return writing;
    },
    async read() {
      const events: HistoryEvent[] = [];
      for await (const event of this.stream()) events.push(event);
      return events;
    },
    async *stream() {
      cutBytes = await cutTornLine(path);
      yield* eventsOf(path);
    },
    open(name) {
      const child = children.get(name) ?? fileHistoryLog(openedPath(path, name));
      children.set(name, child);
      return child;
    },
    async close() {
      // Also where the first batch is still on its way to a file that is being made.
      await writing.catch(() => undefined);
      const file = await opening;
      opening = undefined;
      await file?.close();
      for (const child of children.values()) await child.close();
    },
  };
}

/** Where a log in a file keeps the log of a name that is opened from it: in a folder beside it. */
export function openedPath(path: string, name: string): string {
  const { dir, name: base, ext } = parse(path);
  return join(dir, base, `${fileNameOf(name, LONGEST_FILE_NAME - ext.length)}${ext}`);
}

/** A name that does not fit, such as the ARN of a Map Run in a Map Run, is cut and told from others by its hash. */
function fileNameOf(name: string, longest: number): string {
  const encoded = encodeURIComponent(name);
  if (encoded.length <= longest) return encoded;
  const hash = createHash("sha256").update(name).digest("hex");
  return `${encoded.slice(0, longest - hash.length - 1)}-${hash}`;
}

async function create(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(
    path,
    constants.O_CREAT | constants.O_APPEND | constants.O_WRONLY | (constants.O_DSYNC ?? 0),
    0o644,
  );
  try {
    await syncFolder(dirname(path));
  } catch (error) {
    await file.close();
    throw error;
  }
  return file;
}

/** A new name is on disk only when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await file.write(bytes, written, bytes.length - written)).bytesWritten;
  }
}

/** Cuts off what stands behind the last line end, and answers with its length in bytes. */
async function cutTornLine(path: string): Promise<number> {
  const file = await openIfThere(path, "r+");
  if (file === undefined) return 0;
  try {
    const { size } = await file.stat();
    const end = await endOfLastLine(file, size);
    if (end < size) {
      await file.truncate(end);
      await file.sync();
    }
    return size - end;
  } finally {
    await file.close();
  }
}

async function endOfLastLine(file: FileHandle, size: number): Promise<number> {
  const piece = Buffer.alloc(64 * 1024);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - piece.length);
    const { bytesRead } = await file.read(piece, 0, end - start, start);
    const lineEnd = piece.subarray(0, bytesRead).lastIndexOf(LINE_END);
    if (lineEnd !== -1) return start + lineEnd + 1;
    end = start;
  }
  return 0;
}

async function* eventsOf(path: string): AsyncGenerator<HistoryEvent> {
  const file = await openIfThere(path, "r");
  if (file === undefined) return;
  const bytes = file.createReadStream();
  try {
    let number = 0;
    for await (const line of createInterface({ input: bytes, crlfDelay: Number.POSITIVE_INFINITY })) {
      yield parseLine(line, ++number, path);
    }
  } finally {
    // Also of a reader that wants no more, or that met a damaged line. The stream closes its file, and says when it has.
    bytes.destroy();
    if (!bytes.closed) await once(bytes, "close");
  }
}

async function openIfThere(path: string, flags: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, flags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function parseLine(line: string, number: number, path: string): HistoryEvent {
  try {
    return parseExact(line) as HistoryEvent;
  } catch (error) {
    throw new HistoryError(`${path}: line ${number} is not JSON. The file was changed or damaged.`, { cause: error });
  }
}
