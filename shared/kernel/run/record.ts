import type { Cancellation } from "../../contracts/cancellation.ts";
import type { ErrorInfo } from "../../contracts/error-info.ts";
import type { RunEnd } from "../../contracts/event-payloads.ts";
import type { FactIndexEntry } from "../../contracts/facts.ts";
import type { ArtifactRef, OpId, OpPath, PrincipalId, RunId, StateId } from "../../contracts/ids.ts";
import type { ResumedFrom } from "../../contracts/resumption.ts";
import type { DecisionSignature } from "../../contracts/signature.ts";
import type { Gap } from "../../contracts/validation.ts";
import type { Warning } from "../../telemetry/stage-telemetry.ts";

/**
 * Inner states of a run. `created`: submitted, not started. `rolled_back`: failed, and every effect taken back. A run that
 * was cancelled says beside that whether its effects were.
 */
export type RunPhase =
  | "created"
  | "preflight_validated"
  | "executing"
  | "blocked"
  | "succeeded"
  | "failed"
  | "rolled_back"
  | "cancelled";

/** `skipped`: planned, and never to be entered: by a skip tag, or because the run failed before. */
export type StepState = "pending" | "running" | "succeeded" | "failed" | "compensated" | "skipped";

/** One planned state as the log tells it. Times are RFC 3339, as recorded. */
export interface StepRecord {
  readonly stateId: StateId;
  readonly state: StepState;
  /** Times it was entered: first tries, retries and re-entries after a crash. */
  readonly entries: number;
  readonly attempt: number;
  readonly enteredAt?: string;
  /** `seq` of the event that entered it first. */
  readonly enteredSeq?: number;
  readonly endedAt?: string;
  /** `seq` of the event that ended it: the order in which states completed. */
  readonly endedSeq?: number;
  /** The how many-th state of the run it was to complete, from 1. */
  readonly completedAs?: number;
  readonly baseSnapshot?: ArtifactRef;
  /** Under which its side effect is applied once, however often it is entered. */
  readonly idempotencyKey?: string;
  readonly snapshot?: ArtifactRef;
  /** The run that did it, where this one goes on from that and did not do it again. */
  readonly reusedFrom?: RunId;
  /** The gate that failed with the attempt at it. */
  readonly failedGate?: string;
  readonly error?: ErrorInfo;
  /** What its stage warned of, in the attempt that completed it. */
  readonly warnings?: readonly Warning[];
  /** Why it is skipped: the tag, or the state whose failure did it. */
  readonly skippedBy?: string;
}

export type GateState = "failed" | "open" | "approved" | "rejected" | "overridden";

/** A gate that failed, or that a person decides or decided on. */
export interface GateRecord {
  readonly gate: string;
  readonly kind: "hard" | "soft" | "manual" | "override";
  readonly state: GateState;
  readonly stateId?: StateId;
  readonly reason?: string;
  readonly by?: PrincipalId;
  /** By whose key the decision was signed; without one, it was merely said who decided. */
  readonly signature?: DecisionSignature;
  /** Why the gate failed, as an artifact. */
  readonly evidence?: ArtifactRef;
  /** What is decided on. */
  readonly subject?: ArtifactRef;
  /** The token of the task that waits for the decision. */
  readonly waitingTask?: string;
  readonly openedAt?: string;
  readonly decidedAt?: string;
}

export interface Escalation {
  readonly stateId: StateId;
  readonly attempts: number;
  readonly error: ErrorInfo;
}

export interface ChildRun {
  readonly runId: RunId;
  readonly manifest: ArtifactRef;
  readonly status: "running" | RunEnd;
}

/** The verdict, its figures, and the functions that runs need and that cannot run: the first of them. */
export interface ValidationFound {
  readonly verdict: string;
  readonly missing?: readonly Gap[];
  readonly figures: Readonly<Record<string, number>>;
}

/** Everything the event log says of a run: a pure fold, rebuilt from the log at any time. */
export interface RunRecord {
  readonly phase: RunPhase;
  /** The flow that the run was started with: its name, its version, the hash of its state machine. */
  readonly opId?: OpId;
  readonly opVersion?: string;
  readonly stateMachineSha256?: string;
  readonly plan?: ArtifactRef;
  /** The run that it was begun as a child of. */
  readonly parent?: RunId;
  /** The failed run that it goes on from. */
  readonly resumedFrom?: ResumedFrom;
  /** The execution in Step Functions that carries it out: nobody else may. */
  readonly executionArn?: string;
  /** The plan's states in its order, the opening one first. `shard`, `round` and `round_shard` stand for many. */
  readonly planned: readonly StateId[];
  /** The state that no plan has: it is entered when another fails. */
  readonly failureBranch: StateId;
  readonly steps: ReadonlyMap<string, StepRecord>;
  readonly gates: ReadonlyMap<string, GateRecord>;
  readonly facts: readonly FactIndexEntry[];
  readonly children: ReadonlyMap<string, ChildRun>;
  readonly escalations: readonly Escalation[];
  readonly compensationFailures: readonly StateId[];
  readonly artifacts: ReadonlySet<ArtifactRef>;
  /** Roles of emitted artifacts, the last of each: `bundle`, `provenance`, ... */
  readonly roles: ReadonlyMap<string, ArtifactRef>;
  readonly attemptCount: number;
  readonly currentStage: string;
  readonly bundle?: ArtifactRef;
  /** What the validation gate found last. */
  readonly validation?: ValidationFound;
  /** Somebody wants the run cancelled: from then on nothing begins but the failure branch. */
  readonly cancellation?: Cancellation;
  /** Every effect was taken back. */
  readonly isRolledBack?: true;
  /** Why the run failed: the ASL error name and its cause. */
  readonly failure?: { readonly error: string; readonly cause: string };
  /** The operation whose beginning is told and whose end is not: `op_boundary` is written where the event profile asks for it. */
  readonly openOperation?: OpPath;
  readonly requestedAt?: string;
  readonly startedAt?: string;
  readonly updatedAt?: string;
  readonly seq: number;
}

/** The gate a run waits at, if it waits. One that has failed or is being cancelled waits for nobody, whatever stands open. */
export function openGate(record: RunRecord): GateRecord | undefined {
  if (record.phase !== "blocked" || record.cancellation !== undefined) return undefined;
  for (const gate of record.gates.values()) if (gate.state === "open") return gate;
  return undefined;
}
