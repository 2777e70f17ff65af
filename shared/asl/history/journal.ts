import { parseExact } from "../query/index.ts";
import { toHistoryEvent } from "./codec.ts";
import { type CompactEvents, CompactHeads, readCompact, writeCompact } from "./compact.ts";
import type { HistoryEvent, HistoryEventType } from "./event.ts";
import { JsonText } from "./json-text.ts";
import type { HistoryBatch, HistoryLog } from "./log.ts";
import type { EventRecord } from "./record.ts";
import { Utf8Text } from "./utf8-text.ts";

/** Tells executions of a journal apart. */
export type JournalKey = string | number;

/** What a journal keeps: events in a row of one execution. */
export interface JournalEntry extends CompactEvents {
  readonly execution: JournalKey;
  /** Type of the last of them. */
  readonly type: HistoryEventType;
}

/** What one write takes, about, of all that waits: nothing else happens while its text is made. */
const BYTES_OF_A_WRITE = 2 * 1024 * 1024;

/** With so much waiting, more would only fill the memory. */
const MANY_BATCHES = 1_000;
const MANY_BYTES = 8 * BYTES_OF_A_WRITE;

/**
 * The histories of many executions in one log. Executions that run at the same time share its writes, so a thousand of
 * them wait for the disk as often as one.
 */
export class HistoryJournal {
  readonly #log: HistoryLog;
  /** What goes into the next writes; only the last of them may take more. */
  readonly #waiting: JointWrite[] = [];
  #waitingBatches = 0;
  #waitingBytes = 0;
  /** The write that is under way. */
  #writing: JointWrite | undefined;
  readonly #heads = new CompactHeads();
  /** One write at a time goes on, so all of them share the place where their text comes together. */
  readonly #lines = new Utf8Text();
  /** What the log held when it was last read; undefined before that. */
  #histories: Map<JournalKey, HistoryEvent[]> | undefined;
  #loading: Promise<Map<JournalKey, HistoryEvent[]>> | undefined;
  /** Executions that were written to since; not kept before, for a Map Run may have millions and never asks. */
  readonly #written = new Set<JournalKey>();

  constructor(log: HistoryLog) {
    this.#log = log;
  }

