import { join } from "node:path";
import * as z from "zod";
import type { LogEnd } from "../leased-folder.ts";
import { closeQuietly, writeNewFile } from "./durable-file.ts";
import { type FileSystem, isMissing, type OpenFile } from "./file-system.ts";
import { readBatches } from "./log-reader.ts";
import { emptyEnd, vouchedLines, vouchedLogFormat } from "./vouched-log.ts";

/** How far logs go that have not ended. */
export interface LogEnds {
  of(log: string): LogEnd | undefined;
  /** Of the logs of a group: one, and those below it. */
  ofGroup(log: string): readonly (readonly [log: string, end: LogEnd])[];
  /** Written at once, and not synced: a killed process leaves it, and a power cut only tells of less than there is. */
  note(log: string, end: LogEnd): void;
  forgetGroup(log: string): void;
  /** Makes durable what was noted. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface LogEndsFile {
  readonly fs: FileSystem;
  /** The folder that is leased. */
  readonly root: string;
  /** A path inside the lease's folder that nothing has used. */
  stage(): string;
}

const NAME = "ends.jsonl";

/** Bytes at which the file is written anew, with the logs that have not ended alone, and how much of it must be theirs. */
const LARGE = 4 * 1024 * 1024;

const Note = z.strictObject({ log: z.string(), lines: z.int().nonnegative(), end: z.string() });

/**
 * The last lines of a log can be taken away without a trace in it: no line that stays tells of those behind it. So how far
 * logs go is noted in a file of its own as they grow. A log that ends short of its note is damaged.
 * @param say told if the file itself is damaged: what cannot be trusted of it is left out
 */
export async function openLogEnds(file: LogEndsFile, say: (notice: string) => void): Promise<LogEnds> {
  const { fs, root, stage } = file;
  const path = join(root, NAME);
  const live = await readNotes(fs, path, say);
  let opened = await rewrite();
  let end = opened.end;
  let bytes = opened.bytes;
  let waiting: { log: string; end: LogEnd | undefined }[] = [];
  let writing: Promise<void> | undefined;

  async function rewrite() {
    const notes = live.all().map(([log, last]) => textOf(log, last));
    const { vouched, end: last } = vouchedLines(emptyEnd(NAME), notes);
    const content = Buffer.from(vouched.map((line) => `${line}\n`).join(""));
    const staged = stage();
    await writeNewFile(fs, staged, content);
    await fs.rename(staged, path);
    return { handle: await fs.open(path, "write"), end: last, bytes: content.length };
  }

  const write = async () => {
    while (waiting.length > 0) {
      const notes = waiting.map((note) => textOf(note.log, note.end));
      waiting = [];
      const next = vouchedLines(end, notes);
      const content = Buffer.from(next.vouched.map((line) => `${line}\n`).join(""));
      try {
        await opened.handle.write(bytes, content);
        end = next.end;
        bytes += content.length;
        if (bytes > LARGE && bytes > 4 * live.count() * (content.length / notes.length)) {
          const old = opened.handle;
          opened = await rewrite();
          ({ end, bytes } = opened);
          await closeQuietly(old);
        }
      } catch {
        // A note that is missing only vouches for less. What half of one left is written over, or cut off here.
        await opened.handle.truncate(bytes).catch(() => undefined);
      }
    }
    writing = undefined;
  };
  const add = (log: string, last: LogEnd | undefined) => {
    live.set(log, last);
    waiting.push({ log, end: last });
    writing ??= write();
  };

  return {
    of: (log) => live.of(log),
    ofGroup: (log) => live.ofGroup(log),
    note: (log, last) => add(log, last),
    forgetGroup(log) {
      for (const [each] of live.ofGroup(log)) add(each, undefined);
    },
    async sync() {
      await writing;
      await opened.handle.sync();
    },
    async close() {
      await writing;
      await closeQuietly(opened.handle);
    },
  };
}

type Noted = readonly [log: string, end: LogEnd];

/** In groups, so that what ends with an execution is found without a look at all others. */
interface LiveLogs {
  of(log: string): LogEnd | undefined;
  ofGroup(log: string): readonly Noted[];
  all(): readonly Noted[];
  count(): number;
  set(log: string, end: LogEnd | undefined): void;
}

function liveLogs(): LiveLogs {
  const groups = new Map<string, Map<string, LogEnd>>();
  return {
    of: (log) => groups.get(groupOf(log))?.get(log),
    ofGroup: (log) => [...(groups.get(groupOf(log)) ?? [])],
    all: () => [...groups.values()].flatMap((group) => [...group]),
    count: () => groups.size,
    set(log, end) {
      const key = groupOf(log);
      const group = groups.get(key) ?? new Map<string, LogEnd>();
      if (end === undefined) group.delete(log);
      else group.set(log, end);
      if (group.size === 0) groups.delete(key);
      else groups.set(key, group);
    },
  };
}

/** `kind/a.jsonl` and `kind/a/b.jsonl` are of one. */
function groupOf(log: string): string {
  const [kind, top = ""] = log.split(/[/\\]/, 2);
  return `${kind}/${top.replace(/\.jsonl$/, "")}`;
}

/** A log that has ended goes on for no line. */
function textOf(log: string, end: LogEnd | undefined): string {
  return JSON.stringify({ log, lines: end?.lines ?? 0, end: end?.sha256 ?? "" });
}

async function readNotes(fs: FileSystem, path: string, say: (notice: string) => void): Promise<LiveLogs> {
  const live = liveLogs();
  let file: OpenFile;
  try {
    file = await fs.open(path, "read");
  } catch (error) {
    if (isMissing(error)) return live;
    throw error;
  }
  const format = vouchedLogFormat(NAME);
  let state = format.start;
  try {
    for await (const { lines } of readBatches(file)) {
      for (const line of lines) {
        const next = format.decode(state, line, path);
        const { log, lines: count, end } = Note.parse(JSON.parse(next.entry));
        live.set(log, count === 0 ? undefined : { lines: count, sha256: end });
        state = next.state;
      }
    }
  } catch (error) {
    say(`${(error as Error).message}; without it, logs that were cut short at their ends are not found out`);
  } finally {
    await closeQuietly(file);
  }
  return live;
}
