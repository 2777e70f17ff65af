import { childName, type EventRecord, readCompact } from "../../asl/engine.ts";
import { type JournalEntry, parseExact } from "../../asl/index.ts";
import { refusals } from "../api/errors.ts";
import type { ExecutionRecords, MapRunRecord } from "../records/records.ts";
import { isDamage, type LogPlace } from "../records/storage.ts";
import type { Histories, JournalLine } from "./histories.ts";

type ChildStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

/** What is known of a child execution of a Map Run without its payloads. Times are milliseconds since 1970. */
export interface ChildSummary {
  readonly index: number;
  readonly startDate: number;
  /** Items that it works on. */
  readonly itemCount: number;
  readonly status: ChildStatus;
  readonly stopDate: number | undefined;
  readonly redriveCount: number;
  readonly redriveDate: number | undefined;
}

/** Reads the child executions of Map Runs from their journals. */
export interface ChildReader {
  /** All that were begun, in no order. */
  summaries(run: MapRunRecord): Promise<readonly ChildSummary[]>;
  /** The child of a name; undefined if there is none. */
  named(run: MapRunRecord, name: string): Promise<ChildSummary | undefined>;
  /** All events of a child. */
  records(run: MapRunRecord, index: number): Promise<readonly EventRecord[]>;
}

/** Map Runs whose children are kept in mind. */
const keptRuns = 8;

/** What was read of a journal so far; it is read on from there. */
interface Progress {
  end: LogPlace | undefined;
  readonly children: Map<number, ChildSummary>;
  readonly indexes: Map<string, number>;
  reading: Promise<void>;
}

/** @throws ServiceError for a journal that is damaged */
export function childReader(histories: Histories, executions: ExecutionRecords): ChildReader {
  const known = new Map<string, Progress>();

  const linesOf = async function* (run: MapRunRecord, from: LogPlace | undefined): AsyncGenerator<JournalLine> {
    try {
      const root = await executions.read(run.rootArn);
      yield* histories.journal(run.rootArn, run.logNames, from, root?.logEnds);
    } catch (error) {
      throw isDamage(error) ? refusals.damaged(error) : error;
    }
  };

  const readOn = async (run: MapRunRecord, progress: Progress) => {
    for await (const { text, end } of linesOf(run, progress.end)) {
      const entry = parseExact(text) as JournalEntry;
      const index = entry.execution as number;
      for (const record of readCompact(entry)) {
        progress.children.set(index, summaryAfter(record, index, progress.children.get(index), run.isBatched));
      }
      progress.end = end;
    }
  };

  const progressOf = async (run: MapRunRecord): Promise<Progress> => {
    const progress = known.get(run.arn) ?? {
      end: undefined,
      children: new Map(),
      indexes: new Map(),
      reading: Promise.resolve(),
    };
    known.delete(run.arn);
    known.set(run.arn, progress);
    for (const oldest of known.keys()) if (known.size > keptRuns) known.delete(oldest);
    // One at a time, and what cannot be read now may be readable later.
    progress.reading = progress.reading.catch(() => undefined).then(() => readOn(run, progress));
    await progress.reading;
    return progress;
  };

  return {
    summaries: async (run) => [...(await progressOf(run)).children.values()],
    async named(run, name) {
      const { children, indexes } = await progressOf(run);
      if (indexes.size < children.size)
        for (const index of children.keys()) indexes.set(childName(run.arn, index), index);
      const index = indexes.get(name);
      return index === undefined ? undefined : children.get(index);
    },
    async records(run, index) {
      const records: EventRecord[] = [];
      for await (const { text } of linesOf(run, undefined)) {
        if (text.startsWith(`{"execution":${index},`)) records.push(...readCompact(parseExact(text) as JournalEntry));
      }
      return records;
    },
  };
}

const ends: Readonly<Record<string, ChildStatus>> = {
  ExecutionSucceeded: "SUCCEEDED",
  ExecutionFailed: "FAILED",
  ExecutionTimedOut: "TIMED_OUT",
  ExecutionAborted: "ABORTED",
};

function summaryAfter(
  { kind, time, value }: EventRecord,
  index: number,
  before: ChildSummary | undefined,
  isBatched: boolean,
): ChildSummary {
  if (before === undefined || kind.type === "ExecutionStarted") {
    const itemCount = isBatched ? (value as { readonly Items: readonly unknown[] }).Items.length : 1;
    const none = { stopDate: undefined, redriveCount: 0, redriveDate: undefined };
    return { index, startDate: time, itemCount, status: "RUNNING", ...none };
  }
  if (kind.type === "ExecutionRedriven") {
    const redriveCount = before.redriveCount + 1;
    return { ...before, status: "RUNNING", stopDate: undefined, redriveCount, redriveDate: time };
  }
  const status = ends[kind.type];
  return status === undefined ? before : { ...before, status, stopDate: time };
}
