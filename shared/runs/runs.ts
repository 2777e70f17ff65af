import type { EventEnvelope } from "../contracts/event.ts";
import type { FactIndex } from "../contracts/facts.ts";
import type { ArtifactRef, RunId } from "../contracts/ids.ts";
import type { RunSignature } from "../contracts/signature.ts";
import type { RunStatus } from "../contracts/status.ts";
import type { ContextReader } from "../kernel/context.ts";
import type { RunStateChanged } from "../kernel/run/state-changes.ts";
import type { PublishedBundle, RecompiledProgram } from "./bundle.ts";
import type { CancelOutcome } from "./cancel.ts";
import type { MeasuredSize } from "./cost/size-of-run.ts";
import type { RunOutcome } from "./executor.ts";
import type { FunctionDivergence } from "./functions/diverge.ts";
import type { FunctionFilter, FunctionList } from "./functions/list.ts";
import type { FunctionView } from "./functions/show.ts";
import type { Trap } from "./functions/trap.ts";
import type { TrapReport } from "./functions/trap-report.ts";
import type { ListedRun, UnreadableListing } from "./list-runs.ts";
import type { ProvenanceForm } from "./provenance.ts";
import type { Replay } from "./replay.ts";
import type { Resumption } from "./resume-as-new.ts";
import type { Collection, CollectOptions } from "./retention/collect.ts";
import type { SigningKey } from "./signing/keys.ts";
import type { Standing } from "./standing.ts";
import type { SubmissionSource } from "./submission-source.ts";
import type { RunSummary } from "./summary.ts";
import type { Verification, VerifyOptions } from "./verify/verify-run.ts";
import type { StoreVerification } from "./verify/verify-store.ts";

/**
 * The runs in one store, for a program: the same as the command line's verbs. Run ids are UUIDs in lowercase.
 * @throws InvalidInputError for what is no run id; NotFoundError for a run that is not there: any method that takes one
 */
export interface Runs {
  /**
   * Submits a run and begins to carry it out. The same submission again goes on with the same run.
   * @param from the path of a `manifest.json`, or where else a submission comes from
   * @throws ContractInputMissing, InvalidPlan, SecretRefused, ConflictError: nothing is written then
   */
  start(from: string | SubmissionSource, options?: StartOptions): Promise<StartedRun>;
  /**
   * Goes on with a run that was interrupted, or whose gate has been decided. Nothing happens to one that has ended.
   * @throws GateRefusal as its outcome, when Step Functions carries it out
   */
  resume(runId: string, options?: CarryOptions): Promise<RunUnderWay>;
  /**
   * Goes on from a run that failed or was cancelled, as a new run of the same manifests: from the recovery point that its
   * dependencies choose, or from the step that `from` names. What completed before is reused where its input is the same. A
   * child run is gone on from as a child of the same parent.
   * @throws GateRefusal when the run goes on itself, succeeded or never began, or its parent has ended; FlowChanged;
   *   ContractInputMissing when it has entered no such step, or lacks what it was given: nothing is written then
   */
  resumeAsNew(runId: string, options?: ResumeAsNewOptions): Promise<ResumedRun>;
  /** Every run, in order of id. */
  list(): Promise<readonly RunId[]>;
  /** Every run with its state and who works on it, the one submitted last first. */
  overview(): Promise<readonly (ListedRun | UnreadableListing)[]>;
  /** The id that a person means by an id, by the beginning of one, or by `latest`: the run submitted last. */
  find(name: string): Promise<RunId>;
  /** The status record, as it follows from the log, and who works on the run. */
  status(runId: string): Promise<RunStatus & Standing>;
  /** What happened, and who works on the run. */
  summary(runId: string): Promise<RunSummary & Standing>;
  /** What every state that completed gave back, by `<step>` or `<step>.<shard, round>`, as it is now. */
  context(runId: string): Promise<ContextReader>;
  /**
   * The functions of the run's program, by address, and how each stands as far as the run came.
   * @throws ContractInputMissing for a run that has not found them yet
   */
  functions(runId: string, filter?: FunctionFilter): Promise<FunctionList>;
  /**
   * One of them, with its code from three sides.
   * @param name of the function, or an address in it
   * @param options `passesUntil`: leaves out passes over the IR from that one on, as far as they may be
   * @throws InvalidInputError for what names none, or several
   */
  functionView(runId: string, name: string, options?: { readonly passesUntil?: number }): Promise<FunctionView>;
  /**
   * Tests one of them again, on the run's own module, and says after which instruction it first differs from the oracle.
   * @param name of the function, or an address in it
   * @throws InvalidInputError for what names none; ContractInputMissing where the run's module does not hold it
   */
  divergence(runId: string, name: string): Promise<FunctionDivergence>;
  /** Where the run's program was when it trapped, how it came there, and what gets past it. @param trap of its own module */
  explainTrap(runId: string, trap: Trap): Promise<TrapReport>;
  /** The run's log, in order. */
  events(runId: string, options?: EventsOptions): AsyncIterable<EventEnvelope>;
  /** The changes of the run's phase, which follow from its log: the same whoever looks, and whatever its event profile. */
  stateChanges(runId: string, options?: Omit<EventsOptions, "last">): AsyncIterable<RunStateChanged>;
  /** Approves what a manual gate waits for; `resume` then goes on, or Step Functions does. @throws GateRefusal, LeaseHeldError, SecretRefused */
  approve(runId: string, gate: string, why: SignedReason): Promise<GoesOn>;
  /** Rejects what a gate waits for: once resumed, the run fails. @throws GateRefusal, LeaseHeldError, SecretRefused */
  reject(runId: string, gate: string, why: SignedReason): Promise<GoesOn>;
  /** Lets a failed hard gate pass, where the run's policy allows it. @throws GateRefusal, LeaseHeldError, SecretRefused */
  override(runId: string, gate: string, why: SignedReason): Promise<GoesOn>;
  /**
   * Cancels a run that nobody carries out, and its child runs with it; asks whoever carries it out to, and returns when
   * that one has heard. The execution of a run that Step Functions carries out is stopped.
   * @throws GateRefusal when the run has ended; SecretRefused; UnsupportedFormatError for a run of an earlier version
   * @throws what kept a child run from being cancelled, such as a NotFoundError; the run itself then is
   */
  cancel(runId: string, why: Reason, options?: CancelOptions): Promise<CancelOutcome>;
  /** Hashes again all that the store holds of a run, and compares. Changes nothing. */
  verify(runId: string, options?: Pick<VerifyOptions, "keys">): Promise<Verification>;
  /**
   * Signs where the bundle of a run that has ended comes from, if it made one, and the end of its log, and keeps that beside the log. What
   * `verify` finds fault with is not signed.
   * @throws ContractInputMissing for a run that has not ended; GateRefusal for one that does not verify
   */
  sign(runId: string, key: SigningKey): Promise<RunSignature>;
  /** The same of every run, and of what no run leads to. */
  verifyAll(options?: Pick<VerifyOptions, "keys">): Promise<StoreVerification>;
  /** Runs a run that has ended again from its recorded facts, and compares. @throws GateRefusal when it has not ended */
  replay(runId: string, options?: { readonly signal?: AbortSignal }): Promise<Replay>;
  /**
   * The recorded external calls of a run, and what their index is called as an artifact.
   * @param options `keep` stores that artifact, for another run to name in its config as `run.facts`
   */
  facts(
    runId: string,
    options?: { readonly keep?: boolean },
  ): Promise<{ readonly ref: ArtifactRef; readonly index: FactIndex }>;
  /**
   * Where a run's bundle comes from: the bytes of its provenance, or of the same as an in-toto statement (SLSA v1),
   * plain or in a signed envelope (DSSE).
   * @throws ContractInputMissing for a run that has made no bundle yet, or that nobody signed
   */
  provenance(runId: string, form?: ProvenanceForm): Promise<Uint8Array>;
  /** How large a run is, and how long its stages took: what its costs follow from. */
  size(runId: string): Promise<MeasuredSize>;
  /** A bundle, file by file. @param target a run as `find` takes it, `artifact://<sha256>` or the plain 64 digits */
  bundle(target: string): Promise<PublishedBundle>;
  /** The program of a bundle, to be run. @param target a run as `find` takes it, `artifact://<sha256>` or the plain 64 digits */
  program(target: string): Promise<RecompiledProgram>;
  /** Removes what the retention policy keeps no longer. */
  collect(options?: Partial<CollectOptions>): Promise<Collection>;
  /** Interrupts the runs under way, waits until they are left as they can be resumed, and closes the stores. */
  close(): Promise<void>;
}

