import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileHistoryLog, type HistoryEvent, type HistoryLog, memoryHistoryLog } from "../../asl/index.ts";
import { isMissing } from "../../stores/filesystem/file-system.ts";
import { fileNameOf } from "./record-store.ts";

/** The log of an execution under way. */
export interface OpenHistory extends HistoryLog {
  /** Number of events that are durable. */
  readonly durableCount: number;
  /** Resolves once every event so far is durable. */
  settled(): Promise<void>;
  /** Waits for what is being written and takes no more: what comes later is for the next process to find out. */
  close(): Promise<void>;
}

/** The histories of executions, by ARN. */
export interface Histories {
  open(executionArn: string): OpenHistory;
  /** The events of an execution that is not under way. */
  read(executionArn: string): Promise<readonly HistoryEvent[]>;
  /** The events of a log that the execution's opened for its child executions; it may be under way. */
  readChild(executionArn: string, name: string): Promise<readonly HistoryEvent[]>;
}

/** Histories in the files of a folder. */
export function fileHistories(folder: string): Histories {
  const pathOf = (arn: string) => join(folder, `${fileNameOf(arn)}.jsonl`);
  return {
    open(arn) {
      const file = fileHistoryLog(pathOf(arn));
      return openHistory(file, () => file.close());
    },
    read: (arn) => readLines(pathOf(arn)),
    readChild: (arn, name) => readLines(join(folder, fileNameOf(arn), `${encodeURIComponent(name)}.jsonl`)),
  };
}

/** Histories that end with the process. */
export function memoryHistories(): Histories {
  const logs = new Map<string, HistoryLog>();
  const logOf = (arn: string) => {
    const log = logs.get(arn) ?? memoryHistoryLog();
    logs.set(arn, log);
    return log;
  };
  return {
    open: (arn) => openHistory(logOf(arn), async () => undefined),
    read: async (arn) => await logOf(arn).read(),
    readChild: async (arn, name) => (await logOf(arn).open?.(name).read()) ?? [],
  };
}

/** The complete lines of a log, which is left as it is: somebody may be writing to it. */
async function readLines(path: string): Promise<readonly HistoryEvent[]> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (isMissing(error)) return "";
    throw error;
  });
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as HistoryEvent);
}

const ignore = () => undefined;

function openHistory(log: HistoryLog, close: () => Promise<void>): OpenHistory {
  let isClosed = false;
  let durableCount = 0;
  const pending = new Set<Promise<unknown>>();

  const guarded = (
    inner: HistoryLog,
    appended: (count: number) => void,
    wasRead: (count: number) => void,
  ): HistoryLog => ({
    async append(batch) {
      if (isClosed) throw new Error("the server has stopped; the execution goes on at its next start");
      const append = inner.append(batch);
      pending.add(append);
      try {
        await append;
        appended(batch.records.length);
      } finally {
        pending.delete(append);
      }
    },
    async read() {
      const events = await inner.read();
      wasRead(events.length);
      return events;
    },
    ...(inner.open === undefined ? {} : { open: (name: string) => guarded(inner.open!(name), ignore, ignore) }),
  });

  const settled = async () => {
    do {
      await Promise.allSettled(pending);
      // What follows from an append that ended has been appended by then.
      await new Promise((resolve) => setImmediate(resolve));
    } while (pending.size > 0);
  };
  return {
    ...guarded(
      log,
      (count) => {
        durableCount += count;
      },
      (count) => {
        durableCount = count;
      },
    ),
    get durableCount() {
      return durableCount;
    },
    settled,
    async close() {
      isClosed = true;
      await settled();
      await close();
    },
  };
}