  /** Where much waits to be written: resolves when less does, and rejects if it cannot be written. */
  get backlog(): Promise<void> | undefined {
    if (this.#waitingBatches < MANY_BATCHES && this.#waitingBytes < MANY_BYTES) return undefined;
    return (this.#writing ?? this.#waiting[0])?.promise;
  }

  /** The history of one execution, as a log of its own. */
  of(key: JournalKey): HistoryLog {
    const log = this.#log;
    return log.open === undefined ? new JournalLog(this, key) : new OpeningJournalLog(this, key, log);
  }

  /** As {@link HistoryLog.append}, for one of the executions. */
  append(key: JournalKey, batch: HistoryBatch): Promise<void> {
    if (this.#histories !== undefined || this.#loading !== undefined) this.#written.add(key);
    const { weight = 0 } = batch;
    const last = this.#waiting.at(-1);
    const write = last === undefined || last.bytes >= BYTES_OF_A_WRITE ? this.#begin() : last;
    write.keys.push(key);
    write.batches.push(batch);
    write.bytes += weight;
    this.#waitingBatches += 1;
    this.#waitingBytes += weight;
    return write.promise;
  }

  /** The events of one execution. */
  async read(key: JournalKey): Promise<readonly HistoryEvent[]> {
    if (this.#histories?.has(key) === false && !this.#written.has(key)) return NO_EVENTS;
    return [...((await this.#load(key)).get(key) ?? [])];
  }

  /** All events there are, in the order in which they were written; together what was written of one execution at once. */
  async *batches(): AsyncGenerator<{ readonly key: JournalKey; readonly records: EventRecord[] }> {
    for await (const entry of this.#entries()) yield { key: entry.execution, records: readCompact(entry) };
  }

  /** The same one by one. */
  async *records(): AsyncGenerator<{ readonly key: JournalKey; readonly record: EventRecord }> {
    for await (const { key, records } of this.batches()) for (const record of records) yield { key, record };
  }

  /** The log is of entries where others are of events: to it, both are JSON. */
  async *#entries(): AsyncGenerator<JournalEntry> {
    yield* (this.#log.stream?.() ?? (await this.#log.read())) as unknown as AsyncIterable<JournalEntry>;
  }

  async #load(key: JournalKey): Promise<Map<JournalKey, HistoryEvent[]>> {
    if (this.#histories !== undefined && !this.#written.has(key)) return this.#histories;
    this.#loading ??= this.#readAll();
    this.#histories = await this.#loading;
    this.#loading = undefined;
    this.#written.clear();
    return this.#histories;
  }

  async #readAll(): Promise<Map<JournalKey, HistoryEvent[]>> {
    const histories = new Map<JournalKey, HistoryEvent[]>();
    const text = new JsonText();
    for await (const entry of this.#entries()) {
      const history = histories.get(entry.execution) ?? [];
      histories.set(entry.execution, history);
      for (const record of readCompact(entry)) history.push(toHistoryEvent(record, text));
    }
    return histories;
  }

  #begin(): JointWrite {
    const write = new JointWrite();
    // Executions that have something to write in this turn join in.
    if (this.#writing === undefined && this.#waiting.length === 0) queueMicrotask(() => this.#write());
    this.#waiting.push(write);
    return write;
  }

  #write(): void {
    if (this.#writing !== undefined) return;
    const write = this.#waiting.shift();
    if (write === undefined) return;
    this.#writing = write;
    this.#waitingBatches -= write.batches.length;
    this.#waitingBytes -= write.bytes;
    this.#log.append(new JournalBatch(write, this.#heads, this.#lines)).then(
      () => this.#end(() => write.resolve()),
      (error: unknown) => this.#end(() => write.reject(error)),
    );
  }

  #end(tell: () => void): void {
    this.#writing = undefined;
    tell();
    if (this.#waiting.length > 0) queueMicrotask(() => this.#write());
  }
}

const NO_EVENTS: readonly HistoryEvent[] = [];

/** The log of one execution in a journal. A class, for there may be millions. */
class JournalLog implements HistoryLog {
  readonly #journal: HistoryJournal;
  readonly key: JournalKey;

  constructor(journal: HistoryJournal, key: JournalKey) {
    this.#journal = journal;
    this.key = key;
  }

  append(batch: HistoryBatch): Promise<void> {
    return this.#journal.append(this.key, batch);
  }

  read(): Promise<readonly HistoryEvent[]> {
    return this.#journal.read(this.key);
  }
}

/** The same, where other logs can be opened beside the journal. */
class OpeningJournalLog extends JournalLog {
  readonly #log: HistoryLog;

  constructor(journal: HistoryJournal, key: JournalKey, log: HistoryLog) {
    super(journal, key);
    this.#log = log;
  }

  /** Not in the journal: a Map Run keeps a journal of its own, whose entries would lose their keys here. */
  open(name: string): HistoryLog {
    return this.#log.open!(`${this.key} ${name}`);
  }
}

/** What goes into one write, and the promise that all who take part in it share. */
class JointWrite {
  readonly keys: JournalKey[] = [];
  readonly batches: HistoryBatch[] = [];
  /** Of all batches, about. */
  bytes = 0;
  readonly promise: Promise<void>;
  resolve!: () => void;
  reject!: (error: unknown) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

const EXECUTION = Buffer.from('{"execution":');
const TYPE = Buffer.from(',"type":');
const COMMA = 0x2c;

class JournalBatch implements HistoryBatch {
  readonly #write: JointWrite;
  readonly #lines: Utf8Text;
  readonly #heads: CompactHeads;

  constructor(write: JointWrite, heads: CompactHeads, lines: Utf8Text) {
    this.#write = write;
    this.#heads = heads;
    this.#lines = lines;
  }

  get records(): readonly EventRecord[] {
    return this.#write.batches.flatMap(({ records }) => records);
  }

  /** What a log in memory keeps of it: the entries. */
  get events(): readonly HistoryEvent[] {
    const lines = this.lines.split("\n").slice(0, -1);
    return lines.map((line) => parseExact(line) as HistoryEvent);
  }

  get bytes(): Uint8Array {
    this.#lines.clear();
    const { batches, keys } = this.#write;
    for (let index = 0; index < batches.length; index++) {
      const { records } = batches[index]!;
      this.#lines.addBytes(EXECUTION);
      this.#lines.addJson(keys[index]);
      this.#lines.addBytes(TYPE);
      this.#lines.addJson(records.at(-1)?.kind.type);
      this.#lines.addByte(COMMA);
      writeCompact(this.#lines, records, this.#heads);
    }
    return this.#lines.bytes;
  }

  get lines(): string {
    return Buffer.from(this.bytes).toString();
  }
}
