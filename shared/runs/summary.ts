import type { Cancellation } from "../contracts/cancellation.ts";
import type { ErrorInfo } from "../contracts/error-info.ts";
import type { ArtifactRef } from "../contracts/ids.ts";
import type { ResumedFrom } from "../contracts/resumption.ts";
import type { RunState } from "../contracts/status.ts";
import type { Submission } from "../contracts/submission.ts";
import { errorInfoFromLambda, shownErrorInfo } from "../kernel/error-records.ts";
import type { GateRecord, RunPhase, RunRecord, StepRecord, StepState } from "../kernel/run/record.ts";
import { runStateOf } from "../kernel/run/status.ts";
import { stageOf } from "../kernel/state-ids.ts";
import type { Warning } from "../telemetry/stage-telemetry.ts";
import { publicationOf } from "./publication.ts";

/** One stage of a run, its shards taken together. Durations in milliseconds. */
export interface StageSummary {
  readonly stage: string;
  readonly state: StepState;
  readonly steps: number;
  readonly completed: number;
  readonly retries: number;
  readonly duration_ms: number;
  readonly error?: string;
  readonly skipped_by?: string;
  /** Of the steps completed, those that the run did not do itself: it goes on from another. */
  readonly reused?: number;
  /** By code: the first message of each, and how often its shards warned of it. */
  readonly warnings?: readonly Warning[];
}

export interface GateSummary {
  readonly gate: string;
  readonly kind: GateRecord["kind"];
  readonly state: GateRecord["state"];
  readonly reason?: string;
  readonly by?: string;
  readonly evidence?: ArtifactRef;
  /** What is decided on. */
  readonly subject?: ArtifactRef;
}

/** What happened in a run, as the pipeline runner's document has it. */
export interface RunSummary {
  readonly run_id: string;
  readonly state: RunState;
  readonly phase: RunPhase;
  /** Of a failed run that did not fail of itself. */
  readonly reason?: "cancelled";
  /** Who wants, or wanted, the run cancelled, and why. */
  readonly cancellation?: Cancellation;
  /** The run that this one goes on from, and where. */
  readonly resumed_from?: Omit<ResumedFrom, "reusable">;
  /** Every effect of the run was taken back. */
  readonly rolled_back?: true;
  readonly bundle?: ArtifactRef;
  /** Whether the bundle is available under its hash to others. */
  readonly is_published: boolean;
  readonly provenance?: ArtifactRef;
  readonly error?: string;
  readonly cause?: string;
  /** The same error with what its name alone does not say; its details as far as they may be shown. */
  readonly failure?: ErrorInfo;
  readonly started_at?: string;
  readonly updated_at?: string;
  readonly duration_ms: number;
  readonly steps: {
    readonly total: number;
    readonly completed: number;
    readonly failed: number;
    readonly skipped: number;
    readonly compensated: number;
  };
  readonly retries: number;
  readonly escalations: number;
  readonly hard_gate_failures: readonly string[];
  /** Those the run went on behind. */
  readonly soft_gate_failures: readonly string[];
  readonly gates: readonly GateSummary[];
  readonly stages: readonly StageSummary[];
}

export function summarize(submission: Submission, record: RunRecord): RunSummary {
  // The failure branch is no step of the plan: it tells how the others went.
  const steps = [...record.steps.values()].filter((step) => step.stateId !== record.failureBranch);
  const count = (...states: StepState[]) => steps.filter((step) => states.includes(step.state)).length;
  const provenance = record.roles.get("provenance");
  const gates = [...record.gates.values()];
  return {
    run_id: submission.run_id,
    state: runStateOf(record),
    phase: record.phase,
    ...(record.phase === "cancelled" ? { reason: "cancelled" as const } : {}),
    ...(record.cancellation === undefined ? {} : { cancellation: record.cancellation }),
    ...(record.resumedFrom === undefined ? {} : { resumed_from: pointOf(record.resumedFrom) }),
    ...(record.isRolledBack === undefined ? {} : { rolled_back: record.isRolledBack }),
    ...(record.bundle === undefined ? {} : { bundle: record.bundle }),
    is_published: publicationOf(record) === "succeeded",
    ...(provenance === undefined ? {} : { provenance }),
    ...(record.failure === undefined ? {} : { ...record.failure, failure: failureOf(record.failure, steps) }),
    ...(record.startedAt === undefined ? {} : { started_at: record.startedAt }),
    ...(record.updatedAt === undefined ? {} : { updated_at: record.updatedAt }),
    duration_ms: between(record.startedAt, record.updatedAt),
    steps: {
      total: steps.length,
      completed: count("succeeded"),
      failed: count("failed"),
      skipped: count("skipped"),
      compensated: count("compensated"),
    },
    retries: steps.reduce((sum, step) => sum + Math.max(0, step.entries - 1), 0),
    escalations: record.escalations.length,
    hard_gate_failures: gates.filter((gate) => gate.kind === "hard").map(({ gate }) => gate),
    soft_gate_failures: gates.filter((gate) => gate.kind === "soft").map(({ gate }) => gate),
    gates: gates.map(summarizeGate),
    stages: summarizeStages(steps, record),
  };
}

