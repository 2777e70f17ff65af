import { toHistoryEvent } from "./codec.ts";
import type { HistoryEvent } from "./event.ts";
import { JsonLines } from "./json-lines.ts";
import type { JsonText } from "./json-text.ts";
import type { EventRecord } from "./record.ts";

/**
 * Where the history of one execution is kept. The interpreter calls `append` for one batch at a time and does nothing
 * that depends on a batch (starts no task, sets no timer, reports no end) before its promise has settled.
 */
export interface HistoryLog {
  /** Makes the batch durable, whole and in order. A rejection ends the execution in this process, resumable. */
  append(batch: HistoryBatch): Promise<void>;
  /** The events kept so far, in order. */
  read(): Promise<readonly HistoryEvent[]>;
  /** The same one by one, for a log that may be larger than memory. */
  stream?(): AsyncIterable<HistoryEvent>;
  /**
   * A log of its own for the child executions of a Map Run, found again by the same name. Without it a Distributed Map
   * that is interrupted starts its items again.
   */
  open?(name: string): HistoryLog;
}

/** Events in a row. Take whichever form suits: all but the records are made on demand. */
export interface HistoryBatch {
  /** The events as the interpreter keeps them. */
  readonly records: readonly EventRecord[];
  readonly events: readonly HistoryEvent[];
  /** One line of JSON for each event, every line ended, in UTF-8: ready to append to a file. */
  readonly bytes: Uint8Array;
  /** The same as text. */
  readonly lines: string;
}

export class RecordBatch implements HistoryBatch {
  readonly records: readonly EventRecord[];
  readonly #text: JsonText;

  constructor(records: readonly EventRecord[], text: JsonText) {
    this.records = records;
    this.#text = text;
  }

  get events(): readonly HistoryEvent[] {
    return this.records.map((record) => toHistoryEvent(record, this.#text));
  }

  get bytes(): Uint8Array {
    const lines = new JsonLines(this.records.length);
    lines.add(this.records, this.#text, "{");
    return lines.bytes;
  }

  get lines(): string {
    return Buffer.from(this.bytes).toString();
  }
}

/** A history kept in memory; `events` is what it holds. For tests, and to hand a history to another interpreter. */
export function memoryHistoryLog(
  events: readonly HistoryEvent[] = [],
): HistoryLog & { readonly events: HistoryEvent[] } {
  const kept = [...events];
  const opened = new Map<string, HistoryLog>();
  return {
    events: kept,
    append: async (batch) => {
      kept.push(...batch.events);
    },
    read: async () => [...kept],
    open: (name) => {
      const log = opened.get(name) ?? memoryHistoryLog();
      opened.set(name, log);
      return log;
    },
  };
}
