import { KINDS } from "../../asl/engine.ts";
import {
  compileInTurns,
  type ExecutionClock,
  type ExecutionHandle,
  type ExecutionResult,
  type HistoryEvent,
  type Interpreter,
  parseExact,
  type StateMachine,
  type StateMachineDefinition,
  stringifyExact,
} from "../../asl/index.ts";
import { epochSeconds, present } from "../api/wire.ts";
import { type ExecutionRecord, type ExecutionRecords, type MachineType, startedArn } from "../records/records.ts";
import { isDamage } from "../records/storage.ts";
import { withDamagedHistory } from "./damage.ts";
import type { Histories, OpenHistory } from "./histories.ts";

export interface RunnerOptions {
  readonly interpreter: Interpreter;
  readonly executions: ExecutionRecords;
  readonly histories: Histories;
  /** Milliseconds since 1970. */
  now(): number;
  /** By which an execution waits that could not go on for want of a disk. */
  readonly wallClock: ExecutionClock;
  /** Called before an execution runs that was redriven, also in another process. */
  redriven(execution: ExecutionRecord): Promise<void>;
  /** Called when an execution has ended and its record is stored. */
  ended(execution: ExecutionRecord): Promise<void>;
  /** Called when an execution could not go on because its history or record could not be kept. */
  failed(execution: ExecutionRecord, error: unknown): void;
}

export interface StartedExecution {
  /** The record as it is when the execution has ended; rejects if the execution cannot go on in this process. */
  readonly outcome: Promise<ExecutionRecord>;
}

/** Events of an execution that may be shown. */
export interface ShownEvents {
  /** Those of its history that are durable. */
  readonly durableCount: number;
  /** What follows them that nothing depends on: that a worker took a task. */
  readonly markers: readonly HistoryEvent[];
}

/** Runs executions and keeps their records up to date with how they end. */
export interface Runner {
  /** Starts an execution, or takes it up where its history ends. Its record must be stored already. */
  start(execution: ExecutionRecord): Promise<StartedExecution>;
  redrive(execution: ExecutionRecord): Promise<StartedExecution>;
  /** Stops an execution, also one that is not under way because it could not go on; returns when it has ended. */
  stop(executionArn: string, failure: StopReason): Promise<void>;
  /** The record as it is when the execution has ended; undefined if it is not under way. */
  outcome(executionArn: string): Promise<ExecutionRecord> | undefined;
  /** What of the history of an execution under way may be shown, once its start is durable. */
  shown(executionArn: string): Promise<ShownEvents | undefined>;
  /** Resolves once what happened so far to an execution is durable. */
  settled(executionArn: string): Promise<void>;
  /** Gives up all executions in this process; those with a stored history can be taken up again. */
  close(): Promise<void>;
}

interface StopReason {
  readonly error?: string;
  readonly cause?: string;
}

interface Running extends StartedExecution {
  readonly handle: ExecutionHandle;
  readonly history: OpenHistory | undefined;
}

/** Milliseconds after which an execution is taken up again that could not go on; each time twice as many, up to a minute. */
const firstPause = 1_000;
const longestPause = 60_000;

/** Compiled definitions kept for the next execution. */
const keptMachines = 100;

