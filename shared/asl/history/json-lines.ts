import { toJsonLine } from "./codec.ts";
import type { JsonText } from "./json-text.ts";
import type { EventRecord } from "./record.ts";

/** Lines put together as one string before they become bytes: longer ones would only live longer. */
const LINES_AT_ONCE = 32;
const MOST_BYTES_PER_UNIT = 3;

/** Lines of JSON as bytes. Text is turned into bytes as it comes, for much text in pieces is hard on the collector. */
export class JsonLines {
  #bytes: Buffer;
  #length = 0;

  constructor(expectedLines: number) {
    this.#bytes = Buffer.allocUnsafe(Math.max(1024, expectedLines * 200));
  }

  /** Adds the events of one execution, each line beginning with `head`, which opens the object. */
  add(records: readonly EventRecord[], text: JsonText, head: string): void {
    let lines = "";
    let count = 0;
    for (const record of records) {
      lines += `${head}${toJsonLine(record, text)}\n`;
      if (++count % LINES_AT_ONCE === 0) {
        this.#write(lines);
        lines = "";
      }
    }
    this.#write(lines);
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #write(text: string): void {
    const needed = this.#length + text.length * MOST_BYTES_PER_UNIT;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#length += this.#bytes.write(text, this.#length);
  }
}
