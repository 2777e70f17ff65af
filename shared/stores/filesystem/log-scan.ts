import { createHash, type Hash } from "node:crypto";
import { CorruptionError } from "../errors.ts";
import type { OpenFile } from "./file-system.ts";
import type { LogFormat } from "./log-format.ts";
import { readBatches } from "./log-reader.ts";
import type { LogSeal } from "./seal.ts";

/** How far a log goes: the complete batches. */
export interface LogExtent<State> {
  readonly state: State;
  readonly lines: number;
  readonly bytes: number;
  /** Running SHA-256 of the bytes. */
  readonly hash: Hash;
}

export interface LogScan<State> extends LogExtent<State> {
  /** Bytes after the last complete batch. */
  readonly unfinishedBytes: number;
}

/**
 * Walks a whole log and checks every line and the seal; hands each complete batch's bytes to `copy` as it goes.
 * @throws CorruptionError
 */
export async function scanLog<Entry, State>(
  file: OpenFile,
  where: string,
  format: LogFormat<Entry, State, string>,
  seal: LogSeal | undefined,
  copy?: (bytes: Buffer) => Promise<void>,
): Promise<LogScan<State>> {
  const hash = createHash("sha256");
  let state = format.start;
  let lines = 0;
  let bytes = 0;
  let isSealed = seal === undefined || seal.bytes === 0;
  const batches = readBatches(file);
  for (;;) {
    const next = await batches.next();
    if (next.done === true) {
      if (!isSealed) throw brokenSeal(where, seal, lines, bytes);
      format.checkEnd?.(state, where);
      return { state, lines, bytes, hash, unfinishedBytes: next.value };
    }
    const batch = next.value;
    for (const line of batch.lines) state = format.decode(state, line, where).state;
    hash.update(batch.bytes);
    lines += batch.lines.length;
    bytes += batch.bytes.length;
    if (seal !== undefined && bytes === seal.bytes) {
      isSealed = lines === seal.lines && hash.copy().digest("hex") === seal.sha256;
      if (!isSealed) throw brokenSeal(where, seal, lines, bytes);
    }
    await copy?.(batch.bytes);
  }
}

/** What a crash or a write under way left behind the last whole batch, in words. */
export function unfinishedIn({ unfinishedBytes, lines }: LogScan<unknown>): string | undefined {
  return unfinishedBytes === 0 ? undefined : `${unfinishedBytes} bytes after line ${lines}`;
}

function brokenSeal(where: string, seal: LogSeal | undefined, lines: number, bytes: number): CorruptionError {
  return new CorruptionError("the log", {
    where,
    expected: `${seal?.lines} lines in ${seal?.bytes} bytes with SHA-256 ${seal?.sha256}, as sealed at the last release`,
    found: `other bytes among the ${lines} lines in ${bytes} bytes read`,
    remedy: "restore the file from a copy",
  });
}
