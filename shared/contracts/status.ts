import * as z from "zod";
import { ArtifactRef, RunId } from "./ids.ts";
import { TaskLane } from "./submission.ts";

export const RunState = z.enum(["queued", "running", "blocked", "failed", "succeeded"]);
export type RunState = z.infer<typeof RunState>;

/** Why a function, or a run, does not get on. */
export const StallReason = z.enum(["none", "large_function", "graphics_macro", "math_transform", "other"]);

/** The status record: a projection of the event log, rebuilt from it at any time. */
export const RunStatus = z
  .strictObject({
    run_id: RunId,
    state: RunState,
    reason: z
      .enum(["cancelled", "incomplete"])
      .optional()
      .describe(
        "cancelled: it did not fail of itself; incomplete: it succeeded, and functions that its runs need are missing",
      ),
    current_stage: z.string(),
    task_lane: TaskLane,
    attempt_count: z.int().nonnegative().describe("attempts at states so far, first tries included"),
    stall_reason: StallReason,
    artifacts: z.array(ArtifactRef),
    started_at: z.iso.datetime().optional(),
    updated_at: z.iso.datetime().optional(),
  })
  .meta({ id: "RunStatus", description: "The status of a run." });
export type RunStatus = z.infer<typeof RunStatus>;
