import {
  type Clock,
  compileStateMachine,
  type ExecutionResult,
  type HistoryEvent,
  type HistoryLog,
  Interpreter,
  systemClock as machineClock,
  type TaskResolver,
} from "../asl/index.ts";
import type { EventEnvelope, NewEvent } from "../contracts/event.ts";
import { PrincipalId, type RunId } from "../contracts/ids.ts";
import { systemClock } from "../kernel/clock.ts";
import { createRecorder } from "../kernel/recorder.ts";
import { applyEvent, isTerminal, projectStatus, type RunRecord } from "../kernel/run-record.ts";
import type { Json, Stores } from "../stores/ports.ts";
import { readRun } from "./summary.ts";
import { createWorkerPool, type WorkerPool } from "./worker-pool.ts";
import { toWireError, type WorkerSettings } from "./worker-protocol.ts";

export interface RunExecution {
  /** The lifecycle, as text with `${...FunctionArn}` placeholders. */
  readonly stateMachine: string;
  /** The module worker threads start with, how many there may be, and what they are told. */
  readonly worker: { readonly entry: URL; readonly size: number; readonly settings: WorkerSettings };
  /** Aborting leaves the run where it is, to be resumed. */
  readonly signal: AbortSignal;
  /** Told of each event once it is durable. */
  onEvent(event: EventEnvelope): void;
}

const ACTOR = PrincipalId.parse("local");

/**
 * Takes a run to its end, from its start or from where it was left. Nothing happens to a run that has ended.
 * @returns false when the signal stopped it before its end
 * @throws LeaseHeldError when another process works on the run
 */
export async function executeRun(stores: Stores, runId: RunId, execution: RunExecution): Promise<boolean> {
  const lease = await stores.leases.acquire(runId, ACTOR);
  const signal = AbortSignal.any([execution.signal, lease.lost]);
  try {
    const { submission, record } = await readRun(stores, runId);
    if (isTerminal(record.phase)) return true;
    const log = followedLog(stores, runId, record, {
      onEvent: execution.onEvent,
      onMilestone: (now) => stores.runs.writeStatus(runId, projectStatus(submission, now) as unknown as Json),
    });
    const pool = createWorkerPool({ ...execution.worker, services: { head: log.head, append: log.append } });
    try {
      const interpreter = new Interpreter({ resolver: handlersOf(pool, signal), clock: clockUntil(signal) });
      const machine = compileStateMachine(JSON.parse(fillIn(execution.stateMachine)));
      const history = historyOf(stores, runId, signal);
      const ended = interpreter.run(machine, submission, { name: runId, stateMachineName: "run-lifecycle", history });
      const result = await Promise.race([ended, aborted(signal)]);
      if (result === undefined) return lease.lost.aborted ? Promise.reject(lease.lost.reason) : false;
      if (!isTerminal(log.record().phase)) await recordUnseenEnd(log, runId, result);
      return true;
    } finally {
      await pool.close();
    }
  } finally {
    await lease.release();
  }
}

/** Each `${XFunctionArn}` becomes an ARN whose function is `X`: the name under which the worker has the handler. */
export function fillIn(stateMachine: string): string {
  return stateMachine.replaceAll(/\$\{(\w+)FunctionArn\}/g, "arn:aws:lambda:us-east-1:123456789012:function:$1");
}

/** Tasks are calls of handlers in the pool. What fails, fails as Lambda reports it. */
function handlersOf(pool: WorkerPool, stopped: AbortSignal): TaskResolver {
  return {
    async run({ resource, input, signal }) {
      try {
        return await pool.call(resource.action, input, signal);
      } catch (error) {
        // The run was stopped, so the task has no outcome: the next process runs it again.
        if (stopped.aborted) return new Promise(() => {});
        const { name, message, stack } = toWireError(error);
        const cause = JSON.stringify({ errorMessage: message, errorType: name, trace: stack });
        throw Object.assign(new Error(message), { error: name, cause });
      }
    },
  };
}

/** The machine's clock, its timers gone with the signal: they would keep an interrupted process alive. */
function clockUntil(stopped: AbortSignal): Clock {
  return {
    now: machineClock.now,
    setTimer(at, callback) {
      if (stopped.aborted) return () => {};
      const cancel = machineClock.setTimer(at, callback);
      stopped.addEventListener("abort", cancel, { once: true });
      return () => {
        stopped.removeEventListener("abort", cancel);
        cancel();
      };
    },
  };
}

function historyOf({ history }: Stores, runId: RunId, stopped: AbortSignal): HistoryLog {
  return {
    async append(batch) {
      if (stopped.aborted) return new Promise(() => {});
      await history.append(runId, batch.events as unknown as readonly Json[]);
    },
    async read() {
      const events: HistoryEvent[] = [];
      for await (const entry of history.read(runId)) events.push(entry as unknown as HistoryEvent);
      return events;
    },
  };
}

interface FollowedLog {
  head(runId: RunId): ReturnType<Stores["events"]["head"]>;
  append(runId: RunId, expectedSeq: number, events: readonly NewEvent[]): ReturnType<Stores["events"]["append"]>;
  record(): RunRecord;
}

/** After these the status record is written anew. */
const MILESTONES = new Set(["run_started", "recomp.run.stage.completed", "run_completed"]);

/** The run's log with its fold beside it, and someone who watches. */
function followedLog(
  stores: Stores,
  runId: RunId,
  start: RunRecord,
  watcher: { onEvent(event: EventEnvelope): void; onMilestone(record: RunRecord): Promise<void> },
): FollowedLog {
  let record = start;
  return {
    head: (id) => stores.events.head(id),
    async append(id, expectedSeq, events) {
      const head = await stores.events.append(id, expectedSeq, events);
      events.forEach((event, index) => {
        // The watcher has no use for the chain; the stored line has it.
        const envelope = { ...event, run_id: runId, seq: expectedSeq + index + 1, prev: "" };
        record = applyEvent(record, envelope);
        watcher.onEvent(envelope);
      });
      if (events.some((event) => MILESTONES.has(event.name))) await watcher.onMilestone(record);
      return head;
    },
    record: () => record,
  };
}

/** The execution ended in a way that no handler could record, such as its own timeout. */
async function recordUnseenEnd(events: FollowedLog, runId: RunId, result: ExecutionResult): Promise<void> {
  const recorder = createRecorder({ events, runId, actor: ACTOR, attempt: 0, clock: systemClock });
  const error = result.error ?? result.status;
  const cause = result.cause ?? "the execution ended without a record of its own";
  await recorder.record(
    { kind: "domain", name: "recomp.run.completed", payload: { state: "failed", error, cause } },
    { kind: "kernel", name: "run_completed", payload: { status: "failed" } },
  );
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
