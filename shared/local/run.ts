import {
  compileStateMachine,
  type ExecutionClock,
  type ExecutionResult,
  type HistoryEvent,
  type HistoryLog,
  Interpreter,
  realTimeClock,
} from "../asl/index.ts";
import type { Cancellation } from "../contracts/cancellation.ts";
import type { EventEnvelope } from "../contracts/event.ts";
import type { RunId } from "../contracts/ids.ts";
import { systemWallClock } from "../kernel/clock.ts";
import type { Flow } from "../kernel/flow.ts";
import { type MapMode, mapModeIn, withMaps } from "../kernel/map-mode.ts";
import { createRecorder, type EventDraft } from "../kernel/recorder.ts";
import { holdLog } from "../kernel/run/own-log.ts";
import type { RunRecord } from "../kernel/run/record.ts";
import { expectSameFlow, isSameFlow } from "../kernel/run/same-flow.ts";
import { projectStatus } from "../kernel/run/status.ts";
import { isTerminal } from "../kernel/run/transitions.ts";
import { readGuardedConfig } from "../kernel/run-configs.ts";
import { endUnrecorded } from "../kernel/run-ends.ts";
import { type Guard, variablesOf } from "../kernel/secrets-guard.ts";
import { cancelChildren } from "../runs/cancel-children.ts";
import { hasEndedElsewhere } from "../runs/elsewhere.ts";
import type { RunOutcome } from "../runs/executor.ts";
import { answerOf, decisionEvent, gateOpenedLast, type TakenDecision, WaitingTask } from "../runs/gates.ts";
import { readRun, readSubmission } from "../runs/read-run.ts";
import { sha256 } from "../stores/digest.ts";
import type { Json, Stores } from "../stores/ports.ts";
import { cancellationOf, carryOutCancellation, LOCAL } from "./cancel.ts";
import { type FollowedLog, followLog } from "./followed-log.ts";
import { foreignExecution, isEnd, type Stoppable } from "./foreign-execution.ts";
import { fillIn, IDLE, poolResolver } from "./handlers.ts";
import { statusWriter } from "./status-writer.ts";
import { createWorkerPool, type WorkerPool } from "./worker-pool.ts";
import type { WorkerSettings } from "./worker-protocol.ts";
import type { WorkerThreads } from "./worker-threads.ts";

export interface RunExecution {
  readonly flow: Flow;
  /** The flow's definition, as text with `${...FunctionArn}` placeholders. */
  readonly stateMachine: string;
  /** How its Maps are carried out, unless the run has come to one before. Default: inline. */
  readonly maps?: MapMode | undefined;
  /** The module worker threads start with, how many there may be, where they come from, and what they are told. */
  readonly worker: {
    readonly entry: URL;
    readonly size: number;
    readonly threads: WorkerThreads;
    readonly settings: Omit<WorkerSettings, "variables">;
  };
  /** A variable of the process's environment. */
  environment(name: string): string | undefined;
  /** Aborting leaves the run where it is, to be resumed. */
  readonly signal: AbortSignal;
  /** Aborting cancels the run. A `Cancellation` as its reason says who wants that and why. */
  readonly cancel?: AbortSignal;
  /** Takes a child run, which is to be cancelled with this one, as far as it goes. */
  carryChildOn(runId: RunId): Promise<unknown>;
  /** Told of each event once it is durable. */
  onEvent?(event: EventEnvelope): void;
  /** Where waits between retries come from. Default: the clock of this machine. */
  readonly clock?: ExecutionClock;
  /** Decisions to take at gates as they open: those of the run that is replayed. Others wait for a person. */
  readonly decisions?: ReadonlyMap<string, TakenDecision>;
}

type ExecutionEnd = Pick<ExecutionResult, "status" | "error" | "cause">;

/**
 * Takes a run as far as it goes, from its start or from where it was left; to its cancellation, where somebody wants that
 * before or meanwhile. Nothing happens to a run that has ended.
 * @throws LeaseHeldError when another process works on the run
 * @throws GateRefusal when Step Functions carries it out
 */
