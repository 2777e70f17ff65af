import { fromHistoryEvent, toHistoryEvent } from "./codec.ts";
import type { HistoryEvent } from "./event.ts";
import { JsonLines } from "./json-lines.ts";
import { JsonText } from "./json-text.ts";
import type { HistoryBatch, HistoryLog } from "./log.ts";
import type { EventRecord } from "./record.ts";

/** Tells executions of a journal apart. */
export type JournalKey = string | number;

/** An event as a journal keeps it: with the key of its execution beside its own fields. */
export type JournalEvent = HistoryEvent & { readonly execution: JournalKey };

/**
 * The histories of many executions in one log. Executions that run at the same time share its writes, so a thousand of
 * them wait for the disk as often as one.
 */
export class HistoryJournal {
  readonly #log: HistoryLog;
  #waiting: Write[] = [];
  #isWriting = false;
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
      read: async () => [...((await this.#load(key)).get(key) ?? [])],
      open: (name) => this.of(`${key} ${name}`),
    };
  }

  /** All events there are, in the order in which they were written. */
  async *records(): AsyncGenerator<{ readonly key: JournalKey; readonly record: EventRecord }> {
    for await (const event of this.#log.stream?.() ?? (await this.#log.read())) {
      const { execution: key, ...own } = event as JournalEvent;
      yield { key, record: fromHistoryEvent(own as HistoryEvent) };
    }
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
    for await (const event of this.#log.stream?.() ?? (await this.#log.read())) {
      const { execution, ...own } = event as JournalEvent;
      const history = histories.get(execution);
      if (history === undefined) histories.set(execution, [own as HistoryEvent]);
      else history.push(own as HistoryEvent);
    }
    return histories;
  }

  #write(): void {
    this.#isWriting = true;
    // Executions that have something to write in this turn join in.
    queueMicrotask(() => {
      const writes = this.#waiting;
      this.#waiting = [];
      this.#log.append(new JournalBatch(writes)).then(
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

interface Write {
  readonly key: JournalKey;
  readonly batch: HistoryBatch;
  resolve(): void;
  reject(error: unknown): void;
}

class JournalBatch implements HistoryBatch {
  readonly #writes: readonly Write[];
  readonly #text = new JsonText();

  constructor(writes: readonly Write[]) {
    this.#writes = writes;
  }

  get records(): readonly EventRecord[] {
    return this.#writes.flatMap(({ batch }) => batch.records);
  }

  get events(): readonly HistoryEvent[] {
    return this.#writes.flatMap(({ key, batch }) =>
      batch.records.map((record) => ({ execution: key, ...toHistoryEvent(record, this.#text) })),
    );
  }

  get bytes(): Uint8Array {
    const lines = new JsonLines(this.#writes.reduce((count, { batch }) => count + batch.records.length, 0));
    for (const { key, batch } of this.#writes)
      lines.add(batch.records, this.#text, `{"execution":${JSON.stringify(key)},`);
    return lines.bytes;
  }

  get lines(): string {
    return Buffer.from(this.bytes).toString();
  }
}
