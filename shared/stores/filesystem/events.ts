import { join } from "node:path";
import type { RunId } from "../../contracts/ids.ts";
import type { Clock } from "../clock.ts";
import { checkRunId } from "../identifiers.ts";
import { EMPTY_HEAD } from "../log-lines.ts";
import type { EventStore, Head, LogReport } from "../ports.ts";
import { closeQuietly } from "./durable-file.ts";
import type { FileSystem } from "./file-system.ts";
import { followEvents } from "./follow-log.ts";
import { eventsOf, type FormatOf } from "./log-format.ts";
import { readBatches } from "./log-reader.ts";
import { type LogScan, scanLog, unfinishedIn } from "./log-scan.ts";
import { translated, translatedItems } from "./os-errors.ts";
import { formatsOf, openToRead, runFolderOf } from "./run-folder.ts";
import type { RunWriters } from "./run-writers.ts";
import { type LogSeal, readSeal } from "./seal.ts";

export interface LogFiles {
  readonly fs: FileSystem;
  readonly clock: Clock;
  /** The `runs` folder. */
  readonly folder: string;
  readonly writers: RunWriters;
}

/** `events.jsonl`: one event a line. */
export function fileEvents(files: LogFiles): EventStore {
  const { fs, clock, folder, writers } = files;

  const headOnDisk = async (runId: RunId): Promise<Head> => {
    let head = EMPTY_HEAD;
    for await (const { state } of readEntries(files, runId, eventsOf(runId))) head = state;
    return head;
  };

  return {
    async head(runId) {
      const writer = await writers.held(checkRunId(runId))?.catch(() => undefined);
      return writer === undefined || writer.lost.aborted ? headOnDisk(runId) : writer.head();
    },
    append: (runId, expectedSeq, events) =>
      writers.use(checkRunId(runId), (writer) => writer.appendEvents(expectedSeq, events)),
    async *read(runId, fromSeq = 1, toSeq = Number.POSITIVE_INFINITY) {
      for await (const { entry } of readEntries(files, runId, eventsOf(runId))) {
        if (entry.seq > toSeq) return;
        if (entry.seq >= fromSeq) yield entry;
      }
    },
    async *follow(runId, fromSeq, signal) {
      const runFolder = runFolderOf(folder, runId);
      const events = followEvents({ fs, clock, runId, runFolder }, signal);
      for await (const event of translatedItems(`follow run ${runId}`, runFolder, events)) {
        if (event.seq >= fromSeq) yield event;
      }
    },
    verifyChain: (runId) => verifyLog(files, runId, eventsOf(runId)),
  };
}

/** The entries of a log, each with the state it leads to. */
export function readEntries<Entry, State>(
  { fs, folder }: LogFiles,
  runId: RunId,
  formatOf: FormatOf<Entry, State>,
): AsyncIterable<LogEntry<Entry, State>> {
  const runFolder = runFolderOf(folder, runId);
  return translatedItems(`read run ${runId}`, runFolder, entriesOf(fs, runFolder, runId, formatOf));
}

interface LogEntry<Entry, State> {
  readonly entry: Entry;
  readonly state: State;
}

async function* entriesOf<Entry, State>(
  fs: FileSystem,
  runFolder: string,
  runId: RunId,
  formatOf: FormatOf<Entry, State>,
): AsyncGenerator<LogEntry<Entry, State>> {
  const format = formatOf(await formatsOf(fs, runFolder));
  const where = join(runFolder, format.name);
  const file = await openToRead(fs, runFolder, runId, format.name);
  try {
    let state = format.start;
    for await (const { lines } of readBatches(file)) {
      for (const line of lines) {
        const next = format.decode(state, line, where);
        state = next.state;
        yield next;
      }
    }
  } finally {
    await closeQuietly(file);
  }
}

/** @throws CorruptionError */
export async function verifyLog<Entry, State>(
  { fs, folder }: LogFiles,
  runId: RunId,
  formatOf: FormatOf<Entry, State>,
): Promise<LogReport> {
  const runFolder = runFolderOf(folder, runId);
  return translated(`verify run ${runId}`, runFolder, async () => {
    const format = formatOf(await formatsOf(fs, runFolder));
    // The seal first: a log that grows meanwhile still begins with what is sealed.
    const seal = (await readSeal(fs, runFolder))?.[format.name];
    const file = await openToRead(fs, runFolder, runId, format.name);
    try {
      return report(await scanLog(file, join(runFolder, format.name), format, seal), seal);
    } finally {
      await closeQuietly(file);
    }
  });
}

function report(scan: LogScan<unknown>, seal: LogSeal | undefined): LogReport {
  const unfinished = unfinishedIn(scan);
  return { entries: scan.lines, sealed: seal?.lines ?? 0, ...(unfinished === undefined ? {} : { unfinished }) };
}
