import type { RunState, RunStatus } from "../../contracts/status.ts";
import type { Submission } from "../../contracts/submission.ts";
import type { RunRecord } from "./record.ts";

/** The run's state as others see it. */
export function runStateOf({ phase, startedAt }: RunRecord): RunState {
  switch (phase) {
    case "succeeded":
    case "failed":
    case "blocked":
      return phase;
    case "rolled_back":
    case "cancelled":
      return "failed";
    default:
      return startedAt === undefined ? "queued" : "running";
  }
}

/** What the state alone does not say: whether somebody ended the run, or whether what it made lacks what its runs need. */
export function reasonOf({ phase, validation }: RunRecord): { readonly reason?: "cancelled" | "incomplete" } {
  if (phase === "cancelled") return { reason: "cancelled" };
  return phase === "succeeded" && (validation?.missing?.length ?? 0) > 0 ? { reason: "incomplete" } : {};
}

/** The status record of the seeds, projected from what the log says. */
export function projectStatus(submission: Submission, record: RunRecord): RunStatus {
  return {
    run_id: submission.run_id,
    state: runStateOf(record),
    ...reasonOf(record),
    current_stage: record.currentStage,
    task_lane: submission.task_lane,
    attempt_count: record.attemptCount,
    stall_reason: "none",
    artifacts: [...record.artifacts].sort(),
    ...(record.startedAt === undefined ? {} : { started_at: record.startedAt as RunStatus["started_at"] }),
    ...(record.updatedAt === undefined ? {} : { updated_at: record.updatedAt as RunStatus["updated_at"] }),
  };
}
