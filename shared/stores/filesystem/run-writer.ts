import { join } from "node:path";
import type { NewEvent } from "../../contracts/event.ts";
import type { RunId } from "../../contracts/ids.ts";
import { sha256 } from "../digest.ts";
import { ConcurrencyError } from "../errors.ts";
import { checkWritable } from "../formats.ts";
import type { LeasePurpose } from "../lease-policy.ts";
import { encodeEvents, encodeJson } from "../log-lines.ts";
import type { Appended, Head, Json, StoreNotice } from "../ports.ts";
import { replaceFile } from "./durable-file.ts";
import { emptyLeaseFolder, giveBack, type HeldLease, type LeaseSurroundings, takeLease } from "./lease.ts";
import { type LeaseWatch, watchLease } from "./lease-watch.ts";
import { eventFormat, historyFormat, type LogFormat } from "./log-format.ts";
import { recoverLog } from "./log-recovery.ts";
import { type LogWriter, logWriter } from "./log-writer.ts";
import { translated } from "./os-errors.ts";
import { formatsOf } from "./run-folder.ts";
import { readSeal, SEAL_FILE, type Seal, sealFiles, sealText } from "./seal.ts";

/** A run that this process holds: its lease and its two logs, open at the end. */
export interface RunWriter {
  readonly epoch: number;
  readonly lost: AbortSignal;
  readonly notices: readonly StoreNotice[];
  head(): Head;
  appendEvents(expectedSeq: number, events: readonly NewEvent[]): Promise<Appended>;
  appendHistory(entries: readonly Json[]): Promise<number>;
  /** Puts a file of the run's folder in place, if the lease is still held. */
  replace(name: string, bytes: Uint8Array): Promise<void>;
  check(): Promise<void>;
  release(): Promise<void>;
}

interface HeldRun {
  readonly around: LeaseSurroundings;
  readonly runId: RunId;
  readonly runFolder: string;
  readonly lease: HeldLease;
  readonly watch: LeaseWatch;
  readonly seal: Seal | undefined;
}

interface OpenLog<State> {
  readonly writer: LogWriter<State>;
  readonly notices: readonly StoreNotice[];
}

const EMPTY_LOG = { lines: 0, bytes: 0, sha256: sha256("") };
const EMPTY_SEAL: Seal = { "events.jsonl": EMPTY_LOG, "history.jsonl": EMPTY_LOG };

/** Takes the lease and opens the run. @throws LeaseHeldError, NotFoundError, CorruptionError */
export async function openRunWriter(
  around: LeaseSurroundings,
  runId: RunId,
  runFolder: string,
  wanted: { readonly holder: string; readonly purpose: LeasePurpose },
): Promise<RunWriter> {
  const { fs } = around;
  // Before the lease is taken: a run of another version is left as it is.
  checkWritable(runId, await formatsOf(fs, runFolder));
  const lease = await takeLease(around, runId, runFolder, wanted);
  const watch = watchLease(around, runId, lease);
  try {
    return await watch.guard(() => openLogs({ around, runId, runFolder, lease, watch }));
  } catch (error) {
    watch.stop();
    await giveBack(fs, runFolder, lease, "dirty").catch(() => undefined);
    throw error;
  }
}

async function openLogs(held: Omit<HeldRun, "seal">): Promise<RunWriter> {
  const { fs } = held.around;
  await emptyLeaseFolder(fs, held.lease);
  const run = { ...held, seal: await readSeal(fs, held.runFolder) };
  const events = await openLog(run, eventFormat(run.runId));
  try {
    return runWriter(run, events, await openLog(run, historyFormat));
  } catch (error) {
    await events.writer.close();
    throw error;
  }
}

async function openLog<Entry, State>(run: HeldRun, format: LogFormat<Entry, State>): Promise<OpenLog<State>> {
  const { runFolder, lease, watch } = run;
  const { file, scan, notices } = await recoverLog({
    fs: run.around.fs,
    runFolder,
    format,
    seal: run.seal?.[format.name],
    staged: join(lease.folder, `${lease.epoch}.${format.name}`),
    isClean: lease.isClean,
    fence: watch.check,
  });
  return { writer: logWriter(file, join(runFolder, format.name), scan, watch.check), notices };
}

function runWriter(run: HeldRun, events: OpenLog<Head>, history: OpenLog<number>): RunWriter {
  const { runId, runFolder, lease, watch } = run;
  const { fs } = run.around;
  const writers = [events.writer, history.writer] as const;
  let stagedFiles = 0;
  let replacing: Promise<unknown> = Promise.resolve();

  /** One after the other, so that the last call has the last word. */
  const replace = (name: string, bytes: Uint8Array): Promise<void> => {
    stagedFiles += 1;
    const staged = join(lease.folder, `${lease.epoch}.${stagedFiles}.${name}`);
    const put = () => watch.guard(() => replaceFile(fs, staged, join(runFolder, name), bytes));
    const replaced = replacing.then(put, put);
    replacing = replaced.catch(() => undefined);
    return replaced;
  };

  const releaseOnce = async () => {
    watch.stop();
    let isClean = false;
    try {
      for (const writer of writers) await writer.drain();
      await replacing;
      if (watch.lost.aborted) return;
      const logs = { "events.jsonl": events.writer.seal(), "history.jsonl": history.writer.seal() };
      const seal = { ...logs, ...(await sealFiles(fs, runFolder, run.seal)) };
      const isNew = sealText(seal) !== sealText(run.seal ?? EMPTY_SEAL);
      if (isNew) await replace(SEAL_FILE, Buffer.from(sealText(seal)));
      isClean = !writers.some((writer) => writer.isInDoubt());
    } catch (error) {
      // Taken over without our noticing till now: there is nothing left to release.
      if (!watch.lost.aborted) throw error;
    } finally {
      for (const writer of writers) await writer.close();
      await giveBack(fs, runFolder, lease, isClean ? "free" : "dirty");
    }
  };
  let release: Promise<void> | undefined;

  return {
    epoch: lease.epoch,
    lost: watch.lost,
    notices: [...takeoverNotices(runId, lease), ...events.notices, ...history.notices],
    head: () => events.writer.tentative(),
    appendEvents: (expectedSeq, added) => appendEvents(events.writer, runId, expectedSeq, added),
    appendHistory: (entries) => appendHistory(history.writer, entries),
    replace: (name, bytes) => translated(`write ${name} of run ${runId}`, runFolder, () => replace(name, bytes)),
    check: () => translated(`look at the lease of run ${runId}`, runFolder, watch.check),
    release: () => {
      release ??= translated(`release run ${runId}`, runFolder, releaseOnce);
      return release;
    },
  };
}

function takeoverNotices(runId: RunId, { takenOver }: HeldLease): StoreNotice[] {
  return takenOver === undefined ? [] : [{ kind: "lease_taken_over", runId, ...takenOver }];
}

async function appendEvents(
  writer: LogWriter<Head>,
  runId: RunId,
  expectedSeq: number,
  events: readonly NewEvent[],
): Promise<Appended> {
  const head = writer.tentative();
  if (head.seq !== expectedSeq) throw new ConcurrencyError(runId, expectedSeq, head.seq);
  if (events.length === 0) return { head, events: [] };
  const { lines, appended } = encodeEvents(runId, head, events);
  await writer.append(lines, appended.head);
  return appended;
}

async function appendHistory(writer: LogWriter<number>, entries: readonly Json[]): Promise<number> {
  const count = writer.tentative() + entries.length;
  if (entries.length > 0) await writer.append(encodeJson(entries), count);
  return count;
}
