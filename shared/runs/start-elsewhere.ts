import { meaningOf } from "../contracts/error-registry.ts";
import type { RunId } from "../contracts/ids.ts";
import type { Submission } from "../contracts/submission.ts";
import type { Stores } from "../stores/ports.ts";
import type { StartStore } from "../stores/starts.ts";
import { flowOfRun } from "./flow-of-run.ts";
import { readSubmission } from "./read-run.ts";
import type { SubmissionSource } from "./submission-source.ts";
import { submit } from "./submit.ts";

/** Where runs are carried out that are only started here. */
export interface Executions {
  /** Starts the run's execution, unless there is one or was. @param stateMachine as a flow names it */
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
  const { stores, starts, environment } = starting;
  const { submission } = await submit(stores, source, { environment });
  await starts.note(submission.run_id);
  await start(starting, submission.run_id);
  return submission;
}

async function start({ stores, starts, executions }: Starting, runId: RunId): Promise<void> {
  const { stateMachine } = await flowOfRun(stores, runId);
  // What the run's record has, and not what was submitted now: the same input to the letter, each time.
  await executions.start(runId, stateMachine, JSON.stringify(await readSubmission(stores, runId)));
  await starts.forget(runId);
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
  return exit === "bad_input" && (room !== "stores" || name === "ConflictError") && !isPassing(error.cause);
}

/** An artifact that could not be read may be there all the same. */
function isPassing(cause: unknown): boolean {
  return cause instanceof Error && meaningOf(cause.name)?.retry === "transient_io";
}