export async function executeRun(stores: Stores, runId: RunId, execution: RunExecution): Promise<RunOutcome> {
  const outcome = await executeOnce(stores, runId, execution);
  // Whoever asked while this process held the run left it to this process.
  const isAsked = async () =>
    execution.cancel?.aborted === true || (await stores.cancellations.find(runId)) !== undefined;
  if (outcome !== "blocked" || !(await isAsked())) return outcome;
  try {
    return await executeOnce(stores, runId, execution);
  } catch (error) {
    if ((error as Error).name !== "LeaseHeldError") throw error;
    // Whoever asked was quicker, and cancels it.
    return isTerminal((await readRun(stores, runId)).record.phase) ? "ended" : outcome;
  }
}

async function executeOnce(stores: Stores, runId: RunId, execution: RunExecution): Promise<RunOutcome> {
  if (await hasEndedElsewhere(stores, runId)) return "ended";
  const lease = await stores.leases.acquire(runId, LOCAL);
  const held = holdLog(stores, runId);
  const blocked = new AbortController();
  const broken = new AbortController();
  /** With the `Cancellation` as its reason. */
  const asked = new AbortController();
  const signal = AbortSignal.any([execution.signal, lease.lost, blocked.signal, broken.signal]);
  try {
    const submission = await readSubmission(stores, runId);
    const status = statusWriter(
      () => stores.runs.writeStatus(runId, projectStatus(submission, log.record()) as unknown as Json),
      (error) => broken.abort(error),
    );
    const watcher = {
      onEvent: (event: EventEnvelope) => execution.onEvent?.(event),
      onMilestone: status.touch,
      onFailure: (error: unknown) => broken.abort(error),
    };
    const log = await held.open(() => followLog(stores, runId, watcher));
    // Asked for there since it was looked at.
    if (log.record().executionArn !== undefined && (await hasEndedElsewhere(stores, runId))) return "ended";
    // The process before may have died between an event and this.
    if (log.record().seq > 0) status.touch();
    if (isTerminal(log.record().phase) && (await isHistoryEnded(stores, runId))) {
      await status.settled();
      return "ended";
    }
    const definition = sha256(execution.stateMachine);
    const wanted = await wantedBefore(stores, runId, execution.cancel, log.record());
    // A run that is to be cancelled does not go on: what it was begun under need not be here any more.
    if (wanted === undefined) expectSameFlow(runId, log.record(), execution.flow, definition);
    const { config, guard } = await readGuardedConfig(
      { artifacts: stores.artifacts, environment: execution.environment },
      submission.config_manifest,
    );
    // Written by a stranger to the run's secrets, perhaps: it goes into the log, the history and the failure branch.
    const ask = (cancellation: Cancellation) => asked.abort(guard.redact(cancellation));
    if (wanted !== undefined) ask(wanted);
    const isSettled = wanted !== undefined || isTerminal(log.record().phase);
    const listening = isSettled
      ? undefined
      : listen(stores, runId, execution.cancel, ask, (error) => broken.abort(error));
    const { push, enqueue, view, facts, run } = log;
    const services = { push, enqueue, view, facts, run };
    const settings = { ...execution.worker.settings, variables: variablesOf(config, execution.environment) };
    const worker = { ...execution.worker, settings, services };
    /** One thread is enough to cancel: where nothing else is asked of them, that one. */
    const isOnlyCancelled = asked.signal.aborted;
    const lastWorker = { ...worker, size: 1 };
    const pool = createWorkerPool(isOnlyCancelled ? lastWorker : worker);
    const say = recorderOf(log, runId, guard);
    const waiting = new WaitingTask();
    const clock = clockUntil(signal, execution.clock ?? realTimeClock);
    const interpreter = new Interpreter({
      resolver: isOnlyCancelled ? IDLE : poolResolver(pool, signal, (error) => broken.abort(error)),
      clock,
    });
    /** Answers the task that waits at a gate, if the decision is there; else the run is blocked. */
    const settle = async (): Promise<void> => {
      const gate = gateOpenedLast(log.record());
      if (asked.signal.aborted) return;
      if (waiting.token === undefined || gate === undefined) return;
      const foreseen = execution.decisions?.get(gate.gate);
      if (gate.state === "open" && foreseen !== undefined) await say(decisionEvent(gate, foreseen));
      const decided = log.record().gates.get(gate.gate) ?? gate;
      if (decided.state === "open") blocked.abort();
      else await interpreter.completeTask(waiting.token, answerOf({ by: LOCAL, reason: "", ...decided }));
    };
    const history = historyOf(stores, log, runId, signal, {
      onEvents(events) {
        waiting.take(events);
        // Not within the append that reports it: the answer is appended too.
        if (waiting.token !== undefined) setImmediate(() => settle().catch((error) => broken.abort(error)));
      },
      onFailure: (error) => broken.abort(error),
    });
    let lastPool: WorkerPool | undefined = isOnlyCancelled ? pool : undefined;
    /** @returns how the execution ended: the run may have been faster */
    const cancel = async (started: Stoppable): Promise<ExecutionEnd> => {
      if (isTerminal(log.record().phase) && log.record().cancellation === undefined) return started.result;
      await carryOutCancellation(asked.signal.reason as Cancellation, {
        submission,
        flow: execution.flow,
        record: log.record,
        // A process that is stopped says nothing more, and calls nobody: the next one goes on cancelling.
        say: async (...drafts) => (signal.aborted ? new Promise(() => {}) : say(...drafts)),
        execution: started,
        quiet: async () => void (await Promise.all([lastPool ?? pool.close(), history.settled()])),
        cancelChildren: (cancellation) =>
          cancelChildren(stores, runId, log.record(), cancellation, { carryOn: execution.carryChildOn, signal }),
        async call(handler, call) {
          if (signal.aborted) return new Promise(() => {});
          lastPool ??= createWorkerPool(lastWorker);
          return lastPool.call(handler, call, signal).catch((error) => {
            if (signal.aborted) return new Promise(() => {});
            throw error;
          });
        },
        pause: (most) => new Promise((resolve) => clock.setTimer(clock.now() + most * Math.random(), resolve)),
      });
      return started.result;
    };
    const start = async (): Promise<Stoppable> => {
      const isForeign = !isSameFlow(log.record(), execution.flow, definition);
      const kept = isForeign ? await history.read() : [];
      if (kept.length > 0) return foreignExecution(kept, clock, (event) => history.append({ events: [event] }));
      const maps = mapModeIn(await history.before()) ?? execution.maps ?? "inline";
      const machine = compileStateMachine(JSON.parse(withMaps(fillIn(execution.stateMachine), maps)));
      return interpreter.start(machine, submission, {
        name: runId,
        stateMachineName: execution.flow.stateMachine,
        history,
      });
    };
    try {
      const untilStopped = aborted(signal);
      // A history that is not written any more lets no execution start.
      const started = await Promise.race([start(), untilStopped]);
      let result: ExecutionEnd | undefined =
        started && (await Promise.race([started.result, untilStopped, aborted(asked.signal)]));
      // Also where the execution has ended for that before, and the process died behind it.
      const isCancelled = asked.signal.aborted && !isTerminal(log.record().phase);
      if (started && (result === undefined ? asked.signal.aborted : isCancelled) && !signal.aborted) {
        const cancelled = cancel(started);
        // Where this process is stopped first nobody hears of it: the next one goes on cancelling.
        cancelled.catch(() => {});
        result = await Promise.race([cancelled, untilStopped]);
      }
      if (result === undefined) {
        if (lease.lost.aborted) throw lease.lost.reason;
        if (broken.signal.aborted) throw broken.signal.reason;
        return blocked.signal.aborted ? "blocked" : "interrupted";
      }
      await history.settled();
      if (!isTerminal(log.record().phase)) await say(...guard.redact(unrecordedEnd(result, log.record())));
      return "ended";
    } finally {
      listening?.stop();
      await Promise.all([pool.close(), lastPool?.close()]);
      held.leave();
      // Nothing is written once the lease is given back. Whether one of them failed is known by now.
      await Promise.allSettled([log.settled(), history.settled()]);
      await status.settled();
    }
  } finally {
    held.leave();
    try {
      await lease.release();
    } finally {
      held.free();
    }
  }
}

