import { BATCH_GOES_ON } from "../log-lines.ts";

export interface Batch {
  /** Lines without their newlines. */
  readonly lines: readonly Buffer[];
  /** The bytes of the batch, newlines included. */
  readonly bytes: Buffer;
}

export interface BatchSplitter {
  /** Takes the next bytes of a log and gives back the batches they complete. */
  push(chunk: Uint8Array): Batch[];
  /** Bytes taken that belong to no complete batch yet. */
  pendingBytes(): number;
}

const NEWLINE = 0x0a;
const GOES_ON = BATCH_GOES_ON.charCodeAt(0);

/** Cuts a log into whole batches: up to and including each newline that no `BATCH_GOES_ON` precedes. */
export function batchSplitter(): BatchSplitter {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let lastByte = -1;

  return {
    push(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const batches: Batch[] = [];
      let start = 0;
      for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
        const before = at === 0 ? lastByte : bytes[at - 1];
        if (before === GOES_ON) continue;
        const whole = joined(pending, bytes.subarray(start, at + 1));
        batches.push({ lines: linesOf(whole), bytes: whole });
        pending = [];
        pendingBytes = 0;
        start = at + 1;
      }
      if (start < bytes.length) {
        pending.push(bytes.subarray(start));
        pendingBytes += bytes.length - start;
      }
      lastByte = bytes.at(-1) ?? lastByte;
      return batches;
    },
    pendingBytes: () => pendingBytes,
  };
}

function linesOf(batch: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let at = batch.indexOf(NEWLINE); at >= 0; at = batch.indexOf(NEWLINE, start)) {
    lines.push(batch.subarray(start, at));
    start = at + 1;
  }
  return lines;
}

function joined(parts: readonly Buffer[], last: Buffer): Buffer {
  return parts.length === 0 ? last : Buffer.concat([...parts, last]);
}
