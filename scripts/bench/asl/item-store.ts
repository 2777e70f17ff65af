import { setImmediate } from "node:timers/promises";
import { type ObjectStore, objectError } from "../../../shared/asl/index.ts";

export const BUCKET = "bench";
export const ITEMS_KEY = "items.jsonl";

/** Lines made at a time: about as much as a disk gives in one piece. */
const LINES_AT_ONCE = 1_000;

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
 * Items that are made as they are read, and results that are counted and dropped, so that what grows with their number
 * is the interpreter's.
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
        let lines = "";
        for (let id = from; id < Math.min(from + LINES_AT_ONCE, items); id++)
          lines += `${JSON.stringify(itemOf(id))}\n`;
        // As with a disk, the rest of the process has its turn before the next piece is there.
        await setImmediate();
        yield Buffer.from(lines);
      }
    },
    async *list() {},
    async put(_bucket, key, body) {
      if (!key.endsWith(".jsonl")) return;
      const lines = body.toString().trimEnd().split("\n");
      count += lines.length;
      last = lines.at(-1)!;
    },
    takeWritten() {
      const written = { count, last: JSON.parse(last) as unknown };
      count = 0;
      last = "null";
      return written;
    },
  };
}
