import { toHistoryEvent } from "../history/codec.ts";
import type { HistoryEvent } from "../history/event.ts";
import { JsonText } from "../history/json-text.ts";
import type { EventKind } from "../history/kinds.ts";
import { type HistoryLog, RecordBatch } from "../history/log.ts";
import { EventRecord } from "../history/record.ts";
import type { ExecutionClock } from "./clock.ts";
import type { PayloadMeter } from "./payload.ts";
import { EVENT_WORK } from "./turns.ts";

/** Thrown where an event does not fit into the history any more. */
export const HISTORY_IS_FULL = Symbol("history is full");

/** Events that may go by without a look at the clock, if nothing came from outside. */
const EVENTS_IN_A_MOMENT = 64;

/** What an event without a payload takes, in memory and on disk, and the part of its weight that a payload does: weights are bounds. */
const EVENT_BYTES = 64;
const SHIFT_OF_WEIGHT = 1;

/** Unwritten bytes from which on a write pays although there is more to run. */
const BYTES_WORTH_A_WRITE = 512 * 1024;

/** Unwritten bytes with which an execution waits for its log: more of them would only fill the memory. */
const MOST_UNWRITTEN_BYTES = 2 * 1024 * 1024;

/** The work of a payload that is written again is a fourth: its text is there already. A shift, for it is done for each event. */
const SHIFT_OF_SAME_VALUE = 2;

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

export interface LedgerOptions {
  readonly log: HistoryLog | undefined;
  readonly clock: ExecutionClock;
  readonly payloads: PayloadMeter;
  readonly maxEvents: number;
  /** What the log holds already. */
  readonly records: readonly EventRecord[];
  /** Whether events stay in memory once the log has them, or where there is none. */
  readonly keepsEvents: boolean;
}

const NO_WAITERS: readonly Waiter[] = [];

/**
 * The events of one execution and what of them is durable. All events that come together while one write is under way
 * go into the next: concurrent branches share it.
 */
export class Ledger {
  readonly #log: HistoryLog | undefined;
  readonly #clock: ExecutionClock;
  readonly #payloads: PayloadMeter;
  readonly #maxEvents: number;
  readonly #keepsEvents: boolean;
  /** Events behind `#droppedCount` of them that are not in memory any more. */
  #records: EventRecord[];
  #droppedCount = 0;
  #durableCount: number;
  #now: number;
  #isWriting = false;
  /** Id of the last event that says more than that a worker took a task: it is worth a write of its own. */
  #newsCount: number;
  #failure: { readonly error: unknown } | undefined;
  #waiting: readonly Waiter[] = NO_WAITERS;
  #work = 0;
  #lastValue: unknown = undefined;
  #lastWeight = 0;
  /** Bytes, about, of events that are not durable, and of those of them that are in no write yet. */
  #unwrittenBytes = 0;
  #waitingBytes = 0;

  constructor({ log, clock, payloads, maxEvents, records, keepsEvents }: LedgerOptions) {
    this.#log = log;
    this.#clock = clock;
    this.#payloads = payloads;
    this.#maxEvents = maxEvents;
    this.#keepsEvents = keepsEvents;
    this.#records = keepsEvents ? records.slice() : [];
    this.#droppedCount = keepsEvents ? 0 : records.length;
    this.#now = clock.now();
    this.#durableCount = records.length;
    this.#newsCount = records.length;
  }

  /** Events so far. */
  get count(): number {
    return this.#droppedCount + this.#records.length;
  }

  /** The events in memory. */
  get events(): readonly HistoryEvent[] {
    const text = new JsonText();
    return this.#records.map((record) => toHistoryEvent(record, text));
  }

  /** What all events so far, but for those that were there at the beginning, cost to make and write. */
  get work(): number {
    return this.#work;
  }

  get isWriting(): boolean {
    return this.#isWriting;
  }

  /** Whether there is a log and it should be written now. */
  get wantsWrite(): boolean {
    return this.#log !== undefined && this.#durableCount < this.#newsCount && !this.#isWriting;
  }

  /** Whether a write pays, or somebody waits for it, although the execution has not come to a stop. */
  get wantsWriteBetween(): boolean {
    const isAskedFor = this.#durableCount === 0 || this.#waiting.length > 0;
    return this.wantsWrite && (isAskedFor || this.#waitingBytes >= BYTES_WORTH_A_WRITE);
  }

  /** Counts work that is not done for an event. */
  worked(work: number): void {
    this.#work += work;
  }

  /** What waits for the log is as much as may: nothing more is to happen before it is written. */
  get isBehind(): boolean {
    return this.#isWriting && this.#unwrittenBytes >= MOST_UNWRITTEN_BYTES;
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
    const id = this.#droppedCount + this.#records.length + 1;
    // The last place is kept for the end of the execution.
    if (id >= this.#maxEvents && !kind.type.startsWith("Execution")) throw HISTORY_IS_FULL;
    if (id % EVENTS_IN_A_MOMENT === 0) this.#now = this.#clock.now();
    const record = new EventRecord(id, previousEventId, kind, this.#now, name, value, extra);
    // What is not written is only handed on: its size costs what measuring it did.
    if (this.#log === undefined) this.#work += EVENT_WORK + this.#payloads.takeMeasured();
    else this.#weigh(value, extra);
    if (this.#log === undefined && !this.#keepsEvents) this.#droppedCount = id;
    else this.#records.push(record);
    if (!kind.isMarker) this.#newsCount = id;
    return record;
  }

  /**
   * Writes what came since the last write, and tells when it is durable or could not be written.
   *
   * @returns whether it is a large write
   */
  write(listener: WriteListener): boolean {
    const { count } = this;
    const bytes = this.#waitingBytes;
    const batch = new RecordBatch(this.#records.slice(this.#durableCount - this.#droppedCount));
    this.#isWriting = true;
    this.#waitingBytes = 0;
    this.#log!.append(batch).then(
      () => {
        this.#isWriting = false;
        this.#durableCount = count;
        this.#unwrittenBytes -= bytes;
        if (!this.#keepsEvents) this.#drop(count);
        if (this.#waiting.length > 0) this.#tellWaiting(count);
        listener.wrote();
      },
      (error: unknown) => {
        this.#isWriting = false;
        listener.crash(error);
      },
    );
    return bytes >= BYTES_WORTH_A_WRITE;
  }

  /** Nothing more is written: whoever waits for it is told. */
  giveUp(error: unknown): void {
    this.#failure = { error };
    const waiting = this.#waiting;
    this.#waiting = NO_WAITERS;
    for (const { reject } of waiting) reject(error);
  }

  /** A value that events in a row have is one value in memory, and one text. */
  #weigh(value: unknown, extra: unknown): void {
    let weight = 0;
    let work = EVENT_WORK;
    if (value !== undefined) {
      if (value === this.#lastValue) work += this.#lastWeight >> SHIFT_OF_SAME_VALUE;
      else {
        this.#lastWeight = this.#payloads.weigh(value);
        this.#lastValue = value;
        work += this.#lastWeight;
      }
      weight = this.#lastWeight;
    }
    if (extra !== undefined && typeof extra !== "number") {
      const more = this.#payloads.weigh(extra);
      weight += more;
      work += more;
    }
    const bytes = EVENT_BYTES + (weight >> SHIFT_OF_WEIGHT);
    this.#work += work;
    this.#waitingBytes += bytes;
    this.#unwrittenBytes += bytes;
  }

  #drop(count: number): void {
    this.#records = this.#records.slice(count - this.#droppedCount);
    this.#droppedCount = count;
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
