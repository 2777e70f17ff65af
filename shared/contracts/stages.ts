import * as z from "zod";
import { ArtifactRef, OpId, RunId } from "./ids.ts";
import { HexAddress } from "./program.ts";
import { Submission } from "./submission.ts";
import { ValidationTotals } from "./validation.ts";

/** What the state machine sends a stage's handler. `shard` tells the items of a Map apart, `round` the turns of a loop. */
export const StageCall = z.strictObject({
  run_id: RunId,
  flow: OpId.describe("the flow that the state belongs to"),
  attempt: z.int().nonnegative().describe("which try at this state, from 0"),
  round: z.int().positive().optional(),
  shard: z.int().nonnegative().optional(),
  config: ArtifactRef.describe("the config manifest"),
  task_token: z.string().optional().describe("of a state that waits for a person"),
  input: z.json(),
});
export type StageCall = z.infer<typeof StageCall>;

const count = z.int().nonnegative();
const Shard = z.strictObject({
  shard: count,
  captures: ArtifactRef.describe("entry states of the shard's functions"),
  jumps: ArtifactRef.optional().describe("the RegisterJumps of the shard's functions; runs planned by 0.1.0 have none"),
});
const withSubmission = { submission: Submission };
const withProgram = { ...withSubmission, program: ArtifactRef.describe("the ProgramPlan") };

export const IntakeInput = z.strictObject(withSubmission);
export const IntakeOutput = z.strictObject({
  name: z.string(),
  binary: ArtifactRef,
  size: z.int().positive(),
  endianness: z.enum(["big", "little"]),
  entry: HexAddress,
  route: z
    .strictObject({ override: z.boolean(), approve: z.boolean(), publish: z.boolean() })
    .describe("which of the states that not every run has are in this run's plan"),
});

export const PlanInput = z.strictObject(withSubmission);
export const PlanOutput = z.strictObject({
  program: ArtifactRef,
  functions: count,
  shards: z.array(Shard).min(1),
  runs: ArtifactRef.describe("the TracedRuns: the config's runs as the oracle ran them"),
  max_concurrency: z.int().positive(),
});

const withObstacles = count
  .optional()
  .describe("of those lifted, functions that trap somewhere because what stands there cannot be lifted");

export const LiftInput = z.strictObject({ ...withProgram, shard: Shard });
export const LiftOutput = z.strictObject({
  shard: count,
  module: ArtifactRef,
  report: ArtifactRef,
  lifted: count,
  not_lifted: count,
  with_obstacles: withObstacles,
});

export const LinkInput = z.strictObject({ ...withProgram, shards: z.array(LiftOutput) });
export const LinkOutput = z.strictObject({
  module: ArtifactRef,
  report: ArtifactRef,
  lifted: count,
  not_lifted: count,
  with_obstacles: withObstacles,
});

export const ValidateInput = z.strictObject({ ...withProgram, module: ArtifactRef, report: ArtifactRef, shard: Shard });
export const ValidateOutput = z.strictObject({
  shard: count,
  report: ArtifactRef,
  ...ValidationTotals.shape,
});

export const CompareRunsInput = z.strictObject({ ...withProgram, module: ArtifactRef, runs: ArtifactRef });
export const CompareRunsOutput = z.strictObject({
  report: ArtifactRef.describe("the ComparedRuns"),
  agreeing: count,
  differing: count,
});

export const ValidationGateInput = z.strictObject({
  ...withProgram,
  report: ArtifactRef.describe("the lift report"),
  runs: ArtifactRef,
  compared: CompareRunsOutput,
  shards: z.array(ValidateOutput),
});
export const ValidationGateOutput = z.strictObject({
  verdict: z.enum(["passed", "failed"]).describe("failed: only where the policy lets a person override it"),
  report: ArtifactRef,
  ...ValidationTotals.shape,
  gaps: count.describe("functions that runs need and that cannot run"),
});

export const OverrideInput = z.strictObject({ report: ArtifactRef.describe("the gate's evidence") });
export const OverrideOutput = OverrideInput;

export const PackageInput = z.strictObject({ ...withProgram, link: LinkOutput, validation: ValidationGateOutput });
export const PackageOutput = z.strictObject({ bundle: ArtifactRef, files: count, bytes: count });

export const VerifyArtifactsInput = z.strictObject({ bundle: ArtifactRef });
export const VerifyArtifactsOutput = z.strictObject({ bundle: ArtifactRef, verified: count });

export const ApproveInput = z.strictObject({ bundle: ArtifactRef });
export const ApproveOutput = ApproveInput;

export const PublishInput = z.strictObject({ bundle: ArtifactRef });
export const PublishOutput = z.strictObject({ bundle: ArtifactRef });

export const AttestInput = z.strictObject({ ...withSubmission, bundle: ArtifactRef });
export const AttestOutput = z.strictObject({
  provenance: ArtifactRef.describe("the ProvenanceDocument"),
  attestation: ArtifactRef.describe("the SlsaStatement"),
});

export const CompleteInput = z.strictObject({ bundle: ArtifactRef, provenance: ArtifactRef });
export const CompleteOutput = z.strictObject({ state: z.literal("succeeded"), bundle: ArtifactRef });

/** `error` is what a Catch hands over: the ASL error name and its cause. */
export const RecordFailureInput = z.strictObject({ error: z.strictObject({ Error: z.string(), Cause: z.string() }) });
export const RecordFailureOutput = z.strictObject({
  state: z.enum(["failed", "rolled_back", "cancelled"]),
  error: z.string(),
  cause: z.string(),
  compensated: count,
  not_compensated: count,
});
