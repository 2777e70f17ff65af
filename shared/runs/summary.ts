import type { Cancellation } from "../contracts/cancellation.ts";
import type { ErrorInfo } from "../contracts/error-info.ts";
import type { ArtifactRef } from "../contracts/ids.ts";
import type { ResumedFrom } from "../contracts/resumption.ts";
import type { RunState } from "../contracts/status.ts";
import type { Submission } from "../contracts/submission.ts";
import { errorInfoFromLambda, shownErrorInfo } from "../kernel/error-records.ts";
import {
  type GateRecord,
  openGate,
  type RunPhase,
  type RunRecord,
  type StepRecord,
  type StepState,
  type ValidationFound,
} from "../kernel/run/record.ts";
import { reasonOf, runStateOf } from "../kernel/run/status.ts";
import { isTerminal } from "../kernel/run/transitions.ts";
import { stageOf } from "../kernel/state-ids.ts";
import type { Warning } from "../telemetry/stage-telemetry.ts";
import { publicationOf } from "./publication.ts";
import { basisOf } from "./signing/decisions.ts";
import type { Work, WorkingTimes } from "./working-times.ts";

/** One stage of a run, its shards taken together, those that were not begun included. */
export interface StageSummary extends Work {
  readonly stage: string;
  readonly state: StepState;
  readonly steps: number;
  readonly completed: number;
  /** The gate at which the run waits for a person, which this stage has opened. */
  readonly waits_at?: string;
  /** The gate that this stage opened, and at which a person said no. */
  readonly rejected_at?: string;
  /** The gate that this stage opened, and at which nobody decided before the run ended. */
  readonly undecided_at?: string;
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
  /** What the word of whoever decided stands on: `said`, or `key:<key id>`. */
  readonly basis?: string;
  readonly evidence?: ArtifactRef;
  /** What is decided on. */
  readonly subject?: ArtifactRef;
}

/** What happened in a run, as the pipeline runner's document has it. */
export interface RunSummary extends Work {
  readonly run_id: string;
  readonly state: RunState;
  readonly phase: RunPhase;
  /** Of a failed run that did not fail of itself; of one that succeeded with functions missing that its runs need. */
  readonly reason?: "cancelled" | "incomplete";
  /** Who wants, or wanted, the run cancelled, and why. */
  readonly cancellation?: Cancellation;
  /** The run that this one goes on from, and where. */
  readonly resumed_from?: Omit<ResumedFrom, "reusable">;
  /** Every effect of the run was taken back. */
  readonly rolled_back?: true;
  readonly bundle?: ArtifactRef;
  /** Whether the bundle is available under its hash to others. */
  readonly is_published: boolean;
  /** What the validation gate found: its verdict, its figures, functions that runs need and that cannot run. */
  readonly validation?: ValidationFound;
  readonly provenance?: ArtifactRef;
  readonly error?: string;
  readonly cause?: string;
  /** The same error with what its name alone does not say; its details as far as they may be shown. */
  readonly failure?: ErrorInfo;
  readonly started_at?: string;
  readonly updated_at?: string;
  readonly steps: {
    readonly total: number;
    readonly completed: number;
    readonly running: number;
    readonly pending: number;
    readonly failed: number;
    readonly skipped: number;
    readonly compensated: number;
  };
  readonly escalations: number;
  readonly hard_gate_failures: readonly string[];
  /** Those the run went on behind. */
  readonly soft_gate_failures: readonly string[];
  readonly gates: readonly GateSummary[];
  readonly stages: readonly StageSummary[];
}

