import type { HistoryJournal } from "../../history/journal.ts";
import type { EventRecord } from "../../history/record.ts";
import { IndexSet } from "./index-set.ts";

/** What is known of the children of a Map Run that was interrupted, besides the ones that succeeded. */
export interface KnownChildren {
  readonly succeeded: Pick<IndexSet, "has">;
  /** All events of the children that ended otherwise, by index. */
  readonly failed: ReadonlyMap<number, readonly EventRecord[]>;
  /** All events of the children that had not ended. */
  readonly unfinished: ReadonlyMap<number, readonly EventRecord[]>;
}

const ENDED = /^Execution(Failed|Aborted|TimedOut)$/;

/**
 * Reads the children of a Map Run from its journal, as they were written. A child that succeeded is told at once, with
 * all its events, and not kept.
 *
 * @param onSucceeded returns a promise where it needs a pause; undefined otherwise.
 */
export async function readChildren(
  journal: HistoryJournal,
  onSucceeded: (index: number, records: readonly EventRecord[]) => Promise<void> | undefined,
): Promise<KnownChildren> {
  const succeeded = new IndexSet();
  const failed = new Map<number, readonly EventRecord[]>();
  const unfinished = new Map<number, EventRecord[]>();
  for await (const { key, records: written } of journal.batches()) {
    const index = key as number;
    const before = unfinished.get(index) ?? failed.get(index);
    const records = before === undefined ? written : [...before, ...written];
    if (before !== undefined) {
      unfinished.delete(index);
      failed.delete(index);
    }
    const last = records.at(-1)!;
    if (last.kind.type === "ExecutionSucceeded") {
      succeeded.add(index);
      const pause = onSucceeded(index, records);
      if (pause !== undefined) await pause;
    } else if (ENDED.test(last.kind.type)) failed.set(index, records);
    else unfinished.set(index, records);
  }
  return { succeeded, failed, unfinished };
}
