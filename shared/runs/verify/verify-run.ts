import { type ArtifactRef, artifactId, type RunId } from "../../contracts/ids.ts";
import type { Submission } from "../../contracts/submission.ts";
import type { RunRecord } from "../../kernel/run/record.ts";
import type { Inspection } from "../../stores/inspection.ts";
import type { SetAside } from "../../stores/retention.ts";
import type { VerifyingKey } from "../signing/keys.ts";
import { checkAgreement } from "./agreement.ts";
import { type NamedArtifact, type RunArtifacts, runArtifacts } from "./artifacts.ts";
import { type RunAsFound, readAsFound, type StoresToVerify } from "./as-found.ts";
import { checkBundle } from "./bundle.ts";
import { artifactsIn, checkEvents, foldOf } from "./events.ts";
import { checkFacts } from "./facts.ts";
import { type Findings, type Notice, newFindings, type Problem } from "./findings.ts";
import { artifactsInHistory, checkHistory } from "./history.ts";
import { KIND_OF_FIELD } from "./kinds.ts";
import { checkPlan } from "./plan.ts";
import { checkProvenance } from "./provenance.ts";
import { referencesIn } from "./references.ts";
import { checkDecisions, checkSignatures, type Decided, type Signed } from "./signatures.ts";
import { checkStatus } from "./status.ts";

export interface Verification {
  readonly run_id: RunId;
  readonly ok: boolean;
  /** What was looked at. */
  readonly artifacts: number;
  readonly events: number;
  readonly history: number;
  readonly facts: number;
  readonly problems: readonly Problem[];
  readonly notices: readonly Notice[];
  /** What keys have signed of the run, and whether that holds; see `VerifyingKey`. */
  readonly signed: readonly Signed[];
  /** What people decided, and what their word stands on. */
  readonly decided: readonly Decided[];
}

/** What opens and checks that which the store alone does not. */
export interface VerifyOptions {
  /** Opens facts that are sealed; without it they are not looked into. */
  readonly secretKey?: Uint8Array | undefined;
  /** One of these must have signed the run, where any is named. */
  readonly keys?: readonly VerifyingKey[];
  /** Given every artifact that is looked at. */
  readonly looked?: Set<ArtifactRef>;
}

/**
 * Checks all that a store holds of a run: every byte against a hash, and every statement against the others. Changes
 * nothing, and goes on behind what it finds.
 * @throws NotFoundError when there is no such run
 */
export async function verifyRun(
  stores: StoresToVerify,
  inspection: Inspection,
  runId: RunId,
  { secretKey, keys = [], looked = new Set() }: VerifyOptions = {},
): Promise<Verification> {
  const findings = newFindings();
  const run = await readAsFound(stores, inspection, runId, findings);
  const events = checkEvents(run.events.entries, findings);
  const history = checkHistory(run.history.entries, findings);
  const onRecord = { collected: run.collected, sizes: sizesIn(events), looked };
  const artifacts = runArtifacts(inspection, onRecord, findings);
  await artifacts.follow([
    ...artifactsInSubmission(run.submission),
    ...artifactsIn(events, findings),
    ...artifactsInHistory(history),
  ]);
  const facts = await checkFacts(events, artifacts, findings, secretKey);
  await checkPlan(events, artifacts, findings);
  const areEventsWhole = run.events.isWhole && events.length === run.events.entries.length;
  const record = areEventsWhole ? foldOf(runId, events, findings) : undefined;
  if (record !== undefined && run.submission !== undefined) {
    const { submission, status, isHeld } = run;
    if (status.isReadable) checkStatus({ submission, record, events }, { status: status.value, isHeld }, findings);
    const isHistoryWhole = run.history.isWhole && history.length === run.history.entries.length;
    if (isHistoryWhole) checkAgreement(submission, record, history, findings);
    const subject = { submission, record, events, facts };
    await checkWork(subject, run, { inspection, artifacts, findings });
  }
  const subject = { runId, record, events, signatures: run.signatures, head: run.head };
  const signed = checkSignatures(subject, keys, findings);
  const decided = checkDecisions(subject, keys, findings);
  const count = await artifacts.checkKinds();
  artifacts.noteCollected();
  noteSetAside(run.setAside, artifacts, findings);
  return {
    run_id: runId,
    ok: findings.problems.length === 0,
    artifacts: count,
    events: run.events.entries.length,
    history: run.history.entries.length,
    facts: facts.length,
    problems: findings.problems,
    notices: findings.notices,
    signed,
    decided,
  };
}

function sizesIn(events: RunAsFound["events"]["entries"]): Map<ArtifactRef, number> {
  const sizes = new Map<ArtifactRef, number>();
  for (const { name, payload, payload_ref: ref } of events) {
    if (name === "artifact_written" && ref !== undefined) sizes.set(ref, Number(payload.bytes));
  }
  return sizes;
}

/** What the run made: its bundle, and where that comes from. */
async function checkWork(
  run: {
    submission: Submission;
    record: RunRecord;
    events: RunAsFound["events"]["entries"];
    facts: Awaited<ReturnType<typeof checkFacts>>;
  },
  { setAside }: RunAsFound,
  look: { inspection: Inspection; artifacts: RunArtifacts; findings: Findings },
): Promise<void> {
  const { record } = run;
  const { artifacts, findings } = look;
  const bundle = record.roles.get("bundle");
  if (record.phase === "succeeded") {
    findings.same("bundle", "the end of the run", bundle, record.bundle);
    for (const role of ["bundle", "provenance", "attestation"]) {
      if (!record.roles.has(role)) findings.problem("run", `its ${role}`, "an artifact emitted in that role", "none");
    }
  }
  if (bundle === undefined) return;
  const isSetAside = setAside.some(({ name }) => name.startsWith(artifactId(bundle)));
  const index = await checkBundle(bundle, { ...run, isSetAside }, look);
  const provenance = record.roles.get("provenance");
  if (provenance === undefined) return;
  const attestation = record.roles.get("attestation");
  await checkProvenance({ provenance, attestation }, { ...run, bundle, index }, artifacts, findings);
}

function artifactsInSubmission(submission: Submission | undefined): NamedArtifact[] {
  return referencesIn(submission).map((reference) => {
    return { ...reference, in: "the submission", kind: KIND_OF_FIELD[reference.field] };
  });
}

/** Names in quarantine begin with the digits of what was set aside. */
function noteSetAside(setAside: readonly SetAside[], artifacts: RunArtifacts, findings: Findings): void {
  for (const { name, since, size } of setAside) {
    const ref = `artifact://${name.slice(0, 64)}` as ArtifactRef;
    if (!artifacts.has(ref)) continue;
    const when = new Date(since).toISOString();
    findings.notice("quarantine", name, `${size} bytes under the name of ${ref} were set aside at ${when}`);
  }
}
