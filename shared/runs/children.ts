import type { RunEnd } from "../contracts/event-payloads.ts";
import type { RunId } from "../contracts/ids.ts";
import type { Submission } from "../contracts/submission.ts";
import { putDocument } from "../kernel/documents.ts";
import { GateRefusal } from "../kernel/errors.ts";
import type { RunPhase, RunRecord } from "../kernel/run/record.ts";
import { CANCELLING, isTerminal } from "../kernel/run/transitions.ts";
import { requested } from "../kernel/run-ends.ts";
import type { Stores } from "../stores/ports.ts";
import { flowOfRun } from "./flow-of-run.ts";
import { readRun } from "./read-run.ts";
import { say } from "./say.ts";

/**
 * Carries a run out as the child of another: its start and its end stand in the parent's log, and the parent cannot
 * succeed while it is under way. Called again after a crash it goes on with both.
 * @param execute takes the child as far as it goes
 * @throws {GateRefusal} when the parent has ended, or is being cancelled
 * @throws LeaseHeldError when another process works on the parent
 */
export async function runAsChild<T>(
  stores: Stores,
  parentId: RunId,
  child: Submission,
  execute: () => Promise<T>,
): Promise<T> {
  const { submission: parent, record: before } = await readRun(stores, parentId);
  const known = before.children.get(child.run_id);
  if (known === undefined) {
    expectGoing(parentId, before);
    await say(stores, parent, {
      name: "child_run_spawned",
      payload: {
        parent_run_id: parentId,
        child_run_id: child.run_id,
        child_manifest: await putDocument(stores.artifacts, "manifest", child),
      },
    });
  }
  if ((await readRun(stores, child.run_id)).record.requestedAt === undefined) {
    await say(stores, child, requested(await flowOfRun(stores, child.run_id), { parent: parentId }));
  }
  const result = await execute();
  const { record } = await readRun(stores, child.run_id);
  const isTold = known !== undefined && known.status !== "running";
  // One that was cancelled, or failed, meanwhile hears of its children no more.
  const goesOn = !isTerminal((await readRun(stores, parentId)).record.phase);
  if (!isTold && goesOn && isTerminal(record.phase)) {
    const status = endOf(record.phase);
    await say(stores, parent, {
      name: "child_run_completed",
      payload: { child_run_id: child.run_id, status },
    });
  }
  return result;
}

/** @throws {GateRefusal} when a run can have no more children */
export function expectGoing(parentId: RunId, { phase, cancellation }: RunRecord): void {
  if (!isTerminal(phase) && cancellation === undefined) return;
  const found = isTerminal(phase) ? phase : CANCELLING;
  throw new GateRefusal(
    `run ${parentId}: expected a run that goes on, found it ${found}; it can have no more children`,
  );
}

function endOf(phase: RunPhase): RunEnd {
  if (phase === "succeeded") return "completed";
  return phase === "cancelled" ? "cancelled" : "failed";
}
