import { fromHistoryEvent, toHistoryEvent, toJsonLine } from "../../history/codec.ts";
import type { HistoryEvent } from "../../history/event.ts";
import { JsonText } from "../../history/json-text.ts";
import type { HistoryBatch, HistoryLog } from "../../history/log.ts";
import type { EventRecord } from "../../history/record.ts";

/** An event of a child execution; `execution` is the index of its item or batch. */
type JournalEvent = HistoryEvent & { readonly execution?: number };

/** What is known of the children of a Map Run that was interrupted: all events of each that had not ended. */
export interface KnownChildren {
  readonly ended: ReadonlyMap<number, readonly EventRecord[]>;
  readonly unfinished: ReadonlyMap<number, readonly EventRecord[]>;
}

const ENDED = /^Execution(Succeeded|Failed|Aborted|TimedOut)$/;

/** The histories of all children of a Map Run in one log, so that children that run at the same time share its writes. */
export class MapRunJournal {
  readonly #log: HistoryLog;
  #waiting: { readonly index: number; readonly batch: HistoryBatch; readonly settle: Settle }[] = [];
  #isWriting = false;

  constructor(log: HistoryLog) {
    this.#log = log;
  }

  /** Batches that wait to be written. */
  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Reads what is there. Of a child that has ended only its first and last event are kept in memory. */
  async read(): Promise<KnownChildren> {
    const unfinished = new Map<number, EventRecord[]>();
    const ended = new Map<number, readonly EventRecord[]>();
    for (const event of (await this.#log.read()) as readonly JournalEvent[]) {
      const { execution: index = 0, ...own } = event;
      const record = fromHistoryEvent(own as HistoryEvent);
      const records = unfinished.get(index) ?? [...(ended.get(index) ?? [])];
      records.push(record);
      if (ENDED.test(event.type)) {
        ended.set(index, record.kind.type === "ExecutionSucceeded" ? [records[0]!, record] : records);
        unfinished.delete(index);
      } else {
        ended.delete(index);
        unfinished.set(index, records);
      }
    }
    return { ended, unfinished };
  }

  /** The log of one child. */
  child(index: number): HistoryLog {
    return {
      append: (batch) =>
        new Promise((resolve, reject) => {
          this.#waiting.push({ index, batch, settle: { resolve, reject } });
          if (!this.#isWriting) this.#write();
        }),
      read: async () => [],
    };
  }

  #write(): void {
    this.#isWriting = true;
    // Children that were started in this turn join in.
    queueMicrotask(() => {
      const writes = this.#waiting;
      this.#waiting = [];
      this.#log.append(new JournalBatch(writes)).then(
        () => this.#written(writes, ({ resolve }) => resolve()),
        (error: unknown) => this.#written(writes, ({ reject }) => reject(error)),
      );
    });
  }

  #written(writes: readonly { readonly settle: Settle }[], tell: (settle: Settle) => void): void {
    this.#isWriting = false;
    for (const { settle } of writes) tell(settle);
    if (this.#waiting.length > 0 && !this.#isWriting) this.#write();
  }
}

interface Settle {
  resolve(): void;
  reject(error: unknown): void;
}

class JournalBatch implements HistoryBatch {
  readonly #writes: readonly { readonly index: number; readonly batch: HistoryBatch }[];
  readonly #text = new JsonText();

  constructor(writes: readonly { readonly index: number; readonly batch: HistoryBatch }[]) {
    this.#writes = writes;
  }

  get records(): readonly EventRecord[] {
    return this.#writes.flatMap(({ batch }) => batch.records);
  }

  get events(): readonly HistoryEvent[] {
    return this.#writes.flatMap(({ index, batch }) =>
      batch.records.map((record) => ({ execution: index, ...toHistoryEvent(record, this.#text) })),
    );
  }

  get lines(): string {
    let lines = "";
    for (const { index, batch } of this.#writes) {
      for (const record of batch.records) lines += `{"execution":${index},${toJsonLine(record, this.#text).slice(1)}\n`;
    }
    return lines;
  }
}