/** Who wanted the run cancelled before it is gone on with. One that has ended without is not cancelled any more. */
async function wantedBefore(
  { cancellations }: Pick<Stores, "cancellations">,
  runId: RunId,
  wanted: AbortSignal | undefined,
  { phase, cancellation }: RunRecord,
): Promise<Cancellation | undefined> {
  if (cancellation !== undefined || isTerminal(phase)) return cancellation;
  const found = await cancellations.find(runId);
  return found ?? (wanted?.aborted === true ? cancellationOf(wanted.reason) : undefined);
}

/** Hears of who wants the run cancelled while it is under way: from this program, or through the store. */
function listen(
  { cancellations }: Pick<Stores, "cancellations">,
  runId: RunId,
  wanted: AbortSignal | undefined,
  ask: (cancellation: Cancellation) => void,
  onFailure: (error: unknown) => void,
): { stop(): void } {
  const stopped = new AbortController();
  const onWanted = () => ask(cancellationOf(wanted?.reason));
  if (wanted?.aborted === true) onWanted();
  wanted?.addEventListener("abort", onWanted, { once: true, signal: stopped.signal });
  const hear = (heard: Cancellation | undefined) => heard !== undefined && ask(heard);
  cancellations.wait(runId, stopped.signal).then(hear, onFailure);
  return { stop: () => stopped.abort() };
}

