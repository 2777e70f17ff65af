import { toHistoryEvent, toJsonLine } from "./codec.ts";
import type { HistoryEvent } from "./event.ts";
import { JsonText } from "./json-text.ts";
import type { EventRecord } from "./record.ts";
import { Utf8Text } from "./utf8-text.ts";

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
  /**
   * One line of JSON for each event, every line ended, in UTF-8: ready to append to a file. It may be used for other
   * events once `append` has settled.
   */
  readonly bytes: Uint8Array;
  /** The same as text. */
  readonly lines: string;
  /** Bytes of it, about, told before they are made. */
  readonly weight?: number;
}

/** Lines put together as one string before they become bytes. */
const LINES_AT_ONCE = 32;

export class RecordBatch implements HistoryBatch {
  readonly records: readonly EventRecord[];
  readonly weight: number;

  constructor(records: readonly EventRecord[], weight: number) {
    this.records = records;
    this.weight = weight;
  }

  get events(): readonly HistoryEvent[] {
    const text = new JsonText();
    return this.records.map((record) => toHistoryEvent(record, text));
  }

  get bytes(): Uint8Array {
    const bytes = new Utf8Text();
    const text = new JsonText();
    let lines = "";
    for (const [index, record] of this.records.entries()) {
      lines += `{${toJsonLine(record, text)}\n`;
      if ((index + 1) % LINES_AT_ONCE !== 0) continue;
      bytes.add(lines);
      lines = "";
    }
    bytes.add(lines);
    return bytes.bytes;
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
