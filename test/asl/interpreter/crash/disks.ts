import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileHistoryLog, type HistoryEvent, type HistoryLog } from "../../../../shared/asl/index.ts";

/** Where histories outlive the processes that write them. */
export interface Disk {
  /** The log of an execution, as a new process finds it. */
  open(): HistoryLog;
  /** The process that opened it is gone. */
  close(): Promise<void>;
  /** What is in the files. */
  contents(): readonly string[];
  remove(): void;
}

/** A folder of files. */
export function fileDisk(): Disk {
  const folder = mkdtempSync(join(tmpdir(), "asl-crash-"));
  let file = fileHistoryLog(join(folder, "history.jsonl"));
  return {
    open: () => file,
    async close() {
      await file.close();
      file = fileHistoryLog(join(folder, "history.jsonl"));
    },
    contents: () => historyFilesIn(folder),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** The contents of the history files of a folder and those below it. */
export function historyFilesIn(folder: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".jsonl"));
  return names.map((name) => readFileSync(join(folder, name), "utf8"));
}

/** The same bytes in memory, for stories by the hundred. */
export function memoryDisk(): Disk {
  const files = new Map<string, string>();
  const logAt = (path: string): HistoryLog => ({
    append: async ({ bytes }) => {
      files.set(path, (files.get(path) ?? "") + Buffer.from(bytes).toString());
    },
    async read() {
      const text = files.get(path) ?? "";
      const whole = text.slice(0, text.lastIndexOf("\n") + 1);
      files.set(path, whole);
      return whole
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line) as HistoryEvent);
    },
    open: (name) => logAt(`${path}/${name}`),
  });
  return {
    open: () => logAt("history"),
    close: async () => {},
    contents: () => [...files.values()],
    remove: () => files.clear(),
  };
}
