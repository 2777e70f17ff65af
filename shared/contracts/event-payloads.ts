import * as z from "zod";
import { ErrorInfo } from "./error-info.ts";
import { ArtifactRef, OpId, OpPath, PrincipalId, RunId, Sha256, StateId } from "./ids.ts";
import { ResumedFrom } from "./resumption.ts";
import { Tag, WaitingGate } from "./run-config.ts";
import { DecisionSignature } from "./signature.ts";
import { StallReason } from "./status.ts";
import { Gap } from "./validation.ts";

const stateId = { state_id: StateId };
const counts = z.record(z.string(), z.number());

/** How a run ended. */
export const RunEnd = z.enum(["completed", "failed", "cancelled"]);
export type RunEnd = z.infer<typeof RunEnd>;

/** Events that carry recovery: a run is rebuilt from them. */
export const KernelPayloads = {
  run_started: z.strictObject({
    op_id: OpId,
    op_version: z.string().min(1).max(64).optional().describe("of the flow; logs of before it was recorded have none"),
    state_machine_sha256: Sha256.optional().describe("of the state machine's file; as op_version"),
    failure_branch: StateId.optional().describe("entered when another state fails; as op_version"),
    manifest: ArtifactRef.describe("the submission"),
    initial_snapshot: ArtifactRef,
    plan: ArtifactRef.describe("the ExecutionPlan"),
    states: z.array(StateId).describe("the plan's states, in order; the first opens the run"),
    skipped: z.record(StateId, Tag).describe("states that a skip tag takes out"),
  }),
  state_entered: z.strictObject({
    ...stateId,
    base_snapshot: ArtifactRef,
    idempotency_key: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .describe("of the side effect that the state applies: the same each time it is entered in a run"),
  }),
  state_completed: z.strictObject({
    ...stateId,
    context_snapshot: ArtifactRef,
    reused_from: RunId.optional().describe(
      "the run that did it, where this one goes on from that and did not do it again",
    ),
  }),
  state_failed: z.strictObject({
    ...stateId,
    error: ErrorInfo,
    failure_snapshot: ArtifactRef.optional().describe("for diagnosis only; nothing is resumed from it"),
  }),
  run_completed: z.strictObject({
    status: RunEnd,
    final_snapshot: ArtifactRef.optional(),
    rolled_back: z
      .literal(true)
      .optional()
      .describe("every effect of the run that failed or was cancelled was taken back"),
  }),
} as const;

