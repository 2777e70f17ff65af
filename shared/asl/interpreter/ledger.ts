import { toHistoryEvent } from "../history/codec.ts";
import type { HistoryEvent } from "../history/event.ts";
import { JsonText } from "../history/json-text.ts";
import type { EventKind } from "../history/kinds.ts";
import { type HistoryLog, RecordBatch } from "../history/log.ts";
import { EventRecord, Moment } from "../history/record.ts";
import type { ExecutionClock } from "./clock.ts";
import type { PayloadMeter } from "./payload.ts";
import { type Turns, WRITTEN_EVENT_WORK } from "./turns.ts";

/** Thrown where an event does not fit into the history any more. */
export const HISTORY_IS_FULL = Symbol("history is full");

/** Events that may go by without a look at the clock, if nothing came from outside. */
const EVENTS_IN_A_MOMENT = 64;

/** What an event without a payload takes, in memory and on disk. */
const EVENT_BYTES = 64;

/** The part of its weight that a payload takes, by a shift: weights are bounds. */
const SHIFT_OF_BYTES = 1;

/** The work of writing it, likewise: most payloads are written twice, and their text is made once. */
const SHIFT_OF_WORK = 1;

/** Unwritten bytes from which on a write pays although there is more to run. */
const BYTES_WORTH_A_WRITE = 512 * 1024;

/** Unwritten bytes with which an execution waits for its log: more of them would only fill the memory. */
const MOST_UNWRITTEN_BYTES = 2 * 1024 * 1024;

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

/** What a ledger needs from outside. */
interface LedgerPorts {
  readonly clock: ExecutionClock;
  readonly payloads: PayloadMeter;
  readonly turns: Turns;
}

const NO_WAITERS: readonly Waiter[] = [];
const NO_RECORDS: readonly EventRecord[] = [];

/**
 * The events of one execution and what of them is durable. All events that come together while one write is under way
 * go into the next: concurrent branches share it.
 */
export class Ledger {
  readonly #clock: ExecutionClock;
  readonly #payloads: PayloadMeter;
  readonly #turns: Turns;
  readonly #log: HistoryLog | undefined;
  readonly #maxEvents: number;
  readonly #keepsEvents: boolean;
  /** Whether events are in memory, until they are written at least. */
  readonly #isHeld: boolean;
  /** The last of the events, those that are in memory. */
  #records: EventRecord[];
  #count: number;
  /** The event before which it looks at the clock, and whether there is a place left. */
  #nextLook: number;
  #durableCount: number;
  /** When the next events happen. */
  #now: Moment;
  /** When the last of so many events happened, if none came since the last look at the clock. */
  #last: Moment;
  #countAtTick: number;
  #isWriting = false;
  /** Id of the last event that says more than that a worker took a task: it is worth a write of its own. */
  #newsCount: number;
  #failure: { readonly error: unknown } | undefined = undefined;
  #waiting: readonly Waiter[] = NO_WAITERS;
  /** What one state gives the next one takes: a payload is mostly that of the event before. */
  #lastValue: unknown = undefined;
  #lastWeight = 0;
  /** Bytes, about, of all events to be written so far; those that are in a write, and those that are durable. */
  #bytes = 0;
  #takenBytes = 0;
  #durableBytes = 0;

  /**
   * @param records what the log holds already.
   * @param keepsEvents whether events stay in memory once the log has them, or where there is none.
   */
  constructor(
    { clock, payloads, turns }: LedgerPorts,
    log: HistoryLog | undefined,
    maxEvents: number,
    records: readonly EventRecord[],
    keepsEvents: boolean,
  ) {
    const count = records.length;
    this.#clock = clock;
    this.#payloads = payloads;
    this.#turns = turns;
    this.#log = log;
    this.#maxEvents = maxEvents;
    this.#keepsEvents = keepsEvents;
    this.#isHeld = keepsEvents || log !== undefined;
    // Not `[]`: V8 makes what a literal gives among the old objects once most of it was seen to outlive a scavenge, and an old
    // list keeps all events of an execution until a full collection.
    this.#records = (keepsEvents ? records : NO_RECORDS).slice();
    this.#count = count;
    this.#nextLook = Math.min(count + EVENTS_IN_A_MOMENT, maxEvents);
    this.#now = new Moment(clock.now());
    this.#last = records.at(-1)?.moment ?? this.#now;
    this.#countAtTick = count;
    this.#durableCount = count;
    this.#newsCount = count;
  }

