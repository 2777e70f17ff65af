import type { EventEnvelope, NewEvent, SequencedEvent } from "../../contracts/event.ts";
import type { RunId } from "../../contracts/ids.ts";
import { canonicalHash } from "../../stores/digest.ts";
import { EMPTY_HEAD } from "../../stores/log-lines.ts";
import type { EventStore, Head, Json } from "../../stores/ports.ts";
import type { RunFold } from "./fold.ts";
import { foldPair } from "./fold-pair.ts";
import type { RunRecord } from "./record.ts";

/** What a run's log says as far as it is known here, which grows by what is new and is never read twice. */
export interface LogTail {
  /** Whether the log was ever looked at. */
  isRead(): boolean;
  /** The last event known. */
  head(): Head;
  /** A live view of what the log says up to there. */
  record(): RunRecord;
  /** A fold to try events on, which goes its own way. */
  fork(): RunFold;
  /** Reads what is new. It holds all that was in the log when this was called; those who ask at once share a read. */
  readOn(): Promise<void>;
  /** The same for what is to be appended: given out without copying as long as it is adopted, with what was tried on it. */
  lend(): RunFold;
  /** Goes on to where an append led. @param fold as it was lent @param events what was taken in since */
  adopt(fold: RunFold, head: Head, events: readonly SequencedEvent[]): void;
}

export function logTail(events: Pick<EventStore, "read">, runId: RunId): LogTail {
  let folds = foldPair();
  let head: Head | undefined;
  let underWay: Promise<void> | undefined;
  let upcoming: Promise<void> | undefined;

  const take = (fresh: readonly EventEnvelope[]): void => {
    let last: EventEnvelope | undefined;
    try {
      for (const event of fresh) {
        folds.take(event);
        last = event;
      }
    } finally {
      if (last !== undefined) head = { seq: last.seq, prev: canonicalHash(last as unknown as Json) };
    }
  };

  /** From the last event known on, which must still be there: it may not have been acknowledged, and its writer be dead. */
  const read = async (): Promise<void> => {
    const from = head ?? EMPTY_HEAD;
    const found: EventEnvelope[] = [];
    for await (const event of events.read(runId, Math.max(1, from.seq))) found.push(event);
    const overlap = from.seq === 0 ? [] : found.splice(0, 1);
    if (overlap.some((event) => canonicalHash(event as unknown as Json) === from.prev) || from.seq === 0) {
      head ??= EMPTY_HEAD;
      // An append of this process may have led further meanwhile.
      const { seq } = head;
      take(found.filter((event) => event.seq > seq));
      return;
    }
    folds = foldPair();
    head = undefined;
    await read();
  };

  return {
    isRead: () => head !== undefined,
    head: () => head ?? EMPTY_HEAD,
    record: () => folds.record(),
    fork: () => folds.fork(),
    readOn() {
      if (underWay === undefined) {
        underWay = read().finally(() => {
          underWay = undefined;
        });
        return underWay;
      }
      // What is under way may have begun before the last append.
      upcoming ??= underWay
        .catch(() => {})
        .then(() => {
          upcoming = undefined;
          return this.readOn();
        });
      return upcoming;
    },
    lend: () => folds.lend(),
    adopt(next, at, events) {
      if (at.seq <= (head?.seq ?? -1)) return;
      folds.adopt(next, events);
      head = at;
    },
  };
}

/** An event at its place in the log, as a fold takes it. */
export function place(event: NewEvent, runId: RunId, seq: number): SequencedEvent {
  return { ...event, run_id: runId, seq };
}
