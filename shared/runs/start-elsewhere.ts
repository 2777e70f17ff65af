import { meaningOf } from "../contracts/error-registry.ts";
import type { RunId } from "../contracts/ids.ts";
import type { Submission } from "../contracts/submission.ts";
import { systemWallClock } from "../kernel/clock.ts";
import { ContractInputMissing } from "../kernel/errors.ts";
import type { EventDraft } from "../kernel/recorder.ts";
import { isTerminal } from "../kernel/run/transitions.ts";
import { requested } from "../kernel/run-ends.ts";
import { collect } from "../stores/collect.ts";
import { ConcurrencyError, LeaseHeldError } from "../stores/errors.ts";
import type { Stores } from "../stores/ports.ts";
import type { StartStore } from "../stores/starts.ts";
import { elsewhereOf } from "./elsewhere.ts";
import { flowOfRun } from "./flow-of-run.ts";
import { readRun, readSubmission } from "./read-run.ts";
import type { SubmissionSource } from "./submission-source.ts";
import { submit } from "./submit.ts";
import { byTurn } from "./turns.ts";

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
  /** So many at once, the others in their turn. Default: all. */
  readonly atOnce?: number | undefined;
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

/**
 * Starts the execution of a run that is submitted, where it is its turn: if this process ends before, whoever looks for what was
 * left does.
 * @throws what keeps it from being started
 */
export async function handOn(starting: Starting, runId: RunId): Promise<void> {
  const { stores, starts, atOnce } = starting;
  const { priority } = await readSubmission(stores, runId);
  await starts.note(runId, priority);
  if (atOnce === undefined) return start(starting, runId);
  const own = (await startInTurn(starting)).find((each) => each.runId === runId);
  if (own?.error !== undefined) throw own.error;
}

async function start({ stores, starts, executions }: Starting, runId: RunId): Promise<void> {
  const flow = await flowOfRun(stores, runId);
  // What the run's record has, and not what was submitted now: the same input to the letter, each time.
  const submission = await readSubmission(stores, runId);
  try {
    await claim(stores, submission, requested(flow, { executionArn: executions.arnOf(runId, flow.stateMachine) }));
  } catch (error) {
    // Whatever becomes of it there, nobody is to start it here.
    if (error instanceof BegunByMachine) await starts.forget(runId);
    throw error;
  }
  await executions.start(runId, flow.stateMachine, JSON.stringify(submission));
  await starts.forget(runId);
}

/** A machine carries the run out in this store, or did. */
class BegunByMachine extends ContractInputMissing {}

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
    throw new BegunByMachine(
      `run ${run_id}: expected one that nobody carries out yet, found one that a machine has begun in this store; submit it under another run_id`,
    );
  }
}

/** A run that was started, or what kept it from that. */
interface StartedInTurn {
  readonly runId: RunId;
  readonly error?: unknown;
}

/**
 * Starts what was taken in and not started since, by turns and as far as there are places: whoever did the one died before the
 * other, or it was nobody's turn.
 * @param until milliseconds since 1970: what was noted later may still be under way
 * @returns how each ended; nothing of those that a machine has begun meanwhile, or that were cancelled
 */
export async function startInTurn(
  starting: Starting,
  until = Number.POSITIVE_INFINITY,
): Promise<readonly StartedInTurn[]> {
  const { starts, atOnce } = starting;
  const waiting = (await collect(starts.list())).filter(({ since }) => since <= until).sort(byTurn);
  const ended: StartedInTurn[] = [];
  for (const { runId } of waiting) {
    if (atOnce !== undefined && !(await starts.takePlace(runId, atOnce))) break;
    try {
      await start(starting, runId);
      ended.push({ runId });
    } catch (error) {
      if (atOnce !== undefined) await starts.givePlace(runId);
      if (!(error instanceof BegunByMachine)) ended.push({ runId, error });
    }
  }
  return ended;
}

/** Gives back the places of runs that have ended, and of those that wait for a person: nobody may have been told of that. */
export async function freePlaces({ stores, starts }: Starting): Promise<void> {
  for await (const runId of starts.inPlaces()) {
    const phase = (await stores.runs.has(runId)) ? (await readRun(stores, runId)).record.phase : undefined;
    if (phase === undefined || isTerminal(phase) || phase === "blocked") await starts.givePlace(runId);
  }
}

/** Whether who submitted it has to change something, and trying again would not do. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, exit, room } = meaningOf(error.name) ?? {};
  return name === "CorruptionError" || (exit === "bad_input" && (room !== "stores" || name === "ConflictError"));
}
