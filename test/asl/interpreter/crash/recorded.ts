import { fromHistoryEvent } from "../../../../shared/asl/history/codec.ts";
import { readCompact } from "../../../../shared/asl/history/compact.ts";
import type { JournalEntry } from "../../../../shared/asl/history/journal.ts";
import type { EventRecord } from "../../../../shared/asl/history/record.ts";
import type { HistoryEvent } from "../../../../shared/asl/index.ts";

const OUTCOME = /^(LambdaFunction|Task)(Succeeded|Failed|Submitted)$/;

/** The attempts whose outcomes are in history files, in whatever form, in alphabetical order. */
export function recordedAttempts(contents: readonly string[]): readonly string[] {
  return contents
    .flatMap(recordsOf)
    .filter(({ kind }) => OUTCOME.test(kind.type))
    .flatMap(({ value }) => JSON.stringify(value).match(/<[^>]*>/)?.[0] ?? [])
    .sort();
}

/** What stands behind the last line end was never acknowledged. */
function recordsOf(text: string): readonly EventRecord[] {
  const lines = text.split("\n").slice(0, -1);
  return lines.flatMap((line) => {
    const parsed = JSON.parse(line) as HistoryEvent | JournalEntry;
    return "execution" in parsed ? readCompact(parsed as JournalEntry) : [fromHistoryEvent(parsed as HistoryEvent)];
  });
}
