import type { NewEvent, SequencedEvent } from "../../contracts/event.ts";
import type { RunId } from "../../contracts/ids.ts";
import type { EventStore } from "../../stores/ports.ts";
import type { RunFold } from "./fold.ts";
import { type LogTail, place } from "./log-tail.ts";

/** Where time to wait and chance come from. */
export interface Waiting {
  delay(milliseconds: number): Promise<void>;
  /** A number in [0, 1). */
  random(): number;
}

/** Appends to one run's log beside any number of others, here and elsewhere. */
export interface LogAppender {
  /**
   * Appends the batch at the end of the log, wherever that is, or none of it. Durable when it resolves. Batches stand in
   * the log in the order in which they were given.
   */
  append(batch: readonly NewEvent[]): Promise<void>;
  /** Whether all that was given is done with. */
  isIdle(): boolean;
}

interface Given {
  readonly batch: readonly NewEvent[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  /** Whether the log was read since. */
  isLogRead: boolean;
}

/** What may follow a log: batches that are legal one after the other, and others. */
interface Trial {
  readonly seq: number;
  readonly fold: RunFold;
  /** Those of the batches accepted. */
  readonly events: readonly SequencedEvent[];
  readonly accepted: readonly Given[];
  readonly refused: readonly { readonly given: Given; readonly error: unknown }[];
}

/**
 * Events that go together at the most: a DynamoDB transaction takes 100 actions, of which one may be something else. A
 * larger batch goes alone.
 */
const LARGEST_GROUP = 99;

/**
 * Milliseconds. A wait is a random part of a bound that doubles with each conflict: of about one append over a network at
 * first, and of a few at the most, for the log must not stand idle while many wait.
 */
const FIRST_WAIT = 8;
const LONGEST_WAIT = 100;

/** Appends lost to others in a row before giving up: beyond a minute of it. */
const MOST_CONFLICTS = 1_000;

/**
 * Batches that are given while an append is under way go together in the next, so that all writers of a process stand in
 * the way of those elsewhere like one. What the run's state machine does not allow is refused before it reaches the log, and
 * only once all that was in the log is known: Lambda may deliver a call twice.
 */
export function logAppender(
  events: Pick<EventStore, "append">,
  runId: RunId,
  tail: LogTail,
  { delay, random }: Waiting,
): LogAppender {
  /** In the order in which they were given. */
  const waiting = new Set<Given>();
  let isRunning = false;

  const readOn = async (): Promise<void> => {
    const before = [...waiting];
    await tail.readOn();
    for (const given of before) given.isLogRead = true;
  };

  const settle = (given: Given, end: () => void): void => {
    waiting.delete(given);
    end();
  };

  const commitAll = async (): Promise<void> => {
    // One turn of the microtask queue: what is given together goes together from the first.
    await Promise.resolve();
    let conflicts = 0;
    /** How many of those that wait go one by one, for the store refuses one of them. */
    let alone = 0;
    while (waiting.size > 0) {
      if (!tail.isRead()) await readOn();
      const group = firstOf(waiting, alone > 0 ? 1 : LARGEST_GROUP);
      const trial = tryOut(group, runId, tail);
      if (trial.refused.some(({ given }) => !given.isLogRead)) {
        await readOn();
        continue;
      }
      for (const { given, error } of trial.refused) settle(given, () => given.reject(error));
      if (trial.accepted.length === 0) continue;
      try {
        const { head } = await events.append(
          runId,
          trial.seq,
          trial.accepted.flatMap(({ batch }) => batch),
        );
        tail.adopt(trial.fold, head, trial.events);
      } catch (error) {
        const { name } = error as Error;
        if (name === "ConcurrencyError" && conflicts < MOST_CONFLICTS) {
          await delay(random() * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** conflicts));
          conflicts += 1;
          await readOn();
        } else if (name === "InvalidInputError" && trial.accepted.length > 1) {
          alone = trial.accepted.length;
        } else {
          for (const given of trial.accepted) settle(given, () => given.reject(error));
          alone -= 1;
          conflicts = 0;
        }
        continue;
      }
      for (const given of trial.accepted) settle(given, given.resolve);
      alone -= 1;
      conflicts = 0;
    }
  };

  const run = async (): Promise<void> => {
    isRunning = true;
    while (waiting.size > 0) {
      try {
        await commitAll();
      } catch (error) {
        for (const given of [...waiting]) settle(given, () => given.reject(error));
      }
    }
    isRunning = false;
  };

  return {
    append: (batch) =>
      new Promise((resolve, reject) => {
        waiting.add({ batch, resolve, reject, isLogRead: false });
        if (!isRunning) void run();
      }),
    isIdle: () => !isRunning,
  };
}

function firstOf(waiting: Iterable<Given>, most: number): Given[] {
  const group: Given[] = [];
  let count = 0;
  for (const given of waiting) {
    count += given.batch.length;
    if (group.length > 0 && count > most) break;
    group.push(given);
  }
  return group;
}

function tryOut(group: readonly Given[], runId: RunId, tail: LogTail): Trial {
  let fold = tail.lend();
  const { seq } = fold.record;
  const events: SequencedEvent[] = [];
  const accepted: Given[] = [];
  const refused: { given: Given; error: unknown }[] = [];
  for (const given of group) {
    const before = fold.record.seq;
    try {
      events.push(...takeAll(fold, runId, given.batch));
      accepted.push(given);
    } catch (error) {
      refused.push({ given, error });
      if (fold.record.seq === before) continue;
      // Part of the batch is in the fold, and none may be.
      fold = tail.fork();
      for (const event of events) fold.take(event);
    }
  }
  return { seq, fold, events, accepted, refused };
}

/** @throws {IllegalTransition} */
function takeAll(fold: RunFold, runId: RunId, batch: readonly NewEvent[]): SequencedEvent[] {
  return batch.map((event) => {
    const placed = place(event, runId, fold.record.seq + 1);
    fold.take(placed);
    return placed;
  });
}