export function executionRunner(options: RunnerOptions): Runner {
  const { executions, histories } = options;
  const running = new Map<string, Running>();
  const beginning = new Map<string, Promise<StartedExecution>>();
  const machines = new Map<string, Promise<StateMachine>>();
  let isClosed = false;

  const compiled = ({ definition, machineType }: ExecutionRecord): Promise<StateMachine> => {
    const key = `${machineType} ${definition}`;
    const machine = machines.get(key) ?? compileInTurns(limited(definition, machineType), { type: machineType });
    machines.delete(key);
    machines.set(key, machine);
    for (const oldest of machines.keys()) if (machines.size > keptMachines) machines.delete(oldest);
    return machine;
  };

  const finish = async (
    execution: ExecutionRecord,
    result: ExecutionResult,
    history: OpenHistory | undefined,
  ): Promise<ExecutionRecord> => {
    const ended = withResult(executions.get(execution.arn) ?? execution, result);
    // Given up: it ends when it is taken up again.
    if (isClosed) return ended;
    if (isStored(execution)) await executions.put({ ...ended, logEnds: histories.ends(execution.arn) });
    await history?.close();
    histories.ended(execution.arn);
    running.delete(execution.arn);
    await options.ended(ended);
    return ended;
  };

  const follow = (execution: ExecutionRecord, handle: ExecutionHandle, history: OpenHistory | undefined) => {
    const outcome = handle.result.then((result) => finish(execution, result, history));
    const followed = { handle, history, outcome };
    running.set(execution.arn, followed);
    outcome.then(
      () => pauses.delete(execution.arn),
      async (error: unknown) => {
        // First: what is tried now must find that it no longer runs.
        running.delete(execution.arn);
        await history?.close().catch(() => undefined);
        cannotGoOn(execution, error);
      },
    );
    return followed;
  };

  /** What is damaged does not mend itself; what a disk did not take it may take later. */
  const cannotGoOn = (execution: ExecutionRecord, error: unknown) => {
    if (isClosed) return;
    options.failed(execution, error);
    if (!isStored(execution)) return;
    if (isDamage(error)) executions.show(withDamagedHistory(execution, error, options.now()));
    else goOnLater(execution.arn);
  };

  const pauses = new Map<string, number>();
  const goOnLater = (arn: string) => {
    const pause = pauses.get(arn) ?? firstPause;
    pauses.set(arn, Math.min(2 * pause, longestPause));
    options.wallClock.setTimer(options.wallClock.now() + pause, () => {
      const execution = executions.get(arn);
      if (isClosed || running.has(arn) || execution?.status !== "RUNNING") return void pauses.delete(arn);
      start(execution).catch(() => undefined);
    });
  };

  const identity = (execution: ExecutionRecord) => ({
    name: execution.name,
    stateMachineName: execution.machineName,
    executionArn: execution.arn,
    stateMachineArn: startedArn(execution),
    roleArn: execution.roleArn,
  });

  /**
   * An execution that cannot begin because of its definition, its input or what its history says has failed. One that cannot
   * begin for want of a disk has not: it is begun later.
   */
  const tryToBegin = async (
    execution: ExecutionRecord,
    history: OpenHistory | undefined,
    start: () => Promise<ExecutionHandle>,
  ): Promise<StartedExecution> => {
    try {
      return follow(execution, await start(), history);
    } catch (error) {
      await history?.close().catch(() => undefined);
      if (isClosed) throw error;
      if (history?.failure !== undefined) {
        cannotGoOn(execution, error);
        throw error;
      }
      options.failed(execution, error);
      const failed: ExecutionRecord = {
        ...execution,
        status: "FAILED",
        stopDate: options.now(),
        error: "States.Runtime",
        cause: error instanceof Error ? error.message : String(error),
      };
      if (isStored(execution)) await executions.put({ ...failed, logEnds: histories.ends(execution.arn) });
      histories.ended(execution.arn);
      await options.ended(failed);
      return { outcome: Promise.resolve(failed) };
    }
  };

  const begin: typeof tryToBegin = (execution, history, start) => {
    const { arn } = execution;
    const begun = tryToBegin(execution, history, start);
    beginning.set(arn, begun);
    const forget = () => void beginning.delete(arn);
    begun.then(forget, forget);
    return begun;
  };

  /** Resolves when an execution is not about to begin. */
  const begun = (arn: string): Promise<unknown> => beginning.get(arn)?.catch(() => undefined) ?? Promise.resolve();

  const start = (execution: ExecutionRecord): Promise<StartedExecution> => {
    const history = isStored(execution) ? histories.open(execution.arn) : undefined;
    return begin(execution, history, async () => {
      if (execution.redriveCount > 0) await options.redriven(execution);
      return options.interpreter.start(await compiled(execution), parseExact(execution.input), {
        ...identity(execution),
        ...(history === undefined ? {} : { history }),
        keepsEvents: false,
      });
    });
  };

  /** Ends an execution that is not under way: it could not go on, or is damaged. */
  const abort = async (execution: ExecutionRecord, failure: StopReason): Promise<void> => {
    const { damage, error, cause, ...kept } = execution;
    const time = options.now();
    if (damage === undefined) {
      const event = (count: number): HistoryEvent => ({
        id: count + 1,
        previousEventId: 0,
        type: "ExecutionAborted",
        timestamp: epochSeconds(time),
        executionAbortedEventDetails: { ...failure },
      });
      // Its record says it too; a disk that does not take this may take that.
      await histories.add(execution.arn, event).catch(() => undefined);
    }
    const ended: ExecutionRecord = { ...kept, ...failure, status: "ABORTED", stopDate: time };
    await executions.put({ ...ended, logEnds: histories.ends(execution.arn) });
    histories.ended(execution.arn);
    await options.ended(ended);
  };

  return {
    start,
    async redrive(execution) {
      const history = histories.open(execution.arn);
      return await begin(execution, history, async () => {
        await options.redriven(execution);
        const machine = await compiled(execution);
        return options.interpreter.redrive(machine, { ...identity(execution), history, keepsEvents: false });
      });
    },
    async stop(executionArn, failure) {
      await begun(executionArn);
      const found = running.get(executionArn);
      if (found !== undefined) {
        found.handle.stop(failure);
        await found.outcome;
        return;
      }
      const execution = executions.get(executionArn);
      const canEnd = execution?.status === "RUNNING" || execution?.damage === "history";
      if (execution !== undefined && canEnd) await abort(execution, failure);
    },
    async shown(executionArn) {
      await begun(executionArn);
      const found = running.get(executionArn);
      return found && shownEvents(found.handle.events, found.history?.durableCount ?? 0);
    },
    outcome: (executionArn) =>
      running.get(executionArn)?.outcome ?? beginning.get(executionArn)?.then(({ outcome }) => outcome),
    async settled(executionArn) {
      const found = running.get(executionArn);
      await found?.history?.settled(() => found.handle.isBusy);
    },
    async close() {
      isClosed = true;
      await Promise.allSettled(beginning.values());
      const all = [...running.values()];
      // Without a history nothing but this ends them.
      for (const { handle, history } of all) if (history === undefined) handle.stop();
      await Promise.all(all.map(({ history }) => history?.close()));
      // Those that only computed would go on until they want to write.
      for (const { handle, history } of all) if (history !== undefined) handle.abandon();
      running.clear();
    },
  };
}

