import type { ArtifactRef } from "../contracts/ids.ts";
import type { RunState } from "../contracts/status.ts";
import type { Submission } from "../contracts/submission.ts";
import { foldEvents, projectStatus, type RunRecord, stageOf } from "../kernel/run-record.ts";
import type { Stores } from "../stores/ports.ts";

/** One stage of a run, its shards taken together. Durations in milliseconds. */
export interface StageSummary {
  readonly stage: string;
  readonly state: "running" | "succeeded" | "failed";
  readonly steps: number;
  readonly completed: number;
  readonly retries: number;
  readonly duration_ms: number;
  readonly error?: string;
}

export interface RunSummary {
  readonly run_id: string;
  readonly state: RunState;
  readonly bundle?: ArtifactRef;
  readonly error?: string;
  readonly cause?: string;
  readonly started_at?: string;
  readonly updated_at?: string;
  readonly duration_ms: number;
  readonly stages: readonly StageSummary[];
}

/** The run's log folded up. @throws NotFoundError, CorruptionError, IllegalTransition */
export async function readRun(
  stores: Stores,
  runId: Submission["run_id"],
): Promise<{ submission: Submission; record: RunRecord }> {
  const { submission } = await stores.runs.get(runId);
  let record = foldEvents([]);
  for await (const event of stores.events.read(runId)) record = foldEvents([event], record);
  return { submission: submission as unknown as Submission, record };
}

export function summarize(submission: Submission, record: RunRecord): RunSummary {
  const status = projectStatus(submission, record);
  return {
    run_id: submission.run_id,
    state: status.state,
    ...(record.bundle === undefined ? {} : { bundle: record.bundle }),
    ...(record.failure === undefined ? {} : record.failure),
    ...(record.startedAt === undefined ? {} : { started_at: record.startedAt }),
    ...(record.updatedAt === undefined ? {} : { updated_at: record.updatedAt }),
    duration_ms: between(record.startedAt, record.updatedAt),
    stages: summarizeStages(record),
  };
}

function summarizeStages(record: RunRecord): StageSummary[] {
  const stages = new Map<string, StageSummary & { from: string; to: string }>();
  for (const step of record.steps.values()) {
    const stage = stageOf(step.stateId);
    const to = step.endedAt ?? record.updatedAt ?? step.enteredAt;
    const before = stages.get(stage);
    const error = step.error?.message ?? before?.error;
    const from = before === undefined || step.enteredAt < before.from ? step.enteredAt : before.from;
    const end = before === undefined || to > before.to ? to : before.to;
    stages.set(stage, {
      stage,
      state: worse(before?.state, step.state),
      steps: (before?.steps ?? 0) + 1,
      completed: (before?.completed ?? 0) + (step.state === "succeeded" ? 1 : 0),
      retries: (before?.retries ?? 0) + step.entries - 1,
      duration_ms: between(from, end),
      ...(error === undefined ? {} : { error }),
      from,
      to: end,
    });
  }
  return [...stages.values()].map(({ from: _from, to: _to, ...summary }) => summary);
}

const SEVERITY = { succeeded: 0, running: 1, failed: 2 } as const;

function worse(a: StageSummary["state"] | undefined, b: StageSummary["state"]): StageSummary["state"] {
  return a !== undefined && SEVERITY[a] > SEVERITY[b] ? a : b;
}

function between(from: string | undefined, to: string | undefined): number {
  return from === undefined || to === undefined ? 0 : Date.parse(to) - Date.parse(from);
}
