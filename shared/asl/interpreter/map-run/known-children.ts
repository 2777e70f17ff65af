import type { HistoryJournal } from "../../history/journal.ts";
import type { EventRecord } from "../../history/record.ts";

/** What is known of the children of a Map Run that was interrupted, besides the ones that succeeded. */
export interface KnownChildren {
  readonly succeeded: ReadonlySet<number>;
  /** All events of the children that ended otherwise, by index. */
  readonly failed: ReadonlyMap<number, readonly EventRecord[]>;
  /** All events of the children that had not ended. */
  readonly unfinished: ReadonlyMap<number, readonly EventRecord[]>;
}

const ENDED = /^Execution(Failed|Aborted|TimedOut)$/;

/**
 * Reads the children of a Map Run from its journal, one event at a time. A child that succeeded is told at once, with
 * its first and last event, and not kept.
 */
export async function readChildren(
  journal: HistoryJournal,
  onSucceeded: (index: number, started: EventRecord, ended: EventRecord) => void,
): Promise<KnownChildren> {
  const succeeded = new Set<number>();
  const failed = new Map<number, EventRecord[]>();
  const unfinished = new Map<number, EventRecord[]>();
  for await (const { key, record } of journal.records()) {
    const index = key as number;
    const records = unfinished.get(index) ?? failed.get(index) ?? [];
    records.push(record);
    failed.delete(index);
    unfinished.delete(index);
    if (record.kind.type === "ExecutionSucceeded") {
      succeeded.add(index);
      onSucceeded(index, records[0]!, record);
    } else if (ENDED.test(record.kind.type)) failed.set(index, records);
    else unfinished.set(index, records);
  }
  return { succeeded, failed, unfinished };
}
