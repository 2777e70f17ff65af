import type { ExecutionHandle } from "../asl/index.ts";
import { Cancellation } from "../contracts/cancellation.ts";
import { effectOf } from "../contracts/error-registry.ts";
import { PrincipalId } from "../contracts/ids.ts";
import type { StageCall } from "../contracts/stages.ts";
import type { Submission } from "../contracts/submission.ts";
import { RunCancelled } from "../kernel/errors.ts";
import { type Flow, functionNameOf } from "../kernel/flow.ts";
import type { Statement } from "../kernel/recorder.ts";
import type { RunRecord } from "../kernel/run/record.ts";
import { isTerminal } from "../kernel/run/transitions.ts";
import { endUnrecorded, requested } from "../kernel/run-ends.ts";

/** What a cancellation works on. */
export interface Cancelling {
  readonly submission: Submission;
  readonly flow: Flow;
  /** The run as its log has it now. */
  record(): RunRecord;
  say(...statements: Statement[]): Promise<void>;
  /** The run's execution, which this ends. */
  readonly execution: ExecutionHandle;
  /** Resolves when no handler works on the run any more. */
  quiet(): Promise<void>;
  /** Calls one handler. */
  call(handler: string, call: StageCall): Promise<unknown>;
}

/**
 * Cancels a run: says so in its log, ends its execution as StopExecution does, has the failure branch take back what was
 * done, and says how it ended. What is done already is left out, so a process that died half-way is followed by one that
 * does the rest.
 * @throws what keeps the failure branch from working now; the run can then be resumed, and goes on being cancelled
 */
export async function cancelRun(cancellation: Cancellation, cancelling: Cancelling): Promise<void> {
  const { flow, record, say, execution, quiet } = cancelling;
  const { by, reason } = cancellation;
  if (record().cancellation === undefined) {
    const first = record().seq === 0 ? [requested(flow)] : [];
    await say(...first, { kind: "domain", name: "recomp.run.cancel_requested", payload: { by, reason } });
  }
  const cancelled = new RunCancelled(record().cancellation ?? cancellation);
  execution.stop({ error: cancelled.name, cause: cancelled.message });
  await execution.result;
  await quiet();
  // Where no state was entered there is nothing to take back.
  if (!isTerminal(record().phase) && record().attemptCount > 0) await callFailureBranch(cancelled, cancelling);
  if (!isTerminal(record().phase)) {
    const { name: error, message: cause } = cancelled;
    await say(...endUnrecorded(record(), "cancelled", { error, cause }));
  }
}

async function callFailureBranch(
  cancelled: RunCancelled,
  { record, submission, flow, call }: Cancelling,
): Promise<void> {
  const { failureBranch, steps } = record();
  try {
    await call(functionNameOf(flow.failureBranch.name), {
      run_id: submission.run_id,
      flow: flow.name,
      attempt: steps.get(failureBranch)?.entries ?? 0,
      config: submission.config_manifest,
      input: { error: { Error: cancelled.name, Cause: cancelled.message } },
    });
  } catch (error) {
    const { name, retryable = false } = error as Error & { retryable?: boolean };
    if (retryable || effectOf(name) === "stops") throw error;
    // It cannot do its work, now or later. Its own log says why; the run ends all the same.
  }
}

/** Who wants it and why, where the signal's reason does not say so itself. */
export function cancellationOf(reason: unknown): Cancellation {
  const stated = Cancellation.safeParse(reason);
  if (stated.success) return stated.data;
  const text = reason instanceof Error ? reason.message : String(reason);
  return { by: LOCAL, reason: text.slice(0, 1_000) || "no reason given" };
}

const LOCAL = PrincipalId.parse("local");
