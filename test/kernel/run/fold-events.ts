import type { SequencedEvent } from "../../../shared/contracts/event.ts";
import { RunFold } from "../../../shared/kernel/run/fold.ts";
import type { RunRecord } from "../../../shared/kernel/run/record.ts";

/** What a run has come to by these events. */
export function foldEvents(events: Iterable<SequencedEvent>): RunRecord {
  const fold = new RunFold();
  for (const event of events) fold.take(event);
  return fold.record;
}
