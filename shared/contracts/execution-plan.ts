import * as z from "zod";
import { OpId, StateId } from "./ids.ts";
import { Tag } from "./run-config.ts";

/** How a state touches the world: what a dry run skips, and what a retry may repeat. */
export const SideEffects = z.enum(["pure", "read_only_io", "apply_side_effect"]);
export type SideEffects = z.infer<typeof SideEffects>;

/** Which of the states that carry a wanted tag are meant: the last planned, the first, or whichever of them completed. */
export const DependencyStrategy = z.enum(["latest", "earliest", "latest_successful"]);
export type DependencyStrategy = z.infer<typeof DependencyStrategy>;

/** Under which key a side effect may be repeated without being applied twice. */
export const Idempotency = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("none") }),
  z.strictObject({
    kind: z.literal("key"),
    key: z.string().min(1).max(256).describe("the field of the state's input whose value is the key"),
  }),
]);
export type Idempotency = z.infer<typeof Idempotency>;

export const StateMeta = z.strictObject({
  tags: z.array(Tag),
  side_effects: SideEffects,
  idempotency: Idempotency,
  depends_on: z.array(Tag).describe("hints: which tags this state needs; the plan's edges are made from them"),
  depends_on_strategy: DependencyStrategy,
});
export type StateMeta = z.infer<typeof StateMeta>;

export const PlannedState = z.strictObject({
  id: StateId.describe("of a Map: <machine>.<step>.shard, which stands for its shard_<n>"),
  meta: StateMeta,
  gate: z.enum(["hard", "soft", "manual", "override"]).optional(),
  is_compensable: z.boolean(),
  skipped_by: Tag.optional().describe("the skip tag that takes this state out of the run"),
});
export type PlannedState = z.infer<typeof PlannedState>;

/** What a run may do, and in which order: `from` completes before `to` begins. The failure branch is not planned. */
export const ExecutionPlan = z
  .strictObject({
    schema_version: z.literal(1),
    op_id: OpId,
    states: z.array(PlannedState),
    edges: z.array(z.strictObject({ from: StateId, to: StateId })),
  })
  .meta({ id: "ExecutionPlan", description: "The states a run is made of, and their order." });
export type ExecutionPlan = z.infer<typeof ExecutionPlan>;
