import { fromHistoryEvent, openedPath } from "../../asl/engine.ts";
import { type HistoryEvent, type HistoryLog, memoryHistoryLog, parseExact, stringifyExact } from "../../asl/index.ts";
import type { LogEnd, LogPlace, StoredLogs } from "../records/storage.ts";
import { fileNameOf } from "../records/stored-text.ts";
import { LogPages, type PageRange } from "./log-pages.ts";

/** The log of an execution under way. */
export interface OpenHistory extends HistoryLog {
  /** Number of events that are durable. */
  readonly durableCount: number;
  /** Why it could not be read or written to, if that was so. */
  readonly failure: unknown;
  /**
   * Resolves once every event so far is durable, and most likely what follows from them without a wait.
   *
   * @param isBusy what follows goes on for long: it is not waited for.
   */
  settled(isBusy?: () => boolean): Promise<void>;
  /** Waits for what is being written and takes no more: what comes later is for the next process to find out. */
  close(): Promise<void>;
}

/** How far logs go, by their paths. */
export type LogEnds = Readonly<Record<string, LogEnd>>;

/** The histories of executions, by ARN. */
export interface Histories {
  open(executionArn: string): OpenHistory;
  /**
   * The events of an execution that are durable, one by one. It may be under way.
   * @param ends how far it must go
   * @throws CorruptionError behind the last that is whole
   */
  read(executionArn: string, ends?: LogEnds): AsyncIterable<HistoryEvent>;
  /** How many those are. @throws CorruptionError */
  count(executionArn: string, ends?: LogEnds): Promise<number>;
  /** How many of them are whole. */
  wholeCount(executionArn: string): Promise<number>;
  /** Some of them. @throws CorruptionError */
  page(executionArn: string, range: PageRange): Promise<readonly HistoryEvent[]>;
  /**
   * The lines of a journal that was opened from the execution's log, by the names it was opened by, one from the other.
   * It may be under way.
   *
   * @param from where to begin: the `end` of the last line that is known.
   * @param ends how far it must go
   * @throws CorruptionError
   */
  journal(executionArn: string, names: readonly string[], from?: LogPlace, ends?: LogEnds): AsyncIterable<JournalLine>;
  /** How far the history and its journals go, to be kept with the execution once that has ended. */
  ends(executionArn: string): LogEnds;
  /** Says that what `ends` told is kept. */
  ended(executionArn: string): void;
  /** Adds an event to the history of an execution that is not under way, if it has one. */
  add(executionArn: string, eventAfter: (count: number) => HistoryEvent): Promise<void>;
}

/** A line of a journal, complete. */
export interface JournalLine {
  readonly text: string;
  /** Where the next line begins. */
  readonly end: LogPlace;
}

/** Of events in one answer: making more of them would keep others waiting. */
const mostBytesOfPage = 1024 * 1024;

/** Histories of which places are remembered. */
const keptPages = 16;

/** The log of an execution in `logs`. */
export function historyPath(executionArn: string): string {
  return `${fileNameOf(executionArn)}.jsonl`;
}

/** Histories that are stored. */
export function storedHistories(logs: StoredLogs): Histories {
  const open = (arn: string) => {
    const log = storedLog(logs, historyPath(arn));
    return openHistory(log, () => log.close());
  };
  const known = new Map<string, LogPages>();
  const pagesOf = (arn: string) => {
    const pages = known.get(arn) ?? new LogPages(logs, historyPath(arn), mostBytesOfPage);
    known.delete(arn);
    known.set(arn, pages);
    for (const oldest of known.keys()) if (known.size > keptPages) known.delete(oldest);
    return pages;
  };
  return {
    open,
    async *read(arn, ends) {
      const path = historyPath(arn);
      for await (const { text } of logs.lines(path, undefined, ends?.[path])) yield JSON.parse(text) as HistoryEvent;
    },
    count: (arn, ends) => pagesOf(arn).count(ends?.[historyPath(arn)]),
    wholeCount: (arn) => pagesOf(arn).wholeCount(),
    page: async (arn, range) => (await pagesOf(arn).page(range)).map((text) => JSON.parse(text) as HistoryEvent),
    journal(arn, names, from, ends) {
      const path = names.reduce(openedPath, historyPath(arn));
      return logs.lines(path, from, ends?.[path]);
    },
    ends: (arn) => logs.ends(historyPath(arn)),
    ended: (arn) => logs.ended(historyPath(arn)),
    async add(arn, eventAfter) {
      const history = open(arn);
      try {
        const { length } = await history.read();
        if (length > 0) await history.append(batchOf(eventAfter(length)));
      } finally {
        await history.close();
      }
    },
  };
}