/** @param times of the run's log */
export function summarize(submission: Submission, record: RunRecord, times: WorkingTimes): RunSummary {
  // The failure branch is no step of the plan: it tells how the others went.
  const steps = [...record.steps.values()].filter((step) => step.stateId !== record.failureBranch);
  const count = (...states: StepState[]) => steps.filter((step) => states.includes(step.state)).length;
  const stages = summarizeStages(steps, record, times);
  // Shards that no event has named yet are pending with the others, or skipped where the run has ended without them.
  const unnamed = stages.reduce((sum, stage) => sum + stage.steps, 0) - steps.length;
  const isOver = isTerminal(record.phase);
  const provenance = record.roles.get("provenance");
  const gates = [...record.gates.values()];
  return {
    run_id: submission.run_id,
    state: runStateOf(record),
    phase: record.phase,
    ...reasonOf(record),
    ...(record.cancellation === undefined ? {} : { cancellation: record.cancellation }),
    ...(record.resumedFrom === undefined ? {} : { resumed_from: pointOf(record.resumedFrom) }),
    ...(record.isRolledBack === undefined ? {} : { rolled_back: record.isRolledBack }),
    ...(record.bundle === undefined ? {} : { bundle: record.bundle }),
    is_published: publicationOf(record) === "succeeded",
    ...(record.validation === undefined ? {} : { validation: record.validation }),
    ...(provenance === undefined ? {} : { provenance }),
    ...(record.failure === undefined ? {} : { ...record.failure, failure: failureOf(record.failure, steps) }),
    ...(record.startedAt === undefined ? {} : { started_at: record.startedAt }),
    ...(record.updatedAt === undefined ? {} : { updated_at: record.updatedAt }),
    ...workOf(times.all),
    steps: {
      total: steps.length + unnamed,
      completed: count("succeeded"),
      running: count("running"),
      pending: count("pending") + (isOver ? 0 : unnamed),
      failed: count("failed"),
      skipped: count("skipped") + (isOver ? unnamed : 0),
      compensated: count("compensated"),
    },
    escalations: record.escalations.length,
    hard_gate_failures: gates.filter((gate) => gate.kind === "hard").map(({ gate }) => gate),
    soft_gate_failures: gates.filter((gate) => gate.kind === "soft").map(({ gate }) => gate),
    gates: gates.map(summarizeGate),
    stages,
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

function summarizeGate(record: GateRecord): GateSummary {
  const { gate, kind, state, reason, by, evidence, subject } = record;
  return {
    gate,
    kind,
    state,
    ...(reason === undefined ? {} : { reason }),
    ...(by === undefined ? {} : { by, basis: basisOf(record) }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(subject === undefined ? {} : { subject }),
  };
}

/** In the order of the plan; shards may be entered in any. */
function summarizeStages(steps: readonly StepRecord[], record: RunRecord, times: WorkingTimes): StageSummary[] {
  const { planned } = record;
  const stages = new Map<string, StepRecord[]>();
  for (const step of steps) {
    const stage = stageOf(step.stateId);
    stages.set(stage, [...(stages.get(stage) ?? []), step]);
  }
  const order = planned.map(stageOf);
  const placeOf = ([stage]: [string, unknown]) => order.indexOf(stage);
  return [...stages]
    .sort((a, b) => placeOf(a) - placeOf(b))
    .map(([stage, members]) => summarizeStage(stage, members, record, times));
}

function summarizeStage(
  stage: string,
  steps: readonly StepRecord[],
  record: RunRecord,
  times: WorkingTimes,
): StageSummary {
  const states = steps.map((step) => step.state);
  const total = Math.max(steps.length, shardsToCome(steps, times));
  const isPartial = total > steps.length && !isTerminal(record.phase);
  const worst = states.reduce((a, b) => (SEVERITY[a] >= SEVERITY[b] ? a : b));
  // Some of its shards are done, and others not begun.
  const state = worst === "succeeded" && isPartial ? "running" : worst;
  const error = steps.findLast((step) => step.error !== undefined)?.error?.message;
  const reused = steps.filter(({ reusedFrom }) => reusedFrom !== undefined).length;
  const skippedBy = steps.find((step) => step.skippedBy !== undefined)?.skippedBy;
  const open = openGate(record);
  const isOpenHere = open?.stateId !== undefined && stageOf(open.stateId) === stage;
  const opened = [...record.gates.values()].filter(
    ({ stateId }) => stateId !== undefined && stageOf(stateId) === stage,
  );
  const rejected = opened.find((gate) => gate.state === "rejected");
  const undecided = isTerminal(record.phase) ? opened.find((gate) => gate.state === "open") : undefined;
  return {
    stage,
    state,
    steps: total,
    completed: states.filter((each) => each === "succeeded").length,
    ...(reused === 0 ? {} : { reused }),
    ...workOf(times.of(stage)),
    ...(isOpenHere ? { waits_at: open.gate } : {}),
    ...(rejected === undefined ? {} : { rejected_at: rejected.gate }),
    ...(undecided === undefined ? {} : { undecided_at: undecided.gate }),
    ...(error === undefined || state === "succeeded" ? {} : { error }),
    ...(skippedBy === undefined ? {} : { skipped_by: skippedBy }),
    ...warningsOf(steps),
  };
}

function workOf({ duration_ms, retries, reentries }: Work): Work {
  return { duration_ms, retries, reentries };
}

/** As far as one round goes: no event says before how many shards a stage has, but the plan's. */
function shardsToCome(steps: readonly StepRecord[], { shards = 1 }: WorkingTimes): number {
  return steps.some(({ stateId }) => /\.(?:shard|shard_\d+)$/.test(stateId)) ? shards : 1;
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
