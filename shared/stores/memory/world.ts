import type { Cancellation } from "../../contracts/cancellation.ts";
import { type ArtifactRef, artifactId, type RunId } from "../../contracts/ids.ts";
import type { RunSignature } from "../../contracts/signature.ts";
import { type Changes, changes } from "../changes.ts";
import { NotFoundError } from "../errors.ts";
import { checkRunId } from "../identifiers.ts";
import type { LeasePurpose } from "../lease-policy.ts";
import type { ArtifactKind, Head, StoredRun } from "../ports.ts";
import type { RemovalEntry } from "../retention.ts";

/** What the stores of one memory share: as a disk is to several processes. */
export interface MemoryWorld {
  readonly artifacts: Map<ArtifactRef, { bytes: Uint8Array; readonly lastPut: number }>;
  /** Kinds outlive the artifacts that retention removes. */
  readonly kinds: Map<ArtifactRef, Set<ArtifactKind>>;
  /** What was taken out of service, by name, each time it was found. */
  readonly quarantined: Map<string, Quarantined>;
  readonly runs: Map<RunId, MemoryRun>;
  readonly published: Set<ArtifactRef>;
  /** The runs that stand behind a bundle. */
  readonly claims: Map<ArtifactRef, Set<RunId>>;
  readonly removals: RemovalEntry[];
}

export interface Quarantined {
  readonly ref: ArtifactRef;
  readonly bytes: Uint8Array;
  readonly why: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

export interface MemoryRun {
  record: StoredRun;
  /** Lines without their newlines, as the file-system stores write them. */
  readonly events: Buffer[];
  readonly history: Buffer[];
  head: Head;
  status: string | undefined;
  cancellation: Cancellation | undefined;
  /** By key id. */
  readonly signatures: Map<string, RunSignature>;
  lease: MemoryLease;
  /** Announces new events, and that somebody wants the run cancelled. */
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
  return {
    artifacts: new Map(),
    kinds: new Map(),
    quarantined: new Map(),
    runs: new Map(),
    published: new Set(),
    claims: new Map(),
    removals: [],
  };
}

/** @returns where it is now */
export function moveToQuarantine({ quarantined }: MemoryWorld, item: Quarantined): string {
  let number = 1;
  while (quarantined.has(`${artifactId(item.ref)}.${number}`)) number += 1;
  const name = `${artifactId(item.ref)}.${number}`;
  quarantined.set(name, item);
  return `memory:quarantine/${name}`;
}

/** @throws NotFoundError, InvalidInputError */
export function runOf(world: MemoryWorld, runId: RunId): MemoryRun {
  const run = world.runs.get(checkRunId(runId));
  if (run === undefined) throw new NotFoundError(`run ${runId}`, "memory");
  return run;
}

export function newRun(record: StoredRun, head: Head): MemoryRun {
  const lease = { epoch: 0, held: undefined };
  return {
    record,
    events: [],
    history: [],
    head,
    status: undefined,
    cancellation: undefined,
    signatures: new Map(),
    lease,
    changes: changes(),
  };
}