  /** Events so far. */
  get count(): number {
    return this.#count;
  }

  /** The events in memory. */
  get events(): readonly HistoryEvent[] {
    const text = new JsonText();
    return this.#records.map((record) => toHistoryEvent(record, text));
  }

  /** When the last event happened, in milliseconds since the epoch. */
  get lastTime(): number {
    return (this.#count === this.#countAtTick ? this.#last : this.#now).milliseconds;
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
    return this.wantsWrite && (isAskedFor || this.#bytes - this.#takenBytes >= BYTES_WORTH_A_WRITE);
  }

  /** What waits for the log is as much as may: nothing more is to happen before it is written. */
  get isBehind(): boolean {
    return this.#isWriting && this.#bytes - this.#durableBytes >= MOST_UNWRITTEN_BYTES;
  }

  /** Looks at the clock. Events that follow from each other at once happen at one moment. */
  tick(): void {
    if (this.#count !== this.#countAtTick) this.#last = this.#now;
    this.#countAtTick = this.#count;
    const now = this.#clock.now();
    if (now !== this.#now.milliseconds) this.#now = new Moment(now);
  }

  append(
    kind: EventKind,
    previousEventId: number,
    name: string | undefined,
    value: unknown,
    extra: unknown,
  ): EventRecord {
    const id = this.#count + 1;
    if (id >= this.#nextLook) this.#look(id, kind);
    this.#count = id;
    const record = new EventRecord(id, previousEventId, kind, this.#now, name, value, extra);
    if (this.#isHeld) this.#records.push(record);
    if (this.#log !== undefined) this.#weigh(record);
    return record;
  }

  /**
   * Writes what came since the last write, and tells when it is durable or could not be written.
   *
   * @returns whether it is a large write
   */
  write(listener: WriteListener): boolean {
    const count = this.#count;
    const bytes = this.#bytes;
    const weight = bytes - this.#takenBytes;
    const isLarge = weight >= BYTES_WORTH_A_WRITE;
    const batch = new RecordBatch(this.#after(this.#durableCount), weight);
    this.#isWriting = true;
    this.#takenBytes = bytes;
    this.#log!.append(batch).then(
      () => {
        this.#isWriting = false;
        this.#durableCount = count;
        this.#durableBytes = bytes;
        if (!this.#keepsEvents) this.#drop(count);
        if (this.#waiting.length > 0) this.#tellWaiting(count);
        listener.wrote();
      },
      (error: unknown) => {
        this.#isWriting = false;
        listener.crash(error);
      },
    );
    return isLarge;
  }

  /** Nothing more is written: whoever waits for it is told. */
  giveUp(error: unknown): void {
    this.#failure = { error };
    const waiting = this.#waiting;
    this.#waiting = NO_WAITERS;
    for (const { reject } of waiting) reject(error);
  }

  #look(id: number, kind: EventKind): void {
    // The last place is kept for the end of the execution.
    if (id >= this.#maxEvents && !kind.type.startsWith("Execution")) throw HISTORY_IS_FULL;
    this.tick();
    this.#nextLook = Math.min(id + EVENTS_IN_A_MOMENT, this.#maxEvents);
  }

  /** Counts an event that is to be written. */
  #weigh(record: EventRecord): void {
    const { id, kind, value, extra } = record;
    if (value !== this.#lastValue) {
      this.#lastWeight = value === undefined ? 0 : this.#payloads.weigh(value);
      this.#lastValue = value;
    }
    let weight = this.#lastWeight;
    if (extra !== undefined && typeof extra !== "number") weight += this.#payloads.weigh(extra);
    this.#bytes += EVENT_BYTES + (weight >>> SHIFT_OF_BYTES);
    this.#turns.spent += WRITTEN_EVENT_WORK + (weight >>> SHIFT_OF_WORK);
    if (!kind.isMarker) this.#newsCount = id;
  }

  #drop(count: number): void {
    this.#records = this.#after(count);
  }

  /** The events after so many. */
  #after(count: number): EventRecord[] {
    return this.#records.slice(this.#records.length + count - this.#count);
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
