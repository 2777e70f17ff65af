import { createHash } from "node:crypto";
import { dirname, join, parse } from "node:path";
import { LeaseLostError } from "../errors.ts";
import type { KeptLog, LogEnd, LogFiles, LogLine, LogPlace } from "../leased-folder.ts";
import { makePath, namesIn } from "./artifact-files.ts";
import { closeQuietly } from "./durable-file.ts";
import { isMissing, type OpenFile } from "./file-system.ts";
import type { HeldFolder } from "./held-folder.ts";
import { readBatches } from "./log-reader.ts";
import { recoverLog } from "./log-recovery.ts";
import { type LogWriter, logWriter } from "./log-writer.ts";
import { translated, translatedItems } from "./os-errors.ts";
import { emptyEnd, vouchedLines, vouchedLogFormat } from "./vouched-log.ts";

const NEWLINE = 1;

/** Logs in a folder of their kind, and in folders below it. */
export function vouchedLogs(held: HeldFolder, kind: string): LogFiles {
  const { fs, root, ends } = held;
  const folder = join(root, kind);
  const nameOf = (path: string) => `${kind}/${path}`;
  return {
    names: async () => (await namesIn(fs, folder)).filter((name) => name.endsWith(".jsonl")),
    open: (path) => keptLog(held, nameOf(path)),
    lines: (path, from, atLeast) =>
      translatedItems("read the log", join(folder, path), linesOf(held, nameOf(path), from, atLeast)),
    ends(path) {
      return Object.fromEntries(ends.ofGroup(nameOf(path)).map(([log, end]) => [log.slice(kind.length + 1), end]));
    },
    ended: (path) => ends.forgetGroup(nameOf(path)),
    remove: (path) =>
      translated("remove the log", join(folder, path), async () => {
        ends.forgetGroup(nameOf(path));
        // A note that outlived the log would tell of a log that was cut short.
        await ends.sync();
        await held.takeAway(join(kind, path));
        await held.takeAway(join(kind, belowOf(path)));
      }),
  };
}

/** The folder of the logs below a log. */
function belowOf(path: string): string {
  const { dir, name } = parse(path);
  return join(dir, name);
}

async function* linesOf(
  { fs, root, ends }: HeldFolder,
  name: string,
  from: LogPlace | undefined,
  atLeast: LogEnd | undefined,
): AsyncGenerator<LogLine> {
  const where = join(root, name);
  // As it is known now: what is read below may have grown since.
  const known = atLeast ?? ends.of(name);
  const start = from === undefined ? emptyEnd(name) : { lines: from.lines, sha256: from.sha256 };
  const isBehind = known === undefined || known.lines <= start.lines;
  const format = vouchedLogFormat(name, { start, known: isBehind ? undefined : known });
  let state = start;
  let file: OpenFile;
  try {
    file = await fs.open(where, "read");
  } catch (error) {
    if (!isMissing(error)) throw error;
    format.checkEnd?.(state, where);
    return;
  }
  let bytes = from?.bytes ?? 0;
  try {
    for await (const { lines } of readBatches(file, bytes)) {
      for (const line of lines) {
        const next = format.decode(state, line, where);
        state = next.state;
        bytes += line.length + NEWLINE;
        yield { text: next.entry, end: { ...state, bytes } };
      }
    }
    format.checkEnd?.(state, where);
  } finally {
    await closeQuietly(file);
  }
}

function keptLog(held: HeldFolder, name: string): KeptLog {
  const where = join(held.root, name);
  let opening: Promise<OpenedLog | undefined> | undefined;
  let writer: OpenedLog | undefined;

  const open = async (isToBeMade: boolean): Promise<OpenedLog | undefined> => {
    writer ??= await openLog(held, name, where, isToBeMade);
    return writer;
  };
  /** One after the other: a log is opened once. */
  const opened = (isToBeMade: boolean) => {
    opening = (opening ?? Promise.resolve()).catch(() => undefined).then(() => open(isToBeMade));
    return opening;
  };
  const append = async (lines: string) => {
    const log = writer ?? (await opened(true))!;
    const texts = lines.split("\n");
    texts.pop();
    const { vouched, end } = vouchedLines(log.tentative(), texts);
    try {
      await Promise.all([log.append(vouched, end), log.named]);
    } catch (error) {
      if (!(error instanceof LeaseLostError)) held.doubt();
      throw error;
    }
    held.ends.note(name, end);
  };

  return {
    append: (lines) => held.track(translated("write to the log", where, () => append(lines))),
    async *read() {
      const log = await translated("open the log", where, () => held.track(opened(false)));
      if (log === undefined) return;
      for await (const { text } of translatedItems("read the log", where, linesOf(held, name, undefined, undefined)))
        yield text;
    },
    async close() {
      await opening?.catch(() => undefined);
      await writer?.drain();
      await writer?.close();
      writer = undefined;
      opening = undefined;
    },
  };
}

interface OpenedLog extends LogWriter<LogEnd> {
  /** Resolves when the log's name is durable. */
  readonly named: Promise<void>;
}

/** @returns undefined where there is no log and none is to be made */
async function openLog(
  held: HeldFolder,
  name: string,
  where: string,
  isToBeMade: boolean,
): Promise<OpenedLog | undefined> {
  const { fs, root, isClean, watch, ends } = held;
  const known = ends.of(name);
  const format = vouchedLogFormat(name, { known });
  if ((await fs.stat(where)) === undefined) {
    format.checkEnd?.(format.start, where);
    if (!isToBeMade) return undefined;
    const { file, named } = await makeLog(held, name, where);
    const extent = { state: format.start, lines: 0, bytes: 0, hash: createHash("sha256") };
    return { ...logWriter(file, where, extent, watch.check), named };
  }
  const { file, scan } = await watch.guard(() =>
    recoverLog({ fs, runFolder: root, format, seal: undefined, staged: held.stage(), isClean, fence: watch.check }),
  );
  return { ...logWriter(file, where, scan, watch.check), named: Promise.resolve() };
}

/**
 * Made in the lease's folder, so that nobody makes one whose lease is gone. Its name becomes durable while its first lines do: a
 * power cut that leaves one without the other leaves no line, and nobody was told of one.
 */
async function makeLog({ fs, watch, stage, syncFolder, takeAway }: HeldFolder, name: string, where: string) {
  const staged = stage();
  const folder = dirname(where);
  const file = await watch.guard(() => fs.open(staged, "create"));
  try {
    await makePath(fs, folder);
    await watch.guard(() => fs.rename(staged, where));
  } catch (error) {
    await closeQuietly(file);
    throw error;
  }
  const named = syncFolder(folder).catch(async (error: unknown) => {
    // Whoever opened it later would take its name for durable.
    await takeAway(name).catch(() => undefined);
    throw error;
  });
  named.catch(() => undefined);
  return { file, named };
}
