import { meaningOf } from "../contracts/error-registry.ts";
import type { RunId } from "../contracts/ids.ts";
import type { Submission } from "../contracts/submission.ts";
import { systemWallClock } from "../kernel/clock.ts";
import { ContractInputMissing } from "../kernel/errors.ts";
import type { EventDraft } from "../kernel/recorder.ts";
import { requested } from "../kernel/run-ends.ts";
import { ConcurrencyError, LeaseHeldError } from "../stores/errors.ts";
import type { Stores } from "../stores/ports.ts";
import type { StartStore } from "../stores/starts.ts";
import { elsewhereOf } from "./elsewhere.ts";
import { flowOfRun } from "./flow-of-run.ts";
import { readSubmission } from "./read-run.ts";
import type { SubmissionSource } from "./submission-source.ts";
import { submit } from "./submit.ts";

/** Where runs are carried out that are only started here. */
export interface Executions {
  /** The execution that a run has, or is to have. @param stateMachine as a flow names it */
  arnOf(runId: RunId, stateMachine: string): string;
  /** Starts the run's execution, unless there is one or was. */
  start(runId: RunId, stateMachine: string, input: string): Promise<void>;
}

export interface Starting {
  readonly stores: Stores;
  readonly starts: StartStore;
  readonly executions: Executions;
  /** A variable of the environment: of those that a run config declares secret, and RESTEP_SECRET_KEY. */
  environment(name: string): string | undefined;
}

/**
 * Takes a submission in and starts its run, once, however often and by however many this is called: of the run's record there is
 * one, and its execution has its name.
 * @throws as `submit` does, and what keeps the execution from being started: calling again is safe
 */
export async function startElsewhere(starting: Starting, source: SubmissionSource): Promise<Submission> {
  const { stores, environment } = starting;
  const { submission } = await submit(stores, source, { environment });
  await handOn(starting, submission.run_id);
  return submission;
}

/** Starts the execution of a run that is submitted: if this process ends before, whoever looks for what was left does. */
export async function handOn(starting: Starting, runId: RunId): Promise<void> {
  await starting.starts.note(runId);
  await start(starting, runId);
}

async function start({ stores, starts, executions }: Starting, runId: RunId): Promise<void> {
  const flow = await flowOfRun(stores, runId);
  // What the run's record has, and not what was submitted now: the same input to the letter, each time.
  const submission = await readSubmission(stores, runId);
  await claim(stores, submission, requested(flow, { executionArn: executions.arnOf(runId, flow.stateMachine) }));
  await executions.start(runId, flow.stateMachine, JSON.stringify(submission));
  await starts.forget(runId);
}

/**
 * Says first in the run's log who carries it out, so that no machine does too.
 * @throws {ContractInputMissing} when one does already
 */
async function claim(stores: Stores, { run_id, requested_by }: Submission, request: EventDraft): Promise<void> {
  const { kind, name, payload = {} } = request;
  const event = { ts: systemWallClock.now().toISOString(), actor: requested_by, attempt: 0, kind, name, payload };
  try {
    await stores.events.append(run_id, 0, [event]);
  } catch (error) {
    if (!(error instanceof ConcurrencyError || error instanceof LeaseHeldError)) throw error;
    if ((await elsewhereOf(stores, run_id)) !== undefined) return;
    // Who holds it may have come for a moment, and begin nothing.
    if ((await stores.events.head(run_id)).seq === 0) throw error;
    throw new ContractInputMissing(
      `run ${run_id}: expected one that nobody carries out yet, found one that a machine has begun in this store; submit it under another run_id`,
    );
  }
}

/**
 * Starts what was taken in and not started since: whoever did the one died before the other.
 * @param until milliseconds since 1970: what was noted later may still be under way
 * @returns how each ended
 */
export async function startWhatWasLeft(
  starting: Starting,
  until: number,
): Promise<readonly { readonly runId: RunId; readonly error?: unknown }[]> {
  const ended: { readonly runId: RunId; readonly error?: unknown }[] = [];
  for await (const { runId, since } of starting.starts.list()) {
    if (since > until) continue;
    try {
      await start(starting, runId);
      ended.push({ runId });
    } catch (error) {
      ended.push({ runId, error });
    }
  }
  return ended;
}

/** Whether who submitted it has to change something, and trying again would not do. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, exit, room } = meaningOf(error.name) ?? {};
  return name === "CorruptionError" || (exit === "bad_input" && (room !== "stores" || name === "ConflictError"));
}
