import type { ErrorInfo } from "../contracts/error-info.ts";
import type { EventEnvelope } from "../contracts/event.ts";
import type { ArtifactRef } from "../contracts/ids.ts";
import type { RunStatus } from "../contracts/status.ts";
import type { Submission } from "../contracts/submission.ts";
import { IllegalTransition } from "./errors.ts";

/** Inner states of a run. `created` is a run that was submitted and has not started. */
export type RunPhase = "created" | "preflight_validated" | "executing" | "succeeded" | "failed";
export type StepState = "running" | "succeeded" | "failed";

/** One planned state as the log tells it. Times are RFC 3339, as recorded. */
export interface StepRecord {
  readonly stateId: string;
  readonly state: StepState;
  /** Times it was entered: first tries, retries and re-entries after a crash. */
  readonly entries: number;
  readonly attempt: number;
  readonly enteredAt: string;
  readonly endedAt?: string;
  readonly snapshot?: ArtifactRef;
  readonly error?: ErrorInfo;
}

/** Everything the event log says of a run: a pure fold, rebuilt from the log at any time. */
export interface RunRecord {
  readonly phase: RunPhase;
  readonly steps: ReadonlyMap<string, StepRecord>;
  readonly artifacts: ReadonlySet<ArtifactRef>;
  readonly attemptCount: number;
  readonly currentStage: string;
  readonly bundle?: ArtifactRef;
  /** Why the run failed: the ASL error name and its cause. */
  readonly failure?: { readonly error: string; readonly cause: string };
  readonly startedAt?: string;
  readonly updatedAt?: string;
  readonly seq: number;
}

const RUN_TRANSITIONS: Record<RunPhase, readonly RunPhase[]> = {
  created: ["preflight_validated", "failed"],
  preflight_validated: ["executing", "failed"],
  executing: ["succeeded", "failed"],
  succeeded: [],
  failed: [],
};

/** `running -> running` is a re-entry: the process died in the state and a later one entered it again. */
const STEP_TRANSITIONS: Record<StepState | "pending", readonly StepState[]> = {
  pending: ["running"],
  running: ["running", "succeeded", "failed"],
  failed: ["running"],
  succeeded: ["running"],
};

export function emptyRunRecord(): RunRecord {
  return {
    phase: "created",
    steps: new Map(),
    artifacts: new Set(),
    attemptCount: 0,
    currentStage: "none",
    seq: 0,
  };
}

/** @throws {IllegalTransition} naming the event when the log asks for what the run's state machine does not allow */
export function applyEvent(record: RunRecord, event: EventEnvelope): RunRecord {
  const next = { ...record, seq: event.seq, updatedAt: event.ts };
  if (event.kind === "domain") return applyDomainEvent(next, event);
  switch (event.name) {
    case "run_started":
      if (record.phase !== "created" || record.startedAt !== undefined)
        throw illegal(event, record.phase, "run_started");
      return { ...next, startedAt: event.ts };
    case "state_entered":
      return enterState(next, event);
    case "state_completed":
    case "state_failed":
      return endState(next, event);
    case "run_completed": {
      const phase = event.payload.status === "completed" ? "succeeded" : "failed";
      return { ...next, phase: guard(record.phase, phase, event) };
    }
    default:
      throw illegal(event, record.phase, `unknown kernel event ${event.name}`);
  }
}

export function foldEvents(events: Iterable<EventEnvelope>, start: RunRecord = emptyRunRecord()): RunRecord {
  let record = start;
  for (const event of events) record = applyEvent(record, event);
  return record;
}

/** The status record of the seeds, projected from what the log says. */
export function projectStatus(submission: Submission, record: RunRecord): RunStatus {
  const state = isTerminal(record.phase) ? record.phase : record.startedAt === undefined ? "queued" : "running";
  return {
    run_id: submission.run_id,
    state,
    current_stage: record.currentStage,
    task_lane: submission.task_lane,
    attempt_count: record.attemptCount,
    stall_reason: "none",
    artifacts: [...record.artifacts].sort(),
    ...(record.startedAt === undefined ? {} : { started_at: record.startedAt as RunStatus["started_at"] }),
    ...(record.updatedAt === undefined ? {} : { updated_at: record.updatedAt as RunStatus["updated_at"] }),
  };
}

export function isTerminal(phase: RunPhase): phase is "succeeded" | "failed" {
  return RUN_TRANSITIONS[phase].length === 0;
}

/** `run_lifecycle.lift.shard_3` -> `lift`. */
export function stageOf(stateId: string): string {
  return stateId.split(".")[1] ?? stateId;
}

function enterState(record: RunRecord, event: EventEnvelope): RunRecord {
  const stateId = String(event.payload.state_id);
  const before = record.steps.get(stateId);
  guardStep(before?.state ?? "pending", "running", event);
  const phase =
    record.phase === "preflight_validated" && stageOf(stateId) !== "intake"
      ? guard(record.phase, stageOf(stateId) === "record_failure" ? record.phase : "executing", event)
      : record.phase;
  if (isTerminal(phase)) throw illegal(event, phase, `${stateId} entered`);
  const step: StepRecord = {
    stateId,
    state: "running",
    entries: (before?.entries ?? 0) + 1,
    attempt: event.attempt,
    enteredAt: event.ts,
  };
  return {
    ...record,
    phase,
    steps: new Map(record.steps).set(stateId, step),
    attemptCount: record.attemptCount + 1,
    currentStage: stageOf(stateId),
  };
}

function endState(record: RunRecord, event: EventEnvelope): RunRecord {
  const stateId = String(event.payload.state_id);
  const before = record.steps.get(stateId);
  if (before === undefined) throw illegal(event, record.phase, `${stateId} ends, but was never entered`);
  const state = event.name === "state_completed" ? "succeeded" : "failed";
  guardStep(before.state, state, event);
  const step: StepRecord = {
    ...before,
    state,
    endedAt: event.ts,
    ...(state === "succeeded"
      ? { snapshot: event.payload.context_snapshot as ArtifactRef }
      : { error: event.payload.error as unknown as ErrorInfo }),
  };
  const isPreflight = state === "succeeded" && stageOf(stateId) === "intake" && record.phase === "created";
  return {
    ...record,
    phase: isPreflight ? guard(record.phase, "preflight_validated", event) : record.phase,
    steps: new Map(record.steps).set(stateId, step),
  };
}

function applyDomainEvent(record: RunRecord, event: EventEnvelope): RunRecord {
  if (event.name === "recomp.artifact.emitted" && event.payload_ref !== undefined) {
    return { ...record, artifacts: new Set(record.artifacts).add(event.payload_ref) };
  }
  if (event.name === "recomp.run.completed") {
    const { bundle, error, cause } = event.payload;
    return {
      ...record,
      ...(bundle === undefined ? {} : { bundle: bundle as ArtifactRef }),
      ...(error === undefined ? {} : { failure: { error: String(error), cause: String(cause) } }),
    };
  }
  return record;
}

function guard(from: RunPhase, to: RunPhase, event: EventEnvelope): RunPhase {
  if (from !== to && !RUN_TRANSITIONS[from].includes(to)) throw illegal(event, from, to);
  if (from === to && isTerminal(from)) throw illegal(event, from, to);
  return to;
}

function guardStep(from: StepState | "pending", to: StepState, event: EventEnvelope): void {
  if (!STEP_TRANSITIONS[from].includes(to)) throw illegal(event, from, to);
}

function illegal(event: EventEnvelope, from: string, to: string): IllegalTransition {
  return new IllegalTransition(`event ${event.seq} (${event.name}): a run cannot go from ${from} to ${to}`);
}