function batchOf(event: HistoryEvent) {
  const lines = `${JSON.stringify(event)}\n`;
  return { records: [fromHistoryEvent(event)], events: [event], lines, bytes: Buffer.from(lines) };
}

/** A log, with those that are opened from it beside it. */
function storedLog(logs: StoredLogs, path: string): HistoryLog & { close(): Promise<void> } {
  const log = logs.open(path);
  const children = new Map<string, ReturnType<typeof storedLog>>();
  const stream = async function* () {
    for await (const text of log.read()) yield parseExact(text) as HistoryEvent;
  };
  return {
    append: (batch) => log.append(batch.lines),
    async read() {
      const events: HistoryEvent[] = [];
      for await (const event of stream()) events.push(event);
      return events;
    },
    stream,
    open(name) {
      const child = children.get(name) ?? storedLog(logs, openedPath(path, name));
      children.set(name, child);
      return child;
    },
    async close() {
      await log.close();
      for (const child of children.values()) await child.close();
    },
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
    async *read(arn) {
      yield* await logOf(arn).read();
    },
    count: async (arn) => (await logOf(arn).read()).length,
    wholeCount: async (arn) => (await logOf(arn).read()).length,
    page: async (arn, { from, to, isFromEnd }) => {
      const events = (await logOf(arn).read()).slice(from, to);
      return isFromEnd ? firstOf(events.toReversed()).toReversed() : firstOf(events);
    },
    async *journal(arn, names, from) {
      const log = names.reduce<HistoryLog>((opener, name) => opener.open!(name), logOf(arn));
      const entries = (await log.read()).slice(from?.lines);
      for (const [index, entry] of entries.entries()) {
        const lines = (from?.lines ?? 0) + index + 1;
        yield { text: stringifyExact(entry), end: { lines, bytes: lines, sha256: "" } };
      }
    },
    ends: () => ({}),
    ended: () => undefined,
    async add(arn, eventAfter) {
      const log = logOf(arn);
      const { length } = await log.read();
      if (length > 0) await log.append(batchOf(eventAfter(length)));
    },
  };
}

/** The first events, as many of them as one answer should hold. */
function firstOf(events: readonly HistoryEvent[]): readonly HistoryEvent[] {
  let bytes = 0;
  const tooMany = events.findIndex((event, index) => {
    bytes += JSON.stringify(event).length;
    return index > 0 && bytes > mostBytesOfPage;
  });
  return tooMany === -1 ? events : events.slice(0, tooMany);
}

const ignore = () => undefined;

/** Rounds of writes that are waited for; an execution with many children may always have one under way. */
const mostRounds = 20;

function openHistory(log: HistoryLog, close: () => Promise<void>): OpenHistory {
  let isClosed = false;
  let durableCount = 0;
  let failure: unknown;
  const pending = new Set<Promise<unknown>>();

  const noting = async <T>(act: Promise<T>): Promise<T> => {
    try {
      return await act;
    } catch (error) {
      failure ??= error;
      throw error;
    }
  };
  const notingItems = async function* <T>(items: AsyncIterable<T>) {
    try {
      yield* items;
    } catch (error) {
      failure ??= error;
      throw error;
    }
  };

  const counted = async function* <T>(items: AsyncIterable<T>, wasRead: (count: number) => void) {
    let count = 0;
    for await (const item of items) {
      count += 1;
      yield item;
    }
    wasRead(count);
  };

  const guarded = (
    inner: HistoryLog,
    appended: (count: number) => void,
    wasRead: (count: number) => void,
  ): HistoryLog => ({
    async append(batch) {
      if (isClosed) throw new Error("the server has stopped; the execution goes on at its next start");
      const append = noting(inner.append(batch));
      pending.add(append);
      try {
        await append;
        appended(batch.records.length);
      } finally {
        pending.delete(append);
      }
    },
    async read() {
      const events = await noting(inner.read());
      wasRead(events.length);
      return events;
    },
    ...(inner.stream === undefined ? {} : { stream: () => counted(notingItems(inner.stream!()), wasRead) }),
    ...(inner.open === undefined ? {} : { open: (name: string) => guarded(inner.open!(name), ignore, ignore) }),
  });

  const settled = async (rounds: number, isBusy: () => boolean = () => false) => {
    for (let round = 0; round < rounds && (round === 0 || (pending.size > 0 && !isBusy())); round++) {
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
    get failure() {
      return failure;
    },
    settled: (isBusy) => settled(mostRounds, isBusy),
    async close() {
      isClosed = true;
      await settled(Number.POSITIVE_INFINITY);
      await close();
    },
  };
}
