import { z } from "zod";
import { ArtifactRef, RunId } from "./ids.ts";
import { HexAddress } from "./program.ts";
import { Submission } from "./submission.ts";

/** The stages of the lifecycle, in its order; `record_failure` is the failure branch. */
export const StageName = z.enum([
  "intake",
  "plan",
  "lift",
  "link",
  "validate",
  "validation_gate",
  "package",
  "verify_artifacts",
  "publish",
  "complete",
  "record_failure",
]);
export type StageName = z.infer<typeof StageName>;

/** What the state machine sends a stage's handler. `shard` tells the items of a Map apart. */
export const StageCall = z.strictObject({
  run_id: RunId,
  attempt: z.int().nonnegative().describe("which try at this state, from 0"),
  shard: z.int().nonnegative().optional(),
  input: z.json(),
});
export type StageCall = z.infer<typeof StageCall>;

const count = z.int().nonnegative();
const Shard = z.strictObject({ shard: count, captures: ArtifactRef.describe("entry states of the shard's functions") });
const withSubmission = { submission: Submission };
const withProgram = { ...withSubmission, program: ArtifactRef.describe("the ProgramPlan") };

export const IntakeInput = z.strictObject(withSubmission);
export const IntakeOutput = z.strictObject({
  name: z.string(),
  binary: ArtifactRef,
  size: z.int().positive(),
  endianness: z.enum(["big", "little"]),
  entry: HexAddress,
});

export const PlanInput = z.strictObject(withSubmission);
export const PlanOutput = z.strictObject({
  program: ArtifactRef,
  functions: count,
  shards: z.array(Shard).min(1),
  max_concurrency: z.int().positive(),
});

export const LiftInput = z.strictObject({ ...withProgram, shard: Shard });
export const LiftOutput = z.strictObject({
  shard: count,
  module: ArtifactRef,
  report: ArtifactRef,
  lifted: count,
  not_lifted: count,
});

export const LinkInput = z.strictObject({ ...withProgram, shards: z.array(LiftOutput) });
export const LinkOutput = z.strictObject({
  module: ArtifactRef,
  report: ArtifactRef,
  lifted: count,
  not_lifted: count,
});

export const ValidateInput = z.strictObject({ ...withProgram, module: ArtifactRef, report: ArtifactRef, shard: Shard });
export const ValidateOutput = z.strictObject({
  shard: count,
  report: ArtifactRef,
  proven: count,
  disproven: count,
  unproven: count,
});

export const ValidationGateInput = z.strictObject({ shards: z.array(ValidateOutput) });
export const ValidationGateOutput = z.strictObject({
  report: ArtifactRef,
  proven: count,
  disproven: count,
  unproven: count,
});

export const PackageInput = z.strictObject({ ...withProgram, link: LinkOutput, validation: ValidationGateOutput });
export const PackageOutput = z.strictObject({ bundle: ArtifactRef, files: count, bytes: count });

export const VerifyArtifactsInput = z.strictObject({ bundle: ArtifactRef });
export const VerifyArtifactsOutput = z.strictObject({ bundle: ArtifactRef, verified: count });

export const PublishInput = z.strictObject({ bundle: ArtifactRef });
export const PublishOutput = z.strictObject({ bundle: ArtifactRef });

export const CompleteInput = z.strictObject({ bundle: ArtifactRef });
export const CompleteOutput = z.strictObject({ state: z.literal("succeeded"), bundle: ArtifactRef });

/** `error` is what a Catch hands over: the ASL error name and its cause. */
export const RecordFailureInput = z.strictObject({ error: z.strictObject({ Error: z.string(), Cause: z.string() }) });
export const RecordFailureOutput = z.strictObject({
  state: z.literal("failed"),
  error: z.string(),
  cause: z.string(),
});
