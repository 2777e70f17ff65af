import type { HistoryEvent } from "../../asl/index.ts";
import type { EventEnvelope } from "../../contracts/event.ts";
import type { ArtifactRef, RunId } from "../../contracts/ids.ts";
import { Submission } from "../../contracts/submission.ts";
import { check } from "../../kernel/attempt.ts";
import { collect } from "../../stores/collect.ts";
import { LayoutError } from "../../stores/errors.ts";
import type { Inspection } from "../../stores/inspection.ts";
import type { Json, Stores } from "../../stores/ports.ts";
import type { RemovalEntry, SetAside } from "../../stores/retention.ts";
import { removalsOnRecord } from "../retention/removals.ts";
import type { Findings } from "./findings.ts";

export type StoresToVerify = Pick<Stores, "runs" | "events" | "history" | "leases" | "retention">;

/** A log, and whether it is as it was written; of one that is not, the entries before the damage. */
export interface LogAsFound<Entry> {
  readonly entries: readonly Entry[];
  readonly isWhole: boolean;
}

/** What a store holds of a run, as far as it can be read. */
export interface RunAsFound {
  /** Whether a process has taken the run and not given it back; it may have died. */
  readonly isHeld: boolean;
  /** Undefined when the run record is damaged. */
  readonly submission: Submission | undefined;
  readonly status: { readonly isReadable: boolean; readonly value: Json | undefined };
  readonly events: LogAsFound<EventEnvelope>;
  readonly history: LogAsFound<HistoryEvent>;
  /** What retention has removed. */
  readonly collected: ReadonlyMap<ArtifactRef, RemovalEntry>;
  /** What is in quarantine. */
  readonly setAside: readonly SetAside[];
}

/**
 * Reads a run, and checks what its store vouches for: hashes of the record, chain and seal of the logs. The parts of a run
 * under way are read in the order opposite to that in which they are written, so that none tells of what another lacks.
 * @throws NotFoundError when there is no such run
 */
export async function readAsFound(
  stores: StoresToVerify,
  inspection: Inspection,
  runId: RunId,
  findings: Findings,
): Promise<RunAsFound> {
  const { runs, events, history } = stores;
  if (!(await runs.has(runId))) await runs.get(runId);
  const isHeld = await noteHolder(stores, runId, findings);
  await checkFiles(inspection, runId, isHeld, findings);
  const status = await findings.attempt("status record", "status.json", async () => ({
    isReadable: true,
    value: await runs.readStatus(runId),
  }));
  const entries = await readLog(findings, "history.jsonl", history.read(runId));
  return {
    isHeld,
    submission: await findings.attempt("run record", "run.json", async () => {
      return check(Submission, (await runs.get(runId)).submission, "submission");
    }),
    status: status ?? { isReadable: false, value: undefined },
    history: entries as unknown as LogAsFound<HistoryEvent>,
    events: await readLog(findings, "events.jsonl", events.read(runId)),
    ...(await readRetention(stores, findings)),
  };
}

async function noteHolder({ leases }: StoresToVerify, runId: RunId, findings: Findings): Promise<boolean> {
  const holder = await findings.attempt("lease", "lease", () => leases.inspect(runId));
  if (holder === undefined) return false;
  const { holder: name, pid, since, isAlive } = holder;
  const doing =
    isAlive === false ? "died with the run in its hands; what it wrote last is not sealed" : "works on the run";
  findings.notice("lease", `run ${runId}`, `${name} (process ${pid}) took it at ${since} and ${doing}`);
  return true;
}

/** The store checks each line as it reads it: JSON, and the chain where there is one. */
async function readLog<Entry>(
  findings: Findings,
  name: string,
  read: AsyncIterable<Entry>,
): Promise<LogAsFound<Entry>> {
  const entries: Entry[] = [];
  const isWhole = await findings.attempt("log", name, async () => {
    for await (const entry of read) entries.push(entry);
    return true;
  });
  return { entries, isWhole: isWhole === true };
}

/** @param isHeld whether what goes beyond the seal may be the work of a process that has not given the run back */
async function checkFiles(inspection: Inspection, runId: RunId, isHeld: boolean, findings: Findings): Promise<void> {
  const run = await findings.attempt("seal", "seal.json", () => inspection.files(runId));
  if (run === undefined) return;
  if (!run.isSealed) {
    // A run that nobody has worked on has empty logs and no seal.
    const isWorkedOn = run.files.some(
      ({ name, found }) => name !== "run.json" && found !== undefined && found.size > 0,
    );
    if (isWorkedOn && !isHeld) findings.problem("seal", "seal.json", "the seal of the last process's work", "nothing");
    return;
  }
  for (const { name, sealed, found } of run.files) {
    const isAsSealed = isHeld ? (found?.size ?? 0) >= (sealed?.size ?? 0) : found?.size === sealed?.size;
    if (isAsSealed && (sealed === undefined || found?.sealedPart === sealed.sha256)) continue;
    const shown = (size: number | undefined, sha256: string | undefined) =>
      size === undefined ? "nothing" : `${size} bytes, SHA-256 ${sha256}`;
    const expected = shown(sealed?.size, sealed?.sha256);
    findings.problem("sealed file", name, expected, shown(found?.size, found?.sealedPart));
  }
}

async function readRetention({ retention }: StoresToVerify, findings: Findings) {
  const collected = await findings.attempt("record of removals", "the store", () => removalsOnRecord(retention));
  const setAside = await findings.attempt("quarantine", "the store", async () => {
    try {
      return await collect(retention.setAside());
    } catch (error) {
      // A copy of a store may lack its empty folders.
      if (error instanceof LayoutError) return [];
      throw error;
    }
  });
  return { collected: collected ?? new Map(), setAside: setAside ?? [] };
}
