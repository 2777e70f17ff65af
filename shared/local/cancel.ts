import { Cancellation } from "../contracts/cancellation.ts";
import { effectOf, errorNamesOfRetryClass } from "../contracts/error-registry.ts";
import { PrincipalId } from "../contracts/ids.ts";
import type { Backoff } from "../contracts/run-config.ts";
import type { StageCall } from "../contracts/stages.ts";
import type { Submission } from "../contracts/submission.ts";
import { RunCancelled } from "../kernel/errors.ts";
import { allStages, type Flow, functionNameOf } from "../kernel/flow.ts";
import type { EventDraft } from "../kernel/recorder.ts";
import type { RunRecord } from "../kernel/run/record.ts";
import { isTerminal } from "../kernel/run/transitions.ts";
import { endUnrecorded, requested } from "../kernel/run-ends.ts";
import { stageOf } from "../kernel/state-ids.ts";
import type { Stoppable } from "./foreign-execution.ts";

/** What a cancellation works on. */
export interface Cancelling {
  readonly submission: Submission;
  readonly flow: Flow;
  /** The run as its log has it now. */
  record(): RunRecord;
  say(...drafts: EventDraft[]): Promise<void>;
  /** The run's execution, which this ends. */
  readonly execution: Stoppable;
  /** Resolves when no handler works on the run any more. */
  quiet(): Promise<void>;
  /** Cancels the child runs too. @returns what kept one from being cancelled */
  cancelChildren(cancellation: Cancellation): Promise<readonly unknown[]>;
  /** Calls one handler. */
  call(handler: string, call: StageCall): Promise<unknown>;
  /** Waits some part of so many milliseconds. */
  pause(most: number): Promise<void>;
}

/**
 * Cancels a run: says so in its log, ends its execution as StopExecution does, cancels its child runs, has the failure
 * branch take back what was done, and says how it ended. What is done already is left out, so a process that died half-way
 * is followed by one that does the rest.
 * @throws what keeps the failure branch from working now, or for ever where something is left to be taken back; the run can
 *   then be resumed, and goes on being cancelled
 * @throws what kept child runs from being cancelled, once this run is
 */
export async function carryOutCancellation(cancellation: Cancellation, cancelling: Cancelling): Promise<void> {
  const { flow, record, say, execution, quiet } = cancelling;
  const { by, reason } = cancellation;
  if (record().cancellation === undefined) {
    const first = record().seq === 0 ? [requested(flow)] : [];
    await say(...first, { kind: "domain", name: "recomp.run.cancel_requested", payload: { by, reason } });
  }
  const stated = record().cancellation ?? cancellation;
  const cancelled = new RunCancelled(stated);
  execution.stop({ error: cancelled.name, cause: cancelled.message });
  await execution.result;
  await quiet();
  if (isTerminal(record().phase)) return;
  const ofChildren = await cancelling.cancelChildren(stated);
  // Where no state was entered there is nothing to take back.
  if (record().attemptCount > 0) await callFailureBranch(cancelled, cancelling);
  if (!isTerminal(record().phase)) {
    const { name: error, message: cause } = cancelled;
    await say(...endUnrecorded(record(), "cancelled", { error, cause }));
  }
  if (ofChildren.length === 1) throw ofChildren[0];
  if (ofChildren.length > 1) throw new AggregateError(ofChildren, ofChildren.map(messageOf).join("; "));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** As the state machine calls it: tried again as its declaration says. */
async function callFailureBranch(cancelled: RunCancelled, cancelling: Cancelling): Promise<void> {
  const { record, submission, flow, call, pause } = cancelling;
  const { failureBranch } = record();
  const { classes, maxAttempts, backoff } = flow.failureBranch.meta.retry;
  const retried = new Set(classes.flatMap(errorNamesOfRetryClass));
  let attempt = 0;
  for (let made = 1; ; made++) {
    // An attempt that failed before it was recorded counts too.
    attempt = Math.max(attempt, record().steps.get(failureBranch)?.entries ?? 0);
    try {
      await call(functionNameOf(flow.failureBranch.name), {
        run_id: submission.run_id,
        flow: flow.name,
        attempt,
        config: submission.config_manifest,
        input: { error: { Error: cancelled.name, Cause: cancelled.message } },
      });
      return;
    } catch (error) {
      const { name } = error as Error;
      if (!retried.has(name)) return endOrLeave(error, cancelling);
      if (made >= maxAttempts) throw error;
    }
    await pause(longestWait(backoff, made));
    attempt++;
  }
}

/**
 * It cannot do its work. Its own log says why. The run ends all the same where there is nothing to take back; else it stays
 * one that is being cancelled, for a cancelled run has no effects left in place that its log does not tell of.
 */
function endOrLeave(error: unknown, { record, flow }: Cancelling): void {
  const { name, retryable = false } = error as Error & { retryable?: boolean };
  const mayPass = retryable || name === "RetryBudgetExhausted" || effectOf(name) === "stops";
  if (mayPass || hasEffects(record(), flow)) throw error;
}

/** What did not complete may have done half of its work. */
function hasEffects({ steps }: RunRecord, flow: Flow): boolean {
  const compensable = new Set(allStages(flow).flatMap(({ name, meta }) => (meta.isCompensable ? [name] : [])));
  return [...steps.values()].some(
    ({ stateId, state }) =>
      compensable.has(stageOf(stateId)) && (state === "succeeded" || state === "failed" || state === "running"),
  );
}

/** @param made attempts so far */
function longestWait(backoff: Backoff, made: number): number {
  if (backoff.kind === "fixed") return backoff.delay_ms;
  return Math.min(backoff.max_delay_ms, backoff.base_delay_ms * 2 ** (made - 1));
}

/** Who wants it and why, where the signal's reason does not say so itself. */
export function cancellationOf(reason: unknown): Cancellation {
  const stated = Cancellation.safeParse(reason);
  if (stated.success) return stated.data;
  const text = reason instanceof Error ? reason.message : String(reason);
  return { by: LOCAL, reason: text.slice(0, 1_000) || "no reason given" };
}

/** Who acts where this machine does, and no person. */
export const LOCAL = PrincipalId.parse("local");
