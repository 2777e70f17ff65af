import { setImmediate } from "node:timers/promises";
import { type ObjectStore, objectError } from "../../../../shared/asl/index.ts";

export const BUCKET = "bench";
export const ITEMS_KEY = "items.jsonl";

/** Lines made at a time: about as much as a disk gives in one piece. */
const LINES_AT_ONCE = 1_000;
const MOST_BYTES_OF_LINE = 64;
const LINE_END = 0x0a;
const ZERO = 0x30;

export interface Item {
  readonly id: number;
  readonly name: string;
}

export function itemOf(id: number): Item {
  return { id, name: `item ${id}` };
}

/** What was written since it was last asked for. */
export interface Written {
  readonly count: number;
  readonly last: unknown;
}

export interface ItemStore extends ObjectStore {
  takeWritten(): Written;
}

/**
 * Items that are made as they are read, and results that are counted and dropped, both as bytes: what grows with their
 * number, and what is left for the garbage collector, is the interpreter's.
 */
export function itemStore(items: number): ItemStore {
  let count = 0;
  let last = "null";
  return {
    async *get(bucket, key) {
      if (bucket !== BUCKET || key !== ITEMS_KEY) {
        throw objectError("S3.NoSuchKeyException", `expected ${BUCKET}/${ITEMS_KEY}, found ${bucket}/${key}`);
      }
      for (let from = 0; from < items; from += LINES_AT_ONCE) {
        // As with a disk, the rest of the process has its turn before the next piece is there.
        await setImmediate();
        yield linesOf(from, Math.min(from + LINES_AT_ONCE, items));
      }
    },
    async *list() {},
    async remove() {},
    async put(_bucket, key, body) {
      if (!key.endsWith(".jsonl")) return;
      const bytes =
        typeof body === "string" ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.length);
      let start = 0;
      let lastStart = 0;
      for (let end = bytes.indexOf(LINE_END); end !== -1; end = bytes.indexOf(LINE_END, start)) {
        lastStart = start;
        start = end + 1;
        count += 1;
      }
      last = bytes.toString("utf8", lastStart, start);
    },
    takeWritten() {
      const written = { count, last: JSON.parse(last) as unknown };
      count = 0;
      last = "null";
      return written;
    },
  };
}

/** Items, one a line, of ids in [from, to). */
function linesOf(from: number, to: number): Uint8Array {
  const bytes = Buffer.allocUnsafe((to - from) * MOST_BYTES_OF_LINE);
  let length = 0;
  for (let id = from; id < to; id++) {
    length += bytes.write('{"id":', length, "latin1");
    length = writeDigits(bytes, length, id);
    length += bytes.write(',"name":"item ', length, "latin1");
    length = writeDigits(bytes, length, id);
    length += bytes.write('"}\n', length, "latin1");
  }
  return bytes.subarray(0, length);
}

/** Not by way of text: V8 keeps the texts of numbers for a while. @returns the position behind the digits. */
function writeDigits(bytes: Buffer, position: number, whole: number): number {
  const end = whole < 10 ? position : writeDigits(bytes, position, Math.floor(whole / 10));
  bytes[end] = ZERO + (whole % 10);
  return end + 1;
}
