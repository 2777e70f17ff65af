import * as z from "zod";
import { ArtifactRef, PrincipalId, RunId } from "./ids.ts";
import { PRIORITIES } from "./priorities.ts";

export const TaskLane = z.enum(["general", "gfx", "math", "cleanup"]);
export type TaskLane = z.infer<typeof TaskLane>;

/** `manifest.json`: what starts a run, locally and in the cloud, byte for byte the same. */
export const Submission = z
  .strictObject({
    run_id: RunId,
    module_manifest: ArtifactRef,
    config_manifest: ArtifactRef,
    provenance_manifest: ArtifactRef,
    requested_by: PrincipalId,
    priority: z.enum(PRIORITIES),
    execution_mode: z.enum(["local", "cloud", "hybrid"]),
    task_lane: TaskLane,
    candidate_selector: z.enum(["opcode_distance", "embedding", "hybrid"]),
  })
  .meta({ id: "Submission", description: "A run submission (manifest.json)." });
export type Submission = z.infer<typeof Submission>;
