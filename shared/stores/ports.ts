/**
 * What the rest of the project may ask of storage. Every adapter passes the one suite in `test/stores/conformance.ts`.
 * All methods reject with a `StoreError` (see `errors.ts`) and leave nothing half-written when they do.
 */

import type { Cancellation } from "../contracts/cancellation.ts";
import type { EventEnvelope, NewEvent } from "../contracts/event.ts";
import type { ArtifactRef, PrincipalId, RunId } from "../contracts/ids.ts";
import type { RunSignature } from "../contracts/signature.ts";
import type { Clock } from "./clock.ts";
import type { RunFormats } from "./formats.ts";
import type { PublicationStore } from "./publications.ts";
import type { RetentionStore } from "./retention.ts";

/** What an artifact is for. Kept in an index beside the artifact, never in its address. */
export const ARTIFACT_KINDS = [
  "manifest",
  "context_snapshot",
  "fact_payload",
  "secret_payload",
  "output",
  "other",
] as const;
export type ArtifactKind = (typeof ARTIFACT_KINDS)[number];

/** A JSON value as the stores keep it: the caller's object, no `undefined`, no class instances. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface ArtifactStat {
  readonly ref: ArtifactRef;
  /** Bytes. */
  readonly size: number;
  /** Every kind it was put as, also before it was removed and put anew; sorted; empty when the index no longer knows. */
  readonly kinds: readonly ArtifactKind[];
}

/** Immutable bytes by their SHA-256, to read. */
export interface ArtifactReader {
  /**
   * The bytes, hashed on every read.
   * @throws NotFoundError when there is no such artifact
   * @throws CorruptionError when the bytes do not hash to the address; a writable store has then quarantined the file
   */
  get(ref: ArtifactRef): Promise<Uint8Array>;
  /** Whether the artifact is there, without reading (or trusting) its bytes. */
  has(ref: ArtifactRef): Promise<boolean>;
  /** Size and kinds, or undefined when there is no such artifact. Does not read the bytes. */
  stat(ref: ArtifactRef): Promise<ArtifactStat | undefined>;
  /** Every artifact, in order of address. */
  list(): AsyncIterable<ArtifactStat>;
}

export interface ArtifactStore extends ArtifactReader {
  /**
   * Keeps the bytes; durable when it returns. Putting bytes that are there writes nothing but that they were put again
   * (and compares: a damaged file is quarantined and replaced). Any number of processes may put the same bytes at once,
   * also while another removes them: what was put is there when this returns, and was put last at a time since it began.
   * @throws InvalidInputError for a `secret_payload` that is not encrypted
   */
  put(kind: ArtifactKind, bytes: Uint8Array): Promise<ArtifactRef>;
}

/** The end of a run's log. */
export interface Head {
  /** `seq` of the last event, 0 for an empty log: the `expectedSeq` of the next append. */
  readonly seq: number;
  /** SHA-256 of the last event's RFC 8785 canonical JSON: the `prev` of the next. 64 zeros for an empty log. */
  readonly prev: string;
}

/** What an append added, as it stands in the log now, and where the log ends. */
export interface Appended {
  readonly head: Head;
  readonly events: readonly EventEnvelope[];
}

/** What a walk over a whole log found. */
export interface LogReport {
  readonly entries: number;
  /** Entries vouched for by what the last clean release left, apart from the log itself; 0 when there is nothing. */
  readonly sealed: number;
  /** What follows the last whole batch, in the adapter's words: an append under way, or one that a crash cut short. */
  readonly unfinished?: string;
}

/**
 * A run's append-only log. Appends go through the lease this `Stores` holds for the run; without one, the append takes
 * the lease for itself alone.
 */
