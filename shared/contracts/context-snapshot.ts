import * as z from "zod";
import { ArtifactRef, ContextKey, RunId } from "./ids.ts";

/** The whole context of a run at one moment: what every completed state gave back, each an artifact of its own. */
export const ContextSnapshot = z
  .strictObject({
    schema_version: z.literal(1),
    kind: z.literal("restep.context"),
    run_id: RunId,
    states: z.record(ContextKey, ArtifactRef).describe("snapshots of outputs, by <step> or <step>.<shard, round>"),
  })
  .meta({ id: "ContextSnapshot", description: "The whole context of a run at a checkpoint." });
export type ContextSnapshot = z.infer<typeof ContextSnapshot>;
