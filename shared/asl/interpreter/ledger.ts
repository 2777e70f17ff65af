import { toHistoryEvent } from "../history/codec.ts";
import type { HistoryEvent } from "../history/event.ts";
import { JsonText } from "../history/json-text.ts";
import type { EventKind } from "../history/kinds.ts";
import { type HistoryLog, RecordBatch } from "../history/log.ts";
import { EventRecord } from "../history/record.ts";
import type { ExecutionClock } from "./clock.ts";

/** Thrown where an event does not fit into the history any more. */
export const HISTORY_IS_FULL = Symbol("history is full");

/** Events that may go by without a look at the clock, if nothing came from outside. */
const EVENTS_IN_A_MOMENT = 64;

/** Who waits until so many events are durable. */
interface Waiter {
  readonly count: number;
  resolve(): void;
  reject(error: unknown): void;
}

/** Who is told how a write went. */
export interface WriteListener {
  wrote(): void;
  crash(error: unknown): void;
}

const NO_WAITERS: readonly Waiter[] = [];

/**
 * The events of one execution and what of them is durable. All events that come together while one write is under way
 * go into the next: concurrent branches share it.
 */
export class Ledger {
  readonly records: EventRecord[];
  readonly #log: HistoryLog | undefined;
  readonly #clock: ExecutionClock;
  readonly #maxEvents: number;
  #durableCount: number;
  #now: number;
  #isWriting = false;
  /** Id of the last event that says more than that a worker took a task: it is worth a write of its own. */
  #newsCount: number;
  #failure: { readonly error: unknown } | undefined;
  #waiting: readonly Waiter[] = NO_WAITERS;

  /** @param records what the log holds already. */
  constructor(log: HistoryLog | undefined, clock: ExecutionClock, maxEvents: number, records: readonly EventRecord[]) {
    this.#log = log;
    this.#clock = clock;
    this.#maxEvents = maxEvents;
    this.records = records.slice();
    this.#now = clock.now();
    this.#durableCount = records.length;
    this.#newsCount = records.length;
  }

  get events(): readonly HistoryEvent[] {
    const text = new JsonText();
    return this.records.map((record) => toHistoryEvent(record, text));
  }

  get isWriting(): boolean {
    return this.#isWriting;
  }

  /** Whether there is a log and it should be written now. */
  get wantsWrite(): boolean {
    return this.#log !== undefined && this.#durableCount < this.#newsCount && !this.#isWriting;
  }

  /** Looks at the clock. Events that follow from each other at once happen at one moment. */
  tick(): void {
    this.#now = this.#clock.now();
  }

  append(
    kind: EventKind,
    previousEventId: number,
    name: string | undefined,
    value: unknown,
    extra: unknown,
  ): EventRecord {
    const id = this.records.length + 1;
    // The last place is kept for the end of the execution.
    if (id >= this.#maxEvents && !kind.type.startsWith("Execution")) throw HISTORY_IS_FULL;
    if (id % EVENTS_IN_A_MOMENT === 0) this.#now = this.#clock.now();
    const record = new EventRecord(id, previousEventId, kind, this.#now, name, value, extra);
    this.records.push(record);
    if (!kind.isMarker) this.#newsCount = id;
    return record;
  }

  /** Writes what came since the last write, and tells when it is durable or could not be written. */
  write(listener: WriteListener): void {
    const count = this.records.length;
    const batch = new RecordBatch(this.records.slice(this.#durableCount));
    this.#isWriting = true;
    this.#log!.append(batch).then(
      () => {
        this.#isWriting = false;
        this.#durableCount = count;
        if (this.#waiting.length > 0) this.#tellWaiting(count);
        listener.wrote();
      },
      (error: unknown) => {
        this.#isWriting = false;
        this.#failure = { error };
        for (const { reject } of this.#waiting) reject(error);
        this.#waiting = NO_WAITERS;
        listener.crash(error);
      },
    );
  }

  #tellWaiting(count: number): void {
    const waiting = this.#waiting;
    this.#waiting = waiting.filter((waiter) => waiter.count > count);
    for (const waiter of waiting) if (waiter.count <= count) waiter.resolve();
  }

  /** Resolves when the events of now are durable; rejects if they cannot be kept. */
  async durable(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    const count = this.#newsCount;
    if (this.#log === undefined || this.#durableCount >= count) return;
    await new Promise<void>((resolve, reject) => {
      this.#waiting = [...this.#waiting, { count, resolve, reject }];
    });
  }
}
