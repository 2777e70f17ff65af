import type { SequencedEvent } from "../../contracts/event.ts";
import { RunEnd } from "../../contracts/event-payloads.ts";
import { flagOf, oneOf } from "./payload.ts";
import type { RunPhase, RunRecord } from "./record.ts";
import { CANCELLING, guardRun, illegal } from "./transitions.ts";

/** What a run's end makes of it. */
export interface RunEnding {
  readonly phase: RunPhase;
  readonly isRolledBack: boolean;
  /** Why states are skipped that the run did not come to. */
  readonly skippedBy: string;
}

const PHASE_AT_END: Readonly<Record<RunEnd, RunPhase>> = {
  completed: "succeeded",
  failed: "failed",
  cancelled: "cancelled",
};

/** Of a failed run it is the state that failed. */
const SKIPPED_AT_END: Readonly<Partial<Record<RunEnd, string>>> = {
  completed: "not needed",
  cancelled: "the run was cancelled",
};

/**
 * How a run ends that has come as far as its record says.
 * @param running states that are under way
 * @throws {IllegalTransition} when it cannot end so
 */
export function endingOf(record: RunRecord, running: number, event: SequencedEvent): RunEnding {
  const status = oneOf(event, "status", RunEnd.options);
  const isRolledBack = flagOf(event, "rolled_back");
  if (isRolledBack && status === "completed") throw illegal(event, status, "rolled_back");
  // Who wanted it, and why, stands before it; and what was to be cancelled does not end otherwise.
  const isCancelling = record.cancellation !== undefined;
  if (isCancelling !== (status === "cancelled")) throw illegal(event, isCancelling ? CANCELLING : "going on", status);
  const to = isRolledBack && status === "failed" ? "rolled_back" : PHASE_AT_END[status];
  const phase = guardRun(record.phase, to, event);
  if (phase === "succeeded") expectWhole(record, running, event);
  if (isRolledBack) expectRolledBack(record, event);
  const failed = [...record.steps.values()].findLast(({ state }) => state === "failed");
  return { phase, isRolledBack, skippedBy: SKIPPED_AT_END[status] ?? failed?.stateId ?? "the run failed" };
}

/** A run that succeeds has nothing under way, nothing undone, and nobody's refusal. */
function expectWhole({ children, steps, gates }: RunRecord, running: number, event: SequencedEvent): void {
  const child = [...children.values()].find(({ status }) => status === "running");
  if (child !== undefined) throw illegal(event, `child run ${child.runId} running`, "succeeded");
  if (running > 0) throw illegal(event, `${running} states running`, "succeeded");
  const broken = [...steps.values()].find(({ state }) => state === "failed" || state === "compensated");
  if (broken !== undefined) throw illegal(event, `${broken.stateId} ${broken.state}`, "succeeded");
  const rejected = [...gates.values()].find(({ state }) => state === "rejected");
  if (rejected !== undefined) throw illegal(event, `gate ${rejected.gate} rejected`, "succeeded");
}

function expectRolledBack({ steps, compensationFailures }: RunRecord, event: SequencedEvent): void {
  const isAnyCompensated = [...steps.values()].some(({ state }) => state === "compensated");
  if (!isAnyCompensated) throw illegal(event, "nothing compensated", "rolled_back");
  if (compensationFailures.length > 0) throw illegal(event, "a failed compensation", "rolled_back");
}
