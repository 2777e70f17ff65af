import { type Batch, batchSplitter } from "./batch-splitter.ts";
import type { OpenFile } from "./file-system.ts";

const CHUNK = 1024 * 1024;

/** Bytes of the longest batch. What goes on for longer without an end is no log, whatever the size of its file. */
const LONGEST_BATCH = 256 * CHUNK;

/**
 * The complete batches of a log from `offset` on, as far as it goes now.
 * @throws `EFBIG` for more than any batch has without the end of one
 * @returns how many bytes follow the last complete batch: a write under way or one a crash cut short
 */
export async function* readBatches(file: OpenFile, offset = 0): AsyncGenerator<Batch, number> {
  const splitter = batchSplitter();
  let at = offset;
  for (;;) {
    const chunk = await file.read(at, CHUNK);
    if (chunk.length === 0) return splitter.pendingBytes();
    at += chunk.length;
    yield* splitter.push(chunk);
    if (splitter.pendingBytes() > LONGEST_BATCH) {
      const code = "EFBIG";
      throw Object.assign(new Error(`${code}: ${splitter.pendingBytes()} bytes without the end of a line`), { code });
    }
  }
}