/** Domain events the run's record also follows; they are written whatever the event profile says. */
export const FollowedPayloads = {
  "recomp.run.validation.completed": z
    .strictObject({
      verdict: z.string(),
      missing: z.array(Gap).optional().describe("functions that runs need and that cannot run: the first of them"),
    })
    .catchall(z.number()),
  fact_recorded: z.strictObject({
    key: z.string(),
    request_sha256: Sha256,
    outcome: z.enum(["response", "error"]),
    meta: z
      .looseObject({ namespace: z.string(), sealed: z.literal(true).optional() })
      .catchall(z.json())
      .describe("sealed: the payload holds a secret and is a secret_payload artifact"),
  }),
  child_run_spawned: z.strictObject({ parent_run_id: RunId, child_run_id: RunId, child_manifest: ArtifactRef }),
  child_run_completed: z.strictObject({
    child_run_id: RunId,
    status: RunEnd,
    final_snapshot: ArtifactRef.optional(),
  }),
  "recomp.gate.failed": z.strictObject({
    ...stateId,
    gate: z.string(),
    kind: z.enum(["hard", "soft"]).optional().describe("hard where left out; behind a soft one the run goes on"),
    reason: z.string(),
    evidence: ArtifactRef,
  }),
  "recomp.gate.opened": z.strictObject({
    ...stateId,
    gate: WaitingGate,
    kind: z.enum(["manual", "override"]),
    subject: ArtifactRef.describe("what is decided on"),
    waiting_task: z.string().optional().describe("the token of the task that waits: what is decided goes to it"),
  }),
  "recomp.gate.decided": z.strictObject({
    gate: WaitingGate,
    decision: z.enum(["approved", "rejected"]),
    reason: z.string().min(1),
    by: PrincipalId,
    signature: DecisionSignature.optional().describe("left out where nobody signed: it was merely said who decided"),
  }),
  "recomp.gate.override_applied": z.strictObject({
    gate: WaitingGate,
    reason: z.string().min(1),
    by: PrincipalId,
    evidence: ArtifactRef,
    signature: DecisionSignature.optional(),
  }),
  "recomp.state.compensated": z.strictObject(stateId),
  "recomp.state.compensation_failed": z.strictObject({ ...stateId, error: ErrorInfo }),
  "recomp.state.warned": z.strictObject({
    ...stateId,
    warnings: z
      .array(z.strictObject({ code: z.string(), message: z.string(), count: z.int().positive() }))
      .min(1)
      .describe("what the stage warned of: the first message of each code, and how often"),
  }),
  "recomp.run.escalated": z.strictObject({ ...stateId, attempts: z.int().positive(), error: ErrorInfo }),
  "recomp.artifact.emitted": z.strictObject({ role: z.string().min(1) }),
  "recomp.artifact.quarantined": z.strictObject({ what: z.string(), reason: z.string() }),
  "recomp.run.requested": z.strictObject({
    failure_branch: StateId.optional().describe("of a run that ends before it starts; else run_started names it"),
    parent_run_id: RunId.optional().describe("the run that it was begun as a child of"),
    resumed_from: ResumedFrom.optional().describe("the failed run that it goes on from"),
    execution_arn: z
      .string()
      .min(1)
      .optional()
      .describe("the execution in Step Functions that carries it out; no other may"),
  }),
  "recomp.run.cancel_requested": z.strictObject({ by: PrincipalId, reason: z.string().min(1) }),
  "recomp.run.completed": z.strictObject({
    state: z.enum(["succeeded", "failed"]),
    reason: z.literal("cancelled").optional(),
    bundle: ArtifactRef.optional(),
    error: z.string().optional(),
    cause: z.string().optional(),
  }),
} as const;

const triage = {
  function: z.string(),
  attempt_count: z.int().nonnegative(),
  similarity_refs: z.array(ArtifactRef).describe("solved functions similar to it"),
};

/**
 * Domain events that every run has to write, whatever its event profile, besides those that are followed: with
 * `recomp.run.requested` and `recomp.run.completed` the seven that automation stands on.
 */
export const RequiredPayloads = {
  "recomp.run.planned": z.strictObject({ functions: z.int(), shards: z.int() }),
  "recomp.run.candidate.selected": z.strictObject({ ...triage, round: z.int().positive() }),
  "recomp.run.stage.completed": z
    .strictObject({ stage: z.string(), round: z.int().optional(), shard: z.int().optional(), counts })
    .describe("payload_ref: what the stage gave back"),
  "recomp.run.long_tail.flagged": z.strictObject({ ...triage, stall_reason: StallReason }),
  "recomp.context.checkpointed": z.strictObject(stateId).describe("payload_ref: the ContextSnapshot behind that state"),
} as const;

/** Domain events that only tell: the profiles decide which of them are written. */
export const TellingPayloads = {
  "recomp.state.retried": z.strictObject({ ...stateId, attempt: z.int().positive() }),
  "recomp.service.circuit_changed": z.strictObject({ service: z.string(), state: z.string() }),
  artifact_written: z.strictObject({ kind: z.string(), bytes: z.int().nonnegative() }),
  op_boundary: z.strictObject({ op_path: OpPath, phase: z.enum(["started", "completed"]) }),
} as const;

/** Every event whose payload is known, by name. */
export const EventPayloads = {
  ...KernelPayloads,
  ...FollowedPayloads,
  ...RequiredPayloads,
  ...TellingPayloads,
} as const;

/** What a stage may say: the other events are the kernel's own. */
export type DomainEventName = Exclude<keyof typeof EventPayloads, keyof typeof KernelPayloads>;