async function isHistoryEnded({ history }: Stores, runId: RunId): Promise<boolean> {
  let last: Json | undefined;
  for await (const entry of history.read(runId)) last = entry;
  const { type = "" } = (last ?? {}) as { type?: string };
  return isEnd(type);
}

function recorderOf(log: FollowedLog, runId: RunId, { refuse }: Guard): (...drafts: EventDraft[]) => Promise<void> {
  return createRecorder({ log, runId, actor: LOCAL, attempt: 0, clock: systemWallClock, guard: refuse }).record;
}

/** The machine's clock, its timers gone with the signal: they would keep an interrupted process alive. */
function clockUntil(stopped: AbortSignal, clock: ExecutionClock): ExecutionClock {
  return {
    now: () => clock.now(),
    setTimer(at, callback) {
      if (stopped.aborted) return () => {};
      const cancel = clock.setTimer(at, callback);
      stopped.addEventListener("abort", cancel, { once: true });
      return () => {
        stopped.removeEventListener("abort", cancel);
        cancel();
      };
    },
    ...(clock.taskStarted === undefined ? {} : { taskStarted: () => clock.taskStarted!() }),
  };
}

/**
 * The execution's history, written behind the run's log. A task is not kept waiting for it: what the log says of a state
 * decides whether it is done, so a history that lost its end only has the task asked again, and its output read back.
 */
function historyOf(
  { history }: Stores,
  log: FollowedLog,
  runId: RunId,
  stopped: AbortSignal,
  told: {
    /** The events there are, and then each batch once it is durable. */
    onEvents(events: readonly HistoryEvent[]): void;
    onFailure(error: unknown): void;
  },
): HistoryLog & {
  /** What is there before the execution goes on. */
  before(): Promise<readonly HistoryEvent[]>;
  append(batch: { readonly events: readonly HistoryEvent[] }): Promise<void>;
  settled(): Promise<void>;
} {
  /** Each behind the one before: where one fails, none of those behind it is written. */
  let last: Promise<void> = Promise.resolve();
  /** Until it is read for the second time. */
  let kept: Promise<readonly HistoryEvent[]> | undefined;
  const readAll = async () => {
    const events: HistoryEvent[] = [];
    for await (const entry of history.read(runId)) events.push(entry as unknown as HistoryEvent);
    return events;
  };
  return {
    async append({ events }) {
      if (stopped.aborted) return new Promise(() => {});
      const logged = log.settled();
      last = last.then(async () => {
        await logged;
        await history.append(runId, events as unknown as readonly Json[]);
        told.onEvents(events);
      });
      last.catch(told.onFailure);
    },
    before() {
      kept ??= readAll();
      return kept;
    },
    async read() {
      const events = await (kept ?? readAll());
      kept = undefined;
      told.onEvents(events);
      return events;
    },
    settled: () => last,
  };
}

/** The execution ended in a way that no handler could record, such as its own timeout. */
function unrecordedEnd(result: ExecutionEnd, record: RunRecord): EventDraft[] {
  const error = result.error ?? result.status;
  const cause = result.cause ?? "the execution ended without a record of its own";
  return endUnrecorded(record, "failed", { error, cause });
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