/** An Express execution runs for at most five minutes (Step Functions quotas). */
const longestExpressSeconds = 300;

function limited(definition: string, type: MachineType): StateMachineDefinition {
  const parsed = JSON.parse(definition) as StateMachineDefinition;
  if (type === "STANDARD") return parsed;
  return { ...parsed, TimeoutSeconds: Math.min(parsed.TimeoutSeconds ?? longestExpressSeconds, longestExpressSeconds) };
}

/** @param events those in memory, which are not all durable yet. */
function shownEvents(events: readonly HistoryEvent[], durableCount: number): ShownEvents {
  const waiting = events.filter(({ id }) => id > durableCount);
  const rest = waiting.findIndex(({ type }) => !KINDS[type].isMarker);
  return { durableCount, markers: rest === -1 ? waiting : waiting.slice(0, rest) };
}

/** Express executions are neither listed nor described, and run in memory. */
export function isStored({ machineType }: ExecutionRecord): boolean {
  return machineType === "STANDARD";
}

function withResult(execution: ExecutionRecord, result: ExecutionResult): ExecutionRecord {
  const output = result.status === "SUCCEEDED" ? stringifyExact(result.output) : undefined;
  const { status, stoppedAt: stopDate, error, cause } = result;
  return { ...execution, status, stopDate, ...present({ output, error, cause }) };
}
