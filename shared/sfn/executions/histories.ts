import { open } from "node:fs/promises";
import { join } from "node:path";
import { openedPath } from "../../asl/engine.ts";
import { fileHistoryLog, type HistoryEvent, type HistoryLog, memoryHistoryLog } from "../../asl/index.ts";
import { isMissing } from "../records/disk.ts";
import { fileNameOf } from "../records/record-store.ts";

/** The log of an execution under way. */
export interface OpenHistory extends HistoryLog {
  /** Number of events that are durable. */
  readonly durableCount: number;
  /** Resolves once every event so far is durable, and most likely what follows from them without a wait. */
  settled(): Promise<void>;
  /** Waits for what is being written and takes no more: what comes later is for the next process to find out. */
  close(): Promise<void>;
}

/** The histories of executions, by ARN. */
export interface Histories {
  open(executionArn: string): OpenHistory;
  /** The events of an execution that is not under way. */
  read(executionArn: string): Promise<readonly HistoryEvent[]>;
  /**
   * The lines of a journal that was opened from the execution's log, by the names it was opened by, one from the other.
   * It may be under way.
   *
   * @param from where to begin: the `end` of the last line that is known, or 0.
   */
  journal(executionArn: string, names: readonly string[], from: number): AsyncIterable<JournalLine>;
}

/** A line of a journal, complete. */
export interface JournalLine {
  readonly text: string;
  /** Where the next line begins. */
  readonly end: number;
}

/** Histories in the files of a folder. */
export function fileHistories(folder: string): Histories {
  const pathOf = (arn: string) => join(folder, `${fileNameOf(arn)}.jsonl`);
  return {
    open(arn) {
      const file = fileHistoryLog(pathOf(arn));
      return openHistory(file, () => file.close());
    },
    read: (arn) => readEvents(pathOf(arn)),
    journal: (arn, names, from) => linesOf(names.reduce(openedPath, pathOf(arn)), from),
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
    async *journal(arn, names, from) {
      const log = names.reduce<HistoryLog>((opener, name) => opener.open!(name), logOf(arn));
      const entries = (await log.read()).slice(from);
      for (const [index, entry] of entries.entries()) yield { text: JSON.stringify(entry), end: from + index + 1 };
    },
  };
}

/** The complete lines of a log, which is left as it is: somebody may be writing to it. */
async function readEvents(path: string): Promise<readonly HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  for await (const { text } of linesOf(path, 0)) events.push(JSON.parse(text) as HistoryEvent);
  return events;
}

/** The same, from a position in bytes on, without having all of them in memory. */
async function* linesOf(path: string, from: number): AsyncGenerator<JournalLine> {
  const file = await open(path, "r").catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (file === undefined) return;
  let end = from;
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of file.createReadStream({ start: from }) as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    for (let lineEnd = rest.indexOf(LINE_END); lineEnd !== -1; lineEnd = rest.indexOf(LINE_END)) {
      end += lineEnd + 1;
      yield { text: rest.toString("utf8", 0, lineEnd), end };
      rest = rest.subarray(lineEnd + 1);
    }
  }
}

const LINE_END = 0x0a;

const ignore = () => undefined;

/** Rounds of writes that are waited for; an execution with many children may always have one under way. */
const mostRounds = 20;

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
    ...(inner.stream === undefined ? {} : { stream: () => inner.stream!() }),
    ...(inner.open === undefined ? {} : { open: (name: string) => guarded(inner.open!(name), ignore, ignore) }),
  });

  const settled = async (rounds: number) => {
    for (let round = 0; round < rounds && (round === 0 || pending.size > 0); round++) {
      await Promise.allSettled([...pending]);
      // What follows from an append that ended has been appended by then.
      await new Promise((resolve) => setImmediate(resolve));
    }
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
    settled: () => settled(mostRounds),
    async close() {
      isClosed = true;
      await settled(Number.POSITIVE_INFINITY);
      await close();
    },
  };
}
