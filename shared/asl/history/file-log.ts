import { constants } from "node:fs";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname, join, parse } from "node:path";
import { HistoryError } from "../errors.ts";
import type { HistoryEvent } from "./event.ts";
import type { HistoryLog } from "./log.ts";

export interface FileHistoryLog extends HistoryLog {
  /** Bytes of a torn last line that `read` cut off: what a process that was killed had not finished. */
  readonly cutBytes: number;
  close(): Promise<void>;
}

/**
 * A history in a file, one event a line. `append` resolves when the lines are on disk. The file and its folder are made
 * with the first batch. One process at a time may hold it.
 */
export function fileHistoryLog(path: string): FileHistoryLog {
  let file: FileHandle | undefined;
  let cutBytes = 0;
  const children = new Map<string, FileHistoryLog>();

  return {
    get cutBytes() {
      return cutBytes;
    },
    async append(batch) {
      file ??= await create(path);
      await file.appendFile(batch.lines);
      await file.datasync();
    },
    async read() {
      const text = await readIfThere(path);
      const end = text.lastIndexOf("\n") + 1;
      cutBytes = Buffer.byteLength(text.slice(end));
      if (cutBytes > 0) await cutTo(path, Buffer.byteLength(text.slice(0, end)));
      return parseLines(text.slice(0, end), path);
    },
    open(name) {
      const { dir, name: base, ext } = parse(path);
      const child = children.get(name) ?? fileHistoryLog(join(dir, base, `${encodeURIComponent(name)}${ext}`));
      children.set(name, child);
      return child;
    },
    async close() {
      await file?.close();
      file = undefined;
      for (const child of children.values()) await child.close();
    },
  };
}

async function create(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, constants.O_CREAT | constants.O_APPEND | constants.O_WRONLY, 0o644);
  // A new name is on disk only when its folder is.
  const folder = await open(dirname(path), constants.O_RDONLY);
  await folder.sync();
  await folder.close();
  return file;
}

async function readIfThere(path: string): Promise<string> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
  try {
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

async function cutTo(path: string, bytes: number): Promise<void> {
  const file = await open(path, "r+");
  await file.truncate(bytes);
  await file.sync();
  await file.close();
}

function parseLines(text: string, path: string): HistoryEvent[] {
  const lines = text.split("\n").slice(0, -1);
  return lines.map((line, index) => {
    try {
      return JSON.parse(line) as HistoryEvent;
    } catch (error) {
      throw new HistoryError(`${path}: line ${index + 1} is not JSON. The file was changed or damaged.`, {
        cause: error,
      });
    }
  });
}
