import type { LogEnd, LogPlace, StoredLogs } from "../records/storage.ts";

/** Bytes of a log between two places that are remembered. */
const bytesBetweenPlaces = 256 * 1024;

/** Lines from one position, from 0, to another, as many of them as one answer should hold: one at least. */
export interface PageRange {
  readonly from: number;
  readonly to: number;
  /** Those that are too many are left out at the beginning, not at the end. */
  readonly isFromEnd: boolean;
}

/**
 * A log that is read in pages: it remembers places in it, a few for each megabyte, so that a page is read without what is
 * before it.
 */
export class LogPages {
  readonly #logs: StoredLogs;
  readonly #path: string;
  readonly #mostBytes: number;
  /** In order; the beginning of the log is not among them. */
  readonly #places: LogPlace[] = [];
  #end: LogPlace | undefined;
  #reading: Promise<void> = Promise.resolve();

  /** @param mostBytes of a page */
  constructor(logs: StoredLogs, path: string, mostBytes: number) {
    this.#logs = logs;
    this.#path = path;
    this.#mostBytes = mostBytes;
  }

  /**
   * Lines now.
   * @param atLeast how far the log must go
   * @throws CorruptionError
   */
  async count(atLeast?: LogEnd): Promise<number> {
    await this.#readOn(atLeast);
    return this.#end?.lines ?? 0;
  }

  /** Lines now, as far as they are whole. */
  async wholeCount(): Promise<number> {
    await this.#readOn(undefined).catch(() => undefined);
    return this.#end?.lines ?? 0;
  }

  /** @throws CorruptionError */
  async page({ from, to, isFromEnd }: PageRange): Promise<readonly string[]> {
    if ((this.#end?.lines ?? 0) < to) await this.#readOn(undefined);
    if (from >= to) return [];
    const start = this.#placeBefore(from, to, isFromEnd);
    const page: string[] = [];
    let bytes = 0;
    let line = start?.lines ?? 0;
    for await (const { text } of this.#logs.lines(this.#path, start)) {
      if (line >= from) {
        page.push(text);
        bytes += text.length;
        while (isFromEnd && bytes > this.#mostBytes && page.length > 1) bytes -= page.shift()!.length;
        if (!isFromEnd && bytes > this.#mostBytes && page.length > 1) return page.slice(0, -1);
      }
      line += 1;
      if (line >= to) return page;
    }
    return page;
  }

  /** The last place from which everything is read that the page may hold. */
  #placeBefore(from: number, to: number, isFromEnd: boolean): LogPlace | undefined {
    const first = this.#places.findLast(({ lines }) => lines <= from);
    if (!isFromEnd) return first;
    const last = this.#places.findLast(({ lines }) => lines <= to);
    const enough = this.#places.findLast(({ bytes }) => last !== undefined && last.bytes - bytes > this.#mostBytes);
    return enough !== undefined && enough.lines > (first?.lines ?? 0) ? enough : first;
  }

  /** One at a time; what cannot be read now may be readable later. */
  #readOn(atLeast: LogEnd | undefined): Promise<void> {
    this.#reading = this.#reading.catch(() => undefined).then(() => this.#findPlaces(atLeast));
    return this.#reading;
  }

  async #findPlaces(atLeast: LogEnd | undefined): Promise<void> {
    for await (const { end } of this.#logs.lines(this.#path, this.#end, atLeast)) {
      this.#end = end;
      if (end.bytes - (this.#places.at(-1)?.bytes ?? 0) >= bytesBetweenPlaces) this.#places.push(end);
    }
  }
}
