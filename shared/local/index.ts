/** `restep/runs`: start, resume and look at runs from a program. */
export type { EventEnvelope } from "../contracts/event.ts";
export { PrincipalId, RunId } from "../contracts/ids.ts";
export type { RunStatus } from "../contracts/status.ts";
export type { Submission } from "../contracts/submission.ts";
export type { RunStateChanged } from "../kernel/run/state-changes.ts";
export type { RecompiledProgram } from "../runs/bundle.ts";
export type { CancelOutcome } from "../runs/cancel.ts";
export type { RunOutcome } from "../runs/executor.ts";
export type { FunctionList, FunctionRow, FunctionStatus } from "../runs/functions/list.ts";
export type { FunctionView } from "../runs/functions/show.ts";
export type { ListedRun, UnreadableListing } from "../runs/list-runs.ts";
export { type NamedBytes, type Package, type PackInput, type PackOptions, pack, packageSource } from "../runs/pack.ts";
export type { Difference, Replay } from "../runs/replay.ts";
export type { Collection, CollectOptions } from "../runs/retention/collect.ts";
export { type RetentionPolicy, retentionPolicy } from "../runs/retention/policy.ts";
export type {
  CancelOptions,
  CarryOptions,
  EventsOptions,
  Reason,
  ResumeAsNewOptions,
  ResumedRun,
  Runs,
  RunUnderWay,
  SignedReason,
  StartedRun,
  StartOptions,
} from "../runs/runs.ts";
export {
  newKeyPair,
  type SigningKey,
  signingKeyFrom,
  type VerifyingKey,
  verifyingKeyFrom,
} from "../runs/signing/keys.ts";
export type { Standing } from "../runs/standing.ts";
export type { SubmissionSource } from "../runs/submission-source.ts";
export type { GateSummary, RunSummary, StageSummary } from "../runs/summary.ts";
export type { Verification } from "../runs/verify/verify-run.ts";
export type { StoreVerification } from "../runs/verify/verify-store.ts";
export { readBundleFolder } from "./bundle-folder.ts";
export { openRuns, type RunsOptions } from "./open-runs.ts";
export { folderSubmission, writePackage } from "./submission-folder.ts";
