import { toHistoryEvent } from "./codec.ts";
import { type CompactEvents, CompactHeads, compactText, readCompact } from "./compact.ts";
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

/**
 * The histories of many executions in one log. Executions that run at the same time share its writes, so a thousand of
 * them wait for the disk as often as one.
 */
export class HistoryJournal {
  readonly #log: HistoryLog;
  #waiting: Write[] = [];
  #isWriting = false;
  readonly #text = new JsonText();
  readonly #heads = new CompactHeads();
  /** One write at a time goes on, so all of them share the place where their text comes together. */
  readonly #lines = new Utf8Text();
  /** What the log held when it was last read; undefined before that. */
  #histories: Map<JournalKey, HistoryEvent[]> | undefined;
  #loading: Promise<Map<JournalKey, HistoryEvent[]>> | undefined;
  /** Executions that were written to since. */
  readonly #written = new Set<JournalKey>();

  constructor(log: HistoryLog) {
    this.#log = log;
  }

  /** Batches that wait to be written. */
  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** The history of one execution, as a log of its own. */
  of(key: JournalKey): HistoryLog {
    return {
      append: (batch) =>
        new Promise((resolve, reject) => {
          this.#written.add(key);
          this.#waiting.push({ key, batch, resolve, reject });
          if (!this.#isWriting) this.#write();
        }),
      read: async () => {
        if (this.#histories?.has(key) === false && !this.#written.has(key)) return NO_EVENTS;
        return [...((await this.#load(key)).get(key) ?? [])];
      },
      // Beside this journal, not in it: a Map Run keeps a journal of its own, whose entries would lose their keys here.
      ...(this.#log.open && { open: (name: string) => this.#log.open!(`${key} ${name}`) }),
    };
  }

  /** All events there are, in the order in which they were written. */
  async *records(): AsyncGenerator<{ readonly key: JournalKey; readonly record: EventRecord }> {
    for await (const entry of this.#entries()) {
      for (const record of readCompact(entry)) yield { key: entry.execution, record };
    }
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

  #write(): void {
    this.#isWriting = true;
    // Executions that have something to write in this turn join in.
    queueMicrotask(() => {
      const writes = this.#waiting;
      this.#waiting = [];
      this.#log.append(new JournalBatch(writes, this.#text, this.#heads, this.#lines)).then(
        () => this.#end(writes, ({ resolve }) => resolve()),
        (error: unknown) => this.#end(writes, ({ reject }) => reject(error)),
      );
    });
  }

  #end(writes: readonly Write[], tell: (write: Write) => void): void {
    this.#isWriting = false;
    for (const write of writes) tell(write);
    if (this.#waiting.length > 0 && !this.#isWriting) this.#write();
  }
}

const NO_EVENTS: readonly HistoryEvent[] = [];

interface Write {
  readonly key: JournalKey;
  readonly batch: HistoryBatch;
  resolve(): void;
  reject(error: unknown): void;
}

class JournalBatch implements HistoryBatch {
  readonly #writes: readonly Write[];
  readonly #text: JsonText;
  readonly #lines: Utf8Text;
  readonly #heads: CompactHeads;

  constructor(writes: readonly Write[], text: JsonText, heads: CompactHeads, lines: Utf8Text) {
    this.#writes = writes;
    this.#text = text;
    this.#heads = heads;
    this.#lines = lines;
  }

  get records(): readonly EventRecord[] {
    return this.#writes.flatMap(({ batch }) => batch.records);
  }

  /** What a log in memory keeps of it: the entries. */
  get events(): readonly HistoryEvent[] {
    const lines = this.lines.split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as HistoryEvent);
  }

  get bytes(): Uint8Array {
    this.#lines.clear();
    for (const { key, batch } of this.#writes) {
      const { records } = batch;
      const head = `{"execution":${JSON.stringify(key)},"type":"${records.at(-1)?.kind.type}"`;
      this.#lines.add(`${head},${compactText(records, this.#text, this.#heads)}}\n`);
    }
    return this.#lines.bytes;
  }

  get lines(): string {
    return Buffer.from(this.bytes).toString();
  }
}