export interface EventStore {
  /** The end of the log, appends under way here counted as `append` counts them. @throws NotFoundError */
  head(runId: RunId): Promise<Head>;
  /**
   * Appends the whole batch or nothing, fills in `run_id`, `seq`, `event_id` and `prev`, and returns when it is durable.
   * Appends may be issued without awaiting the one before: `expectedSeq` counts what is under way. Where an adapter sends
   * an append again because no answer came, it knows its own append when it meets it.
   * @throws InvalidInputError when an event is none, or canonical JSON cannot say it: nothing was written
   * @throws ConcurrencyError when the log does not end at `expectedSeq`: nothing was written
   * @throws LeaseHeldError when another holder works on the run
   * @throws UnsupportedFormatError when another version began the run
   * @throws LeaseLostError when the lease was taken over: not acknowledged, and never will be by this holder
   */
  append(runId: RunId, expectedSeq: number, events: readonly NewEvent[]): Promise<Appended>;
  /**
   * Events from `fromSeq` (default 1) to `toSeq` inclusive (default: the end as it stands), their chain checked. What
   * follows the last whole batch is ignored. An event may be shown before it is acknowledged, and be gone again when its
   * writer dies: who keeps what was read and reads on later compares the next `prev` with what it has.
   * @throws CorruptionError naming the place, expected and found
   * @throws UnsupportedFormatError when a later version wrote the log
   */
  read(runId: RunId, fromSeq?: number, toSeq?: number): AsyncIterable<EventEnvelope>;
  /**
   * As `read`, then waits for more until `signal` aborts, and ends without throwing. Shows a batch once it is written,
   * which can be a moment before it is acknowledged.
   */
  follow(runId: RunId, fromSeq: number, signal: AbortSignal): AsyncIterable<EventEnvelope>;
  /** Walks the whole log: JSON, `seq`, the `prev` chain, the seal. @throws CorruptionError */
  verifyChain(runId: RunId): Promise<LogReport>;
}

/** The ASL execution history: JSON values whose meaning the store does not know. Same durability as events. */
export interface HistoryStore {
  /** Appends all entries or none; durable when it returns. @returns the number of entries now in the log */
  append(runId: RunId, entries: readonly Json[]): Promise<number>;
  /** Every complete entry, in order. @throws CorruptionError */
  read(runId: RunId): AsyncIterable<Json>;
  /** Walks the whole log: JSON and the seal. @throws CorruptionError */
  verify(runId: RunId): Promise<LogReport>;
}

export interface StoredRun {
  readonly run_id: RunId;
  readonly submission: Json;
  /** SHA-256 of the submission's RFC 8785 canonical JSON. */
  readonly submission_sha256: string;
  /** RFC 3339, UTC, milliseconds. Information, never logic. */
  readonly created_at: string;
  /** How this record and the run's logs are written. */
  readonly formats: RunFormats;
}

export interface CreatedRun {
  readonly record: StoredRun;
  /** False when a run with this very submission was there before. */
  readonly isNew: boolean;
}

export interface RunStore {
  /**
   * Makes the run, with an empty log and history, in one step.
   * @throws ConflictError when the run exists with another submission
   */
  create(runId: RunId, submission: Json): Promise<CreatedRun>;
  /** @throws NotFoundError, CorruptionError, UnsupportedFormatError */
  get(runId: RunId): Promise<StoredRun>;
  has(runId: RunId): Promise<boolean>;
  /** Every run, in order of id. */
  list(): Promise<RunId[]>;
  /** Replaces the projection atomically. A holder that lost its lease cannot. A power cut may bring back the one before. */
  writeStatus(runId: RunId, status: Json): Promise<void>;
  /** The projection, or undefined when there is none. @throws CorruptionError when it is not JSON: rebuild it */
  readStatus(runId: RunId): Promise<Json | undefined>;
}

/** Who holds a run, as others see it. */
export interface LeaseHolder {
  readonly epoch: number;
  readonly holder: string;
  /** Where it works, in the adapter's words: a process, a function's instance. */
  readonly place: string;
  /** RFC 3339: when it took the lease. */
  readonly since: string;
  /** RFC 3339: its last sign of life. */
  readonly lastSeen: string;
  /** `append` is held for one append only, `run` until released. */
  readonly purpose: "run" | "append";
  /** Whether what works there lives; undefined when that cannot be told from here. */
  readonly isAlive: boolean | undefined;
}