function pointOf({ reusable: _, ...point }: ResumedFrom): Omit<ResumedFrom, "reusable"> {
  return point;
}

/** What came back to the state machine is a name and a message; the state that threw it recorded more. */
function failureOf({ error, cause }: NonNullable<RunRecord["failure"]>, steps: readonly StepRecord[]): ErrorInfo {
  const thrown = steps.findLast((step) => step.error?.name === error && step.error.message === cause)?.error;
  return shownErrorInfo(thrown ?? errorInfoFromLambda(error, cause));
}

function summarizeGate({ gate, kind, state, reason, by, evidence, subject }: GateRecord): GateSummary {
  return {
    gate,
    kind,
    state,
    ...(reason === undefined ? {} : { reason }),
    ...(by === undefined ? {} : { by }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(subject === undefined ? {} : { subject }),
  };
}

/** In the order of the plan; shards may be entered in any. */
function summarizeStages(steps: readonly StepRecord[], { planned, updatedAt }: RunRecord): StageSummary[] {
  const stages = new Map<string, StepRecord[]>();
  for (const step of steps) {
    const stage = stageOf(step.stateId);
    stages.set(stage, [...(stages.get(stage) ?? []), step]);
  }
  const order = planned.map(stageOf);
  const placeOf = ([stage]: [string, unknown]) => order.indexOf(stage);
  return [...stages]
    .sort((a, b) => placeOf(a) - placeOf(b))
    .map(([stage, members]) => summarizeStage(stage, members, updatedAt));
}

function summarizeStage(stage: string, steps: readonly StepRecord[], now: string | undefined): StageSummary {
  const starts = steps.flatMap(({ enteredAt }) => enteredAt ?? []).sort();
  const ends = steps.flatMap(({ enteredAt, endedAt }) => (enteredAt === undefined ? [] : (endedAt ?? now ?? [])));
  const state = steps.map((step) => step.state).reduce((a, b) => (SEVERITY[a] >= SEVERITY[b] ? a : b));
  const error = steps.findLast((step) => step.error !== undefined)?.error?.message;
  const reused = steps.filter(({ reusedFrom }) => reusedFrom !== undefined).length;
  const skippedBy = steps.find((step) => step.skippedBy !== undefined)?.skippedBy;
  return {
    stage,
    state,
    steps: steps.length,
    completed: steps.filter((step) => step.state === "succeeded").length,
    ...(reused === 0 ? {} : { reused }),
    retries: steps.reduce((sum, step) => sum + Math.max(0, step.entries - 1), 0),
    duration_ms: between(starts[0], ends.sort().at(-1)),
    ...(error === undefined || state === "succeeded" ? {} : { error }),
    ...(skippedBy === undefined ? {} : { skipped_by: skippedBy }),
    ...warningsOf(steps),
  };
}

function warningsOf(steps: readonly StepRecord[]): Pick<StageSummary, "warnings"> {
  const byCode = new Map<string, Warning>();
  for (const { code, message, count } of steps.flatMap(({ warnings = [] }) => warnings)) {
    const before = byCode.get(code);
    byCode.set(code, { code, message: before?.message ?? message, count: (before?.count ?? 0) + count });
  }
  return byCode.size === 0 ? {} : { warnings: [...byCode.values()] };
}

/** Of a stage's shards the worst says how the stage is. */
const SEVERITY: Readonly<Record<StepState, number>> = {
  succeeded: 0,
  skipped: 1,
  pending: 2,
  running: 3,
  compensated: 4,
  failed: 5,
};

function between(from: string | undefined, to: string | undefined): number {
  return from === undefined || to === undefined ? 0 : Date.parse(to) - Date.parse(from);
}
