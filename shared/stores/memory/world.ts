import type { ArtifactRef, RunId } from "../../contracts/ids.ts";
import { type Changes, changes } from "../changes.ts";
import { NotFoundError } from "../errors.ts";
import { checkRunId } from "../identifiers.ts";
import type { LeasePurpose } from "../lease-policy.ts";
import type { ArtifactKind, Head, RunRecord } from "../ports.ts";

/** What the stores of one memory share: as a disk is to several processes. */
export interface MemoryWorld {
  readonly artifacts: Map<ArtifactRef, { bytes: Uint8Array; readonly kinds: Set<ArtifactKind> }>;
  /** Damaged bytes that were taken out of service, each time they were found. */
  readonly quarantined: { readonly ref: ArtifactRef; readonly bytes: Uint8Array; readonly why: string }[];
  readonly runs: Map<RunId, MemoryRun>;
  /** Digits of the bundles. */
  readonly published: Set<string>;
}

export interface MemoryRun {
  readonly record: RunRecord;
  /** Lines without their newlines, as the file-system stores write them. */
  readonly events: Buffer[];
  readonly history: Buffer[];
  head: Head;
  status: string | undefined;
  lease: MemoryLease;
  /** Announces new events. */
  readonly changes: Changes;
}

export interface MemoryLease {
  readonly epoch: number;
  readonly held:
    | {
        readonly holder: string;
        readonly purpose: LeasePurpose;
        readonly since: number;
        lastSeen: number;
        /** The client that holds it. */
        readonly by: object;
      }
    | undefined;
}

export function createMemoryWorld(): MemoryWorld {
  return { artifacts: new Map(), quarantined: [], runs: new Map(), published: new Set() };
}

/** @throws NotFoundError, InvalidInputError */
export function runOf(world: MemoryWorld, runId: RunId): MemoryRun {
  const run = world.runs.get(checkRunId(runId));
  if (run === undefined) throw new NotFoundError(`run ${runId}`, "memory");
  return run;
}

export function newRun(record: RunRecord, head: Head): MemoryRun {
  const lease = { epoch: 0, held: undefined };
  return { record, events: [], history: [], head, status: undefined, lease, changes: changes() };
}
