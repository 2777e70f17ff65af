// Written by npm run stamp.
import type { Stage } from "../kernel/stage.ts";
import { approve } from "./approve.ts";
import { attest } from "./attest.ts";
import { compareRuns } from "./compare-runs.ts";
import { complete } from "./complete.ts";
import type { StageName } from "./declarations.ts";
import { intake } from "./intake.ts";
import { lift } from "./lift.ts";
import { link } from "./link.ts";
import { override } from "./override.ts";
import { packageStage } from "./package.ts";
import { plan } from "./plan.ts";
import { publish } from "./publish.ts";
import { recordFailure } from "./record-failure.ts";
import { validate } from "./validate.ts";
import { validationGate } from "./validation-gate.ts";
import { verifyArtifacts } from "./verify-artifacts.ts";

/** Every stage with what it does, for who carries them all out. A Lambda imports its own alone. */
export const STAGES = {
  intake,
  plan,
  lift,
  link,
  validate,
  compare_runs: compareRuns,
  validation_gate: validationGate,
  override,
  package: packageStage,
  verify_artifacts: verifyArtifacts,
  approve,
  publish,
  attest,
  complete,
  record_failure: recordFailure,
} as unknown as { readonly [Name in StageName]: Stage };
