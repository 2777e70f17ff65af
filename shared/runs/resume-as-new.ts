import { v4 as uuidV4 } from "uuid";
import { artifactId, RunId } from "../contracts/ids.ts";
import type { ResumedFrom, ReusableState, ReusableStates } from "../contracts/resumption.ts";
import type { Submission } from "../contracts/submission.ts";
import { putDocument } from "../kernel/documents.ts";
import { ContractInputMissing, GateRefusal } from "../kernel/errors.ts";
import type { Flow } from "../kernel/flow.ts";
import { planFlow } from "../kernel/plan/plan-flow.ts";
import { type CarriedEvents, carriedEvents } from "../kernel/run/carried-events.ts";
import { RunFold } from "../kernel/run/fold.ts";
import type { RunRecord, StepRecord } from "../kernel/run/record.ts";
import { recoveryPoint } from "../kernel/run/recovery-point.ts";
import { expectSameFlow } from "../kernel/run/same-flow.ts";
import { isTerminal } from "../kernel/run/transitions.ts";
import { readGuardedConfig } from "../kernel/run-configs.ts";
import { requested } from "../kernel/run-ends.ts";
import type { Json, Stores } from "../stores/ports.ts";
import { expectGoing } from "./children.ts";
import { readRun, readSubmission } from "./read-run.ts";
import { type Renewal, renewal } from "./renewal.ts";
import { refsIn } from "./retention/references.ts";
import { say } from "./say.ts";

export interface ResumptionOptions {
  readonly flow: Flow;
  /** Of the flow's definition as it is here. */
  readonly stateMachineSha256: string;
  /** The step to do again first, instead of what its dependencies say: `link`, `select.round_2`. */
  readonly from?: string | undefined;
  environment(name: string): string | undefined;
}

/** A run that goes on from one that failed. */
export interface Resumption {
  readonly submission: Submission;
  readonly parent?: RunId;
  readonly resumedFrom: ResumedFrom;
  /** States that need not be done again, if their input is the same. */
  readonly reusable: number;
}

/**
 * Submits a new run of the same manifests, that goes on from a run that failed or was cancelled. It is requested with its
 * recovery point and a list of what it may reuse, both of its own: what becomes of the other run does not matter to it. That
 * one is left as it is.
 * @throws {GateRefusal} when there is nothing to go on from: the run goes on itself, succeeded, or never began; or its parent
 *   has ended
 * @throws {FlowChanged} when it was begun under another flow, version or definition
 * @throws {ContractInputMissing} when it has entered no step of the name `from`, or what it was given is not in the store
 */
export async function submitResumption(
  stores: Stores,
  runId: RunId,
  { flow, stateMachineSha256, from, environment }: ResumptionOptions,
): Promise<Resumption> {
  const failed = await readSubmission(stores, runId);
  const { record, carried } = await readStopped(stores, runId);
  expectStopped(runId, record);
  expectSameFlow(runId, record, flow, stateMachineSha256);
  const { parent } = record;
  if (parent !== undefined) expectGoing(parent, (await readRun(stores, parent)).record);

  const { config } = await readGuardedConfig({ artifacts: stores.artifacts, environment }, failed.config_manifest);
  const point = recoveryPoint(planFlow(flow, config), record, from);
  const renewed = renewal(stores.artifacts, runId);
  await expectInputs(failed, renewed);
  const states = await reusableStates(runId, point.reusable, carried, renewed);
  const document: ReusableStates = {
    schema_version: 1,
    kind: "restep.reusable_states",
    run_id: runId,
    op_id: flow.name,
    op_version: flow.version,
    state_machine_sha256: stateMachineSha256,
    states,
  };
  const resumedFrom: ResumedFrom = {
    run_id: runId,
    state_id: point.stateId,
    goes_on: point.goesOn,
    reusable: await putDocument(stores.artifacts, "output", document),
  };
  const submission: Submission = { ...failed, run_id: RunId.parse(uuidV4()) };
  await stores.runs.create(submission.run_id, submission as unknown as Json);
  // A process that dies before this leaves a run that was submitted and does everything.
  await say(stores, submission, requested(flow, { resumedFrom, ...(parent === undefined ? {} : { parent }) }));
  return { submission, resumedFrom, reusable: states.length, ...(parent === undefined ? {} : { parent }) };
}

/** A run's record, and what of its log is recorded again for the states that are reused: read once. */
async function readStopped(
  { events }: Pick<Stores, "events">,
  runId: RunId,
): Promise<{ readonly record: RunRecord; readonly carried: CarriedEvents }> {
  const fold = new RunFold();
  const carried = carriedEvents();
  for await (const event of events.read(runId)) {
    fold.take(event);
    carried.take(event);
  }
  return { record: fold.record, carried };
}

function expectStopped(runId: RunId, { phase, startedAt }: RunRecord): void {
  const refuse = (found: string, instead: string): never => {
    throw new GateRefusal(`run ${runId}: expected a run that failed or was cancelled, found it ${found}; ${instead}`);
  };
  if (!isTerminal(phase)) refuse(phase, "it goes on itself: resume it");
  if (phase === "succeeded")
    refuse(phase, "there is nothing to go on from: to run it again, run its manifest with --new");
  if (startedAt === undefined) refuse(`${phase} before it began`, "run its manifest with --new");
}

/** What the new run begins with, which retention may have removed since. */
async function expectInputs(submission: Submission, renewed: Renewal): Promise<void> {
  const { run_id, module_manifest, config_manifest, provenance_manifest } = submission;
  const { missing } = await renewed.renew([module_manifest, config_manifest, provenance_manifest]);
  if (missing === undefined) return;
  throw new ContractInputMissing(
    `run ${run_id}: expected all that it was given in the store, found ${missing} missing; run its manifest with --new`,
  );
}

/** What is not whole any more is done again, and so is what names its run: that is of no other. */
async function reusableStates(
  runId: RunId,
  steps: readonly StepRecord[],
  carried: CarriedEvents,
  renewed: Renewal,
): Promise<ReusableState[]> {
  const states: ReusableState[] = [];
  for (const { stateId, baseSnapshot, snapshot, reusedFrom } of steps) {
    if (baseSnapshot === undefined || snapshot === undefined) continue;
    const recorded = carried.of(stateId);
    const { missing, namesRun } = await renewed.renew([snapshot, ...refsIn(JSON.stringify(recorded))]);
    if (missing !== undefined || namesRun) continue;
    states.push({
      state_id: stateId,
      done_by: reusedFrom ?? runId,
      input_sha256: artifactId(baseSnapshot),
      context_snapshot: snapshot,
      ...recorded,
    });
  }
  return states;
}
