import type { HistoryEvent } from "../../asl/index.ts";
import type { EventEnvelope } from "../../contracts/event.ts";
import type { ArtifactRef, RunId } from "../../contracts/ids.ts";
import { describeIssues } from "../../contracts/issues.ts";
import type { RunSignature } from "../../contracts/signature.ts";
import { Submission } from "../../contracts/submission.ts";
import { collect } from "../../stores/collect.ts";
import { LayoutError } from "../../stores/errors.ts";
import type { Inspection, RunFilesAsFound } from "../../stores/inspection.ts";
import type { Head, Json, LeaseHolder, Stores } from "../../stores/ports.ts";
import type { RemovalEntry, SetAside } from "../../stores/retention.ts";
import { removalsOnRecord } from "../retention/removals.ts";
import type { Findings } from "./findings.ts";

export type StoresToVerify = Pick<Stores, "runs" | "events" | "history" | "leases" | "retention" | "signatures">;

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
  /** What keys have signed of it. */
  readonly signatures: readonly RunSignature[];
  /** Where its log ends, as the store tells; looked for where it is signed. */
  readonly head: Head | undefined;
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
  // Looked for twice: a process may take the run, or give it back, between the seal and the files.
  const before = await holderOf(stores, runId, findings);
  const files = await findings.attempt("seal", "seal.json", () => inspection.files(runId));
  const holder = before ?? (await holderOf(stores, runId, findings));
  const isHeld = holder !== undefined;
  if (holder !== undefined) noteHolder(runId, holder, findings);
  if (files !== undefined) checkFiles(files, isHeld, findings);
  const status = await findings.attempt("status record", "status.json", async () => ({
    isReadable: true,
    value: await runs.readStatus(runId),
  }));
  const entries = await readLog(findings, "history.jsonl", history.read(runId));
  const signatures = (await findings.attempt("signature", "signatures", () => stores.signatures.list(runId))) ?? [];
  return {
    isHeld,
    submission: await readSubmission(stores, runId, findings),
    status: status ?? { isReadable: false, value: undefined },
    history: entries as unknown as LogAsFound<HistoryEvent>,
    signatures,
    events: await readLog(findings, "events.jsonl", events.read(runId)),
    head: signatures.length === 0 ? undefined : await findings.attempt("log", "events.jsonl", () => events.head(runId)),
    ...(await readRetention(stores, findings)),
  };
}

async function readSubmission(
  { runs }: StoresToVerify,
  runId: RunId,
  findings: Findings,
): Promise<Submission | undefined> {
  const record = await findings.attempt("run record", "run.json", () => runs.get(runId));
  if (record === undefined) return undefined;
  const parsed = Submission.safeParse(record.submission);
  if (parsed.success) return parsed.data;
  const found = describeIssues(parsed.error, record.submission);
  findings.problem("run record", "run.json", "a submission of its schema", found);
  return undefined;
}

function holderOf({ leases }: StoresToVerify, runId: RunId, findings: Findings): Promise<LeaseHolder | undefined> {
  return findings.attempt("lease", "lease", () => leases.inspect(runId));
}

function noteHolder(runId: RunId, { holder, place, since, isAlive }: LeaseHolder, findings: Findings): void {
  const doing =
    isAlive === false ? "died with the run in its hands; what it wrote last is not sealed" : "works on the run";
  findings.notice("lease", `run ${runId}`, `${holder} (${place}) took it at ${since} and ${doing}`);
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
function checkFiles({ isSealed, files }: RunFilesAsFound, isHeld: boolean, findings: Findings): void {
  if (!isSealed) {
    // A run that nobody has worked on has empty logs and no seal.
    const isWorkedOn = files.some(({ name, found }) => name !== "run.json" && found !== undefined && found.size > 0);
    if (isWorkedOn && !isHeld) findings.problem("seal", "seal.json", "the seal of the last process's work", "nothing");
    return;
  }
  for (const { name, sealed, found } of files) {
    const isAsSealed = isHeld ? (found?.size ?? 0) >= (sealed?.size ?? 0) : found?.size === sealed?.size;
    if (isAsSealed && (sealed === undefined || found?.sealedPart === sealed.sha256)) continue;
    const shown = (size: number | undefined, sha256: string | undefined) =>
      size === undefined ? "nothing" : `${size} bytes${sha256 === undefined ? "" : `, SHA-256 ${sha256}`}`;
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