export interface Lease {
  readonly runId: RunId;
  /** Fencing number: greater than that of every lease before it. */
  readonly epoch: number;
  /** Aborts when the lease is found to be taken over, with the LeaseLostError as its reason. */
  readonly lost: AbortSignal;
  /** What opening the run for writing had to repair. */
  readonly notices: readonly StoreNotice[];
  /** @throws LeaseLostError when the lease was taken over */
  check(): Promise<void>;
  /** Waits for appends under way, seals the logs and gives the lease back. Safe to call twice, and after a loss. */
  release(): Promise<void>;
}

/** At most one writer per run, over all processes. */
export interface LeaseStore {
  /**
   * Takes the run for writing, and repairs what a crash left. A dead holder is taken over at once; a live one after it
   * has shown no sign of life for the lease time.
   * @throws LeaseHeldError naming holder, place and since when
   * @throws UnsupportedFormatError when another version began the run: it is left as it is
   */
  acquire(runId: RunId, holder: PrincipalId): Promise<Lease>;
  /** The present holder, dead or alive, or undefined when the run is free. */
  inspect(runId: RunId): Promise<LeaseHolder | undefined>;
}

/** Something a store repaired on its own and a person may want to know. */
export type StoreNotice =
  | {
      readonly kind: "unfinished_append_removed";
      readonly where: string;
      /** Entries before it, all of which stay. */
      readonly after: number;
      readonly what: string;
    }
  | { readonly kind: "lease_taken_over"; readonly runId: RunId; readonly from: LeaseHolder; readonly why: string }
  | { readonly kind: "artifact_quarantined"; readonly ref: ArtifactRef; readonly movedTo: string; readonly why: string }
  | { readonly kind: "bundle_set_aside"; readonly bundle: ArtifactRef; readonly movedTo: string; readonly why: string }
  | { readonly kind: "leftovers_removed"; readonly count: number };

/** What the opener of any store may say. */
export interface StoresOptions {
  /** Told of everything the stores repair on their own. */
  readonly onNotice?: (notice: StoreNotice) => void;
  /** Milliseconds without a sign of life after which a living holder may be taken over. Default 30,000. */
  readonly leaseTime?: number;
  /** Refuse a place that holds no store yet, instead of making one there. */
  readonly mustExist?: boolean;
  /**
   * Open a store that exists just as it is: make nothing, leave what dead processes left to `retention`, and damage where it is.
   */
  readonly asFound?: boolean;
  readonly clock?: Clock;
}

export interface Stores {
  readonly artifacts: ArtifactStore;
  readonly events: EventStore;
  readonly history: HistoryStore;
  readonly runs: RunStore;
  readonly leases: LeaseStore;
  readonly cancellations: CancellationStore;
  readonly signatures: SignatureStore;
  readonly publications: PublicationStore;
  readonly retention: RetentionStore;
  /** Releases every lease still held. The stores must not be used after. */
  close(): Promise<void>;
}

/** What keys have signed of runs. Needs no lease: a signature is of a run that has ended, and nothing of the run tells of it. */
export interface SignatureStore {
  /** Keeps what a key has signed, in the place of what it signed before; durable when it returns. @throws NotFoundError */
  put(runId: RunId, signature: RunSignature): Promise<void>;
  /** In order of key ids. @throws NotFoundError, CorruptionError */
  list(runId: RunId): Promise<RunSignature[]>;
}

/**
 * Who wants which run cancelled. Asking needs no lease, so that it reaches a run whoever carries it out, or nobody: the
 * holder takes it into the run's log.
 */
export interface CancellationStore {
  /**
   * Keeps that somebody wants it; durable when it returns. Who asked first stands: of several at once, one.
   * @returns what stands
   * @throws NotFoundError, CorruptionError; UnsupportedFormatError for a run of another version, which is left as it is
   */
  request(runId: RunId, cancellation: Cancellation): Promise<Cancellation>;
  /** @throws NotFoundError, CorruptionError */
  find(runId: RunId): Promise<Cancellation | undefined>;
  /** Resolves within a second of the request, or with undefined once the signal aborts. @throws as `find` */
  wait(runId: RunId, signal: AbortSignal): Promise<Cancellation | undefined>;
}