/** Who goes on with a run whose gate was decided: whoever resumes it, or an execution in Step Functions, which has heard. */
export type GoesOn = "here" | "elsewhere";

/** A run that this program carries out. */
export interface RunUnderWay {
  readonly runId: RunId;
  /** False when the very same submission was there before. */
  readonly isNew: boolean;
  /** How far it was taken. Rejects with what keeps it from going on here, such as a LeaseHeldError. */
  readonly outcome: Promise<RunOutcome>;
}

/** A run that was submitted. */
export interface StartedRun extends RunUnderWay {
  /** What of its manifest does not hold here, in one sentence: that it is meant for another place. */
  readonly notice?: string;
}

/** A run that goes on from another. */
export interface ResumedRun extends RunUnderWay, Pick<Resumption, "resumedFrom" | "reusable"> {}

export interface CarryOptions {
  /** Aborting leaves the run where it is, to be resumed. */
  readonly signal?: AbortSignal;
  /** Aborting cancels the run. `{ by, reason }` as its reason says who wants that and why. */
  readonly cancel?: AbortSignal;
  /** Told of each event once it is durable. */
  onEvent?(event: EventEnvelope): void;
}

export interface CancelOptions extends CarryOptions {
  /** Aborting ends the waiting for whoever carries the run out. */
  readonly patience?: AbortSignal;
}

export interface StartOptions extends CarryOptions {
  /** Runs it under a new id, though it may have been submitted before. */
  readonly withFreshId?: boolean;
  /** A run that goes on: its log tells of this one's start and end. */
  readonly parent?: string;
}

export interface ResumeAsNewOptions extends CarryOptions {
  /** The step to do again first: `link`, or `select.round_2` of a loop. */
  readonly from?: string | undefined;
}

export interface EventsOptions {
  /** Only the last so many of those that are there. */
  readonly last?: number;
  /** Waits for more until the run has ended. */
  readonly follow?: boolean;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/** Who decides, and why. */
export interface Reason {
  readonly by: string;
  readonly reason: string;
}

/** The same of a decision, which may be signed: without a key, who decides is merely said. */
export interface SignedReason extends Reason {
  readonly key?: SigningKey;
}
