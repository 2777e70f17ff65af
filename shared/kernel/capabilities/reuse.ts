import type { ArtifactRef, RunId, StateId } from "../../contracts/ids.ts";
import { type CarriedEvent, type ResumedFrom, ReusableStates } from "../../contracts/resumption.ts";
import { sha256 } from "../../stores/digest.ts";
import { countedCheckpoint } from "../checkpoint.ts";
import { getDocument } from "../documents.ts";
import { createRecorder, type EventDraft } from "../recorder.ts";
import { readSnapshot, type Snapshot, snapshotOf } from "../snapshots.ts";
import { endOf, entryOf } from "../state-events.ts";
import type { RunLog } from "../world.ts";
import { defineCapability } from "./capability.ts";
import type { Logged } from "./log.ts";
import type { Measured } from "./metrics.ts";
import { hasCompleted, outputOf, type Viewed } from "./read-back.ts";
import type { Guarded } from "./secrets-guard.ts";

type Viewing = Measured & Guarded & Logged & Viewed;

/** What a run may reuse, by state. */
type Reusable = Omit<ReusableStates, "states"> & {
  readonly states: ReadonlyMap<StateId, ReusableStates["states"][number]>;
};

/**
 * In a run that goes on from a failed one, a state that completed there from the same input is not done again: it completes
 * here with what it gave back there.
 */
export const reuse = defineCapability<Viewing>("reuse", 1, {
  async around(attempt, next) {
    const reused = await completeAsThere(attempt);
    return reused === undefined ? next(attempt) : reused.output;
  },
});

/**
 * Entry and end go in one append, under attempt 0 as nothing was tried here.
 * @returns undefined where the state has to be done
 */
async function completeAsThere(attempt: Viewing): Promise<{ readonly output: unknown } | undefined> {
  const { call, stateId, view, base, log, ending, guard, world } = attempt;
  if (view.resumedFrom === undefined || (view.step !== undefined && view.step.state !== "pending")) return undefined;
  const reusable = await reusableStates(attempt, view.resumedFrom);
  const state = reusable.states.get(stateId);
  if (state === undefined || !(await isOfSameFlow(attempt, reusable))) return undefined;
  if (inputIn(reusable.run_id, call.run_id, base) !== state.input_sha256) {
    log.info({}, "state not reused, its input is another");
    return undefined;
  }
  const output = await readIfThere(attempt, state.context_snapshot);
  if (output === undefined) return undefined;
  const { record } = createRecorder({
    log: { push: world.log.enqueue ?? world.log.push },
    runId: call.run_id,
    actor: world.actor,
    attempt: 0,
    clock: world.clock,
    guard: guard.refuse,
  });
  const reusing = {
    ...attempt,
    call: { ...call, attempt: 0 },
    effect: undefined,
    emitted: state.events.map((event) => statementOf(event, call.task_token)),
    reusedFrom: state.done_by,
  };
  const decision = state.decision === undefined ? [] : [statementOf(state.decision, undefined)];
  const snapshot = snapshotOf(output.value, guard);
  try {
    await record(
      ...(await entryOf(reusing)),
      ...(await endOf(reusing, output.value, snapshot)),
      ...decision.map((draft): EventDraft => ({ kind: "domain", ...draft })),
    );
  } catch (error) {
    // Another attempt, such as one that Lambda delivered twice, may have been quicker.
    const { step } = await world.log.view(call.run_id, stateId);
    if ((error as Error).name !== "IllegalTransition" || !hasCompleted(step, base.ref)) throw error;
    return { output: await outputOf(attempt, step) };
  }
  log.info({ reused_from: state.done_by }, "state reused");
  ending.outcome = "reused";
  const counted = await countedCheckpoint(attempt);
  if (counted.length > 0) await record(...counted);
  return { output: output.value };
}

/** The list of the run that was asked for last: a process mostly serves one after the other. */
const known = new WeakMap<RunLog, { readonly ref: ArtifactRef; readonly reusable: Promise<Reusable> }>();

async function reusableStates({ world }: Viewing, { reusable: ref }: ResumedFrom): Promise<Reusable> {
  const before = known.get(world.log);
  if (before?.ref === ref) return before.reusable;
  const reading = getDocument(world.artifacts, ref, ReusableStates, "reusable states").then(
    ({ states, ...rest }): Reusable => ({ ...rest, states: new Map(states.map((state) => [state.state_id, state])) }),
  );
  known.set(world.log, { ref, reusable: reading });
  reading.catch(() => known.delete(world.log));
  return reading;
}

/** Between the request of a run and its start a program may have been replaced by another. */
async function isOfSameFlow({ flow, config, world }: Viewing, reusable: Reusable): Promise<boolean> {
  const { state_machine_sha256 } = await world.build(config, flow);
  return (
    reusable.op_id === flow.name &&
    reusable.op_version === flow.version &&
    reusable.state_machine_sha256 === state_machine_sha256
  );
}

/** The hash that the input has if it names the other run where it names its own. */
function inputIn(other: RunId, own: RunId, { document }: Snapshot): string {
  const text = new TextDecoder().decode(document.bytes);
  return sha256(new TextEncoder().encode(text.replaceAll(`"${own}"`, `"${other}"`)));
}

/** What is gone, or damaged, is done again. */
async function readIfThere(
  { world, log }: Viewing,
  ref: ArtifactRef,
): Promise<{ readonly value: unknown } | undefined> {
  try {
    return { value: await readSnapshot(world.artifacts, ref) };
  } catch (error) {
    const { name, message } = error as Error;
    if (name !== "NotFoundError" && name !== "CorruptionError") throw error;
    log.warn({ reason: message }, "state not reused, what it gave back cannot be read");
    return undefined;
  }
}

/** A gate that is opened waits with the task of this run. */
function statementOf({ name, payload, payload_ref }: CarriedEvent, taskToken: string | undefined) {
  const { waiting_task, ...rest } = payload;
  return {
    name,
    payload: waiting_task === undefined || taskToken === undefined ? rest : { ...rest, waiting_task: taskToken },
    ...(payload_ref === undefined ? {} : { payloadRef: payload_ref }),
  };
}
