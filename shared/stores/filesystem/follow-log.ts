import { join } from "node:path";
import type { EventEnvelope } from "../../contracts/event.ts";
import type { RunId } from "../../contracts/ids.ts";
import { lookout } from "../changes.ts";
import type { Clock } from "../clock.ts";
import { ConcurrencyError, CorruptionError } from "../errors.ts";
import type { Head } from "../ports.ts";
import { closeQuietly } from "./durable-file.ts";
import type { FileSystem, OpenFile } from "./file-system.ts";
import { eventFormat, eventsOf, type LogFormat } from "./log-format.ts";
import { readBatches } from "./log-reader.ts";
import { formatsOf, openToRead } from "./run-folder.ts";

export interface FollowedLog {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly runId: RunId;
  readonly runFolder: string;
}

/** How far a reader is: the complete batches it has read. */
interface Reader {
  readonly format: LogFormat<EventEnvelope, Head>;
  readonly file: OpenFile;
  bytes: number;
  head: Head;
}

/**
 * Every event from the first on, as they come, until the signal aborts.
 * @throws NotFoundError, CorruptionError when the run, or its log, is taken away meanwhile: nothing would come any more
 */
export async function* followEvents(log: FollowedLog, signal: AbortSignal): AsyncGenerator<EventEnvelope> {
  const path = join(log.runFolder, eventFormat(log.runId).name);
  const changed = lookout(log.clock, signal, (heard) => log.fs.watch(log.runFolder, heard));
  let reader = await openReader(log);
  let isInDoubt = false;
  try {
    while (!signal.aborted) {
      const change = changed.next();
      const bytesBefore = reader.bytes;
      try {
        for await (const event of newEvents(log, reader)) {
          if (signal.aborted) return;
          yield event;
        }
      } catch (error) {
        // A batch that was cut off again and overwritten while it was read looks damaged once, real damage twice.
        const isNew = !isInDoubt || reader.bytes > bytesBefore;
        if (!(error instanceof CorruptionError && isNew)) throw error;
        isInDoubt = true;
        reader = await reopened(log, reader);
        continue;
      }
      isInDoubt = false;
      if (await isReplaced(log.fs, path, reader.file)) reader = await reopened(log, reader);
      else if (!signal.aborted) await change;
    }
  } finally {
    changed.stop();
    await closeQuietly(reader.file);
  }
}

async function openReader({ fs, runFolder, runId }: FollowedLog): Promise<Reader> {
  const format = eventsOf(runId)(await formatsOf(fs, runFolder));
  return { format, file: await openToRead(fs, runFolder, runId, format.name), bytes: 0, head: format.start };
}

async function* newEvents(log: FollowedLog, reader: Reader): AsyncGenerator<EventEnvelope> {
  const { format } = reader;
  for await (const batch of readBatches(reader.file, reader.bytes)) {
    const events: EventEnvelope[] = [];
    let head = reader.head;
    for (const line of batch.lines) {
      const { entry, state } = format.decode(head, line, join(log.runFolder, format.name));
      events.push(entry);
      head = state;
    }
    reader.head = head;
    reader.bytes += batch.bytes.length;
    yield* events;
  }
}

/**
 * The log as it is now, read up to where the old reader was. What was shown and is not there was never acknowledged.
 * @throws ConcurrencyError when the reader has shown such an event
 */
async function reopened(log: FollowedLog, old: Reader): Promise<Reader> {
  const reader = await openReader(log);
  try {
    const events = newEvents(log, reader);
    while (reader.head.seq < old.head.seq) if ((await events.next()).done === true) break;
    const isSame = reader.head.seq === old.head.seq && reader.head.prev === old.head.prev;
    if (!isSame) throw new ConcurrencyError(log.runId, old.head.seq, reader.head.seq);
  } catch (error) {
    await closeQuietly(reader.file);
    throw error;
  }
  await closeQuietly(old.file);
  return reader;
}

/** A new holder of the run may have put a copy in the log's place. Where there is none at all, opening it says why. */
async function isReplaced(fs: FileSystem, path: string, file: OpenFile): Promise<boolean> {
  return (await fs.stat(path))?.identity !== (await file.stat()).identity;
}
