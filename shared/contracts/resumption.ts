import * as z from "zod";
import { ArtifactRef, OpId, RunId, Sha256, StateId } from "./ids.ts";

/** Whether a run goes on behind what its recovery point gave back, or does it again. */
export const GoingOn = z.enum(["behind", "at"]);
export type GoingOn = z.infer<typeof GoingOn>;

/** What a run says of the one that it goes on from. */
export const ResumedFrom = z.strictObject({
  run_id: RunId.describe("a run that failed or was cancelled"),
  state_id: StateId.describe("the recovery point; `shard`, `round_<r>_shard` stand for all shards of a step"),
  goes_on: GoingOn.describe("behind what the recovery point gave back, or at it: it is done again"),
  reusable: ArtifactRef.describe("the ReusableStates"),
});
export type ResumedFrom = z.infer<typeof ResumedFrom>;

const CarriedEvent = z.strictObject({
  name: z.string(),
  payload: z.record(z.string(), z.json()),
  payload_ref: ArtifactRef.optional(),
});
export type CarriedEvent = z.infer<typeof CarriedEvent>;

export const ReusableState = z.strictObject({
  state_id: StateId,
  done_by: RunId.describe("the run that did it: the one gone on from, or one before that"),
  input_sha256: Sha256.describe("of its base snapshot; no reference, for that is not needed any more"),
  context_snapshot: ArtifactRef.describe("what it gave back"),
  events: z.array(CarriedEvent).describe("what it recorded besides: its facts, then what it told with its end"),
  decision: CarriedEvent.optional().describe("of a state that waited at a gate: what a person decided"),
});
export type ReusableState = z.infer<typeof ReusableState>;

/** What a run may reuse of the one that it goes on from, whatever becomes of that one. */
export const ReusableStates = z
  .strictObject({
    schema_version: z.literal(1),
    kind: z.literal("restep.reusable_states"),
    run_id: RunId.describe("the run gone on from"),
    op_id: OpId,
    op_version: z.string(),
    state_machine_sha256: Sha256,
    states: z.array(ReusableState),
  })
  .meta({ id: "ReusableStates", description: "What a run may reuse of the failed run that it goes on from." });
export type ReusableStates = z.infer<typeof ReusableStates>;
