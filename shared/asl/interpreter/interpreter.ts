import { randomUUID } from "node:crypto";
import { ExecutionInputError, HistoryError } from "../errors.ts";
import { fromHistoryEvent, sharingParse } from "../history/codec.ts";
import type { HistoryLog } from "../history/log.ts";
import type { EventRecord } from "../history/record.ts";
import { type ExpressionThreads, expressionThreads, jsonBytes } from "../query/index.ts";
import { tooDeepJson } from "../query/json.ts";
import type { ObjectStore } from "../services/object-store.ts";
import type { TaskResolver } from "../services/resolver.ts";
import { type ExecutionClock, realTimeClock } from "./clock.ts";
import { Execution } from "./execution.ts";
import { type IdentityOptions, NamedIdentity } from "./execution-identity.ts";
import { type ExecutionHandle, Handle, PromisedResult } from "./handle.ts";
import { jsonCopy } from "./json-copy.ts";
import type { StateMachine } from "./machine.ts";
import type { MapRunLimits } from "./map-run/limits.ts";
import { MapRunRegistry, type MapRunStart } from "./map-run/registry.ts";
import { PAYLOAD_LIMIT_BYTES, PayloadMeter } from "./payload.ts";
import type { ExecutionListener, Ports, TaskOwner } from "./ports.ts";
import type { ExecutionResult } from "./result.ts";
import type { PendingTask, TaskOutcome } from "./tasks/pending-task.ts";
import { readTaskToken } from "./tasks/task-token.ts";
import { Turns } from "./turns.ts";

/** Most events in the history of a Standard execution. */
export const MAX_HISTORY_EVENTS = 25_000;

export interface InterpreterOptions {
  /** Does the work of Task states; without it they all fail. */
  readonly resolver?: TaskResolver;
  /** Default: the clock of this machine. */
  readonly clock?: ExecutionClock;
  /** A number in [0, 1), for jitter and random functions. */
  readonly random?: () => number;
  /** Names executions, and gives `States.UUID()` and `$uuid()`. */
  readonly uuid?: () => string;
  /** What ARNs and events say. Default `us-east-1` and `123456789012`. */
  readonly region?: string;
  readonly accountId?: string;
  /** Buckets from which Distributed Maps read items, and to which they write results. */
  readonly objects?: ObjectStore;
  /** Default 25,000, for Standard; Express executions have no limit. */
  readonly maxHistoryEvents?: number;
  /** Most bytes of an input, result or output, as JSON text. Default 262,144. */
  readonly maxPayloadBytes?: number;
  /** Where expressions are evaluated that take long, or may. Default: threads that all interpreters of the process share. */
  readonly threads?: Pick<ExpressionThreads, "run">;
  /**
   * Told of each Map Run that begins, or is taken up again with its execution. What it returns holds instead of what the
   * definition says; see {@link Interpreter.updateMapRun}.
   */
  readonly onMapRun?: (start: MapRunStart) => Partial<MapRunLimits> | undefined;
}

export interface RunOptions extends IdentityOptions {
  /**
   * Where the history is kept. If it holds events already the execution is taken up where it was left; `input` is then
   * not looked at. Without a log the history is in memory.
   */
  readonly history?: HistoryLog;
  /**
   * Default true: all events stay in memory, for `events` and `history`. False drops them once the log has them, and at once
   * where there is no log: an execution then takes as much memory however long it runs.
   */
  readonly keepsEvents?: boolean;
}

/** Runs state machines. One interpreter runs any number of executions at the same time. */
export class Interpreter {
  readonly #ports: Ports;
  readonly #executions = new Map<string, TaskOwner>();

  constructor(options: InterpreterOptions = {}) {
    this.#ports = this.#makePorts(options);
  }

  /**
   * Runs an execution to its end, or takes it up again if `options.history` holds events.
   *
   * @param input any JSON; it is copied.
   * @throws ExecutionInputError if the input is not JSON or is too large.
   * @throws HistoryError if the history there is not one of this machine.
   */
  run(machine: StateMachine, input: unknown = {}, options: RunOptions = {}): Promise<ExecutionResult> {
    const listener = new PromisedResult();
    // Not async: a short execution in memory takes as long as the promises around it.
    if (options.history !== undefined) {
      return this.#start(machine, input, options, listener).then(() => listener.promise);
    }
    try {
      this.#begin(machine, input, options, listener);
    } catch (error) {
      listener.crashed(error);
    }
    return listener.promise;
  }

  /** As {@link run}, but resolves already when the start is durable. */
  async start(machine: StateMachine, input: unknown = {}, options: RunOptions = {}): Promise<ExecutionHandle> {
    const listener = new PromisedResult();
    const execution = await this.#start(machine, input, options, listener);
    await execution.durable();
    return new Handle(execution, listener.promise);
  }

  /**
   * Takes up an ended execution that did not succeed from the states that failed, as RedriveExecution does.
   *
   * @throws HistoryError if the history is empty, or the execution is running or has succeeded.
   */
  async redrive(
    machine: StateMachine,
    options: RunOptions & { readonly history: HistoryLog },
  ): Promise<ExecutionHandle> {
    const listener = new PromisedResult();
    const execution = this.#takeUp(machine, await recordsOf(options.history), options, listener);
    if (!execution.isOver || execution.status === "SUCCEEDED") {
      throw new HistoryError(
        `Only an execution that failed, timed out or was aborted can be redriven; this one is ${execution.status}.`,
      );
    }
    execution.redriveLive();
    await execution.durable();
    return new Handle(execution, listener.promise);
  }

  /**
   * Reports the outcome of a task by its token: SendTaskSuccess, SendTaskFailure. Resolves once it is durable.
   *
   * @returns false if no task waits for this token: it is unknown, or the task is over.
   */
  async completeTask(taskToken: string, outcome: TaskOutcome): Promise<boolean> {
    const found = this.#taskOf(taskToken);
    if (found === undefined) return false;
    found.task.complete(outcome);
    await found.owner.durable();
    return true;
  }

  /** Starts the heartbeat period of a task anew: SendTaskHeartbeat. Returns false as {@link completeTask} does. */
  heartbeat(taskToken: string): boolean {
    const found = this.#taskOf(taskToken);
    found?.task.heartbeat();
    return found !== undefined;
  }

  /**
   * Changes limits of a Map Run under way: UpdateMapRun. More children start, or the run fails, before this returns. No
   * history tells of it: `onMapRun` has to return the same limits when the execution is taken up again.
   *
   * @returns false if no Map Run of this ARN is under way.
   */
  updateMapRun(mapRunArn: string, limits: Partial<MapRunLimits>): boolean {
    const mapRun = this.#ports.mapRuns.find(mapRunArn);
    mapRun?.change(limits);
    return mapRun !== undefined;
  }

  /** Whether a Map Run of this ARN is under way. */
  hasMapRun(mapRunArn: string): boolean {
    return this.#ports.mapRuns.find(mapRunArn) !== undefined;
  }

  /**
   * Stops a child execution of a Map Run, by the index of its item or batch.
   *
   * @returns false if it is not under way.
   */
  stopChild(
    mapRunArn: string,
    index: number,
    failure: { readonly error?: string; readonly cause?: string } = {},
  ): boolean {
    return this.#ports.mapRuns.find(mapRunArn)?.stopChild(index, failure) ?? false;
  }

  #taskOf(taskToken: string): { readonly task: PendingTask; readonly owner: TaskOwner } | undefined {
    const parts = readTaskToken(taskToken);
    const owner = parts && this.#executions.get(parts.executionArn);
    const task = parts && owner?.pendingTask(parts.enteredId);
    return owner !== undefined && task?.taskToken === taskToken ? { task, owner } : undefined;
  }

  async #start(
    machine: StateMachine,
    input: unknown,
    options: RunOptions,
    listener: ExecutionListener,
  ): Promise<Execution> {
    const { history } = options;
    const records = history === undefined ? [] : await recordsOf(history);
    if (records.length === 0) return this.#begin(machine, input, options, listener);
    const resumed = this.#takeUp(machine, records, options, listener);
    resumed.goLive();
    return resumed;
  }

  #begin(machine: StateMachine, input: unknown, options: RunOptions, listener: ExecutionListener): Execution {
    const own = copyInput(input, this.#ports.payloads);
    const identity = new NamedIdentity(options, this.#ports);
    const { history: log, keepsEvents = true } = options;
    const start = { machine, input: own, identity, listener, log, records: undefined, keepsEvents };
    const execution = new Execution(this.#ports, start);
    execution.goLive();
    return execution;
  }

  /** Takes an execution to where its history ends. */
  #takeUp(
    machine: StateMachine,
    records: readonly EventRecord[],
    options: RunOptions,
    listener: ExecutionListener,
  ): Execution {
    if (records[0]?.kind.type !== "ExecutionStarted") {
      throw new HistoryError("A history begins with ExecutionStarted; this one does not.");
    }
    const identity = new NamedIdentity(options, this.#ports);
    const { history: log, keepsEvents = true } = options;
    const start = { machine, input: undefined, identity, listener, log, records, keepsEvents };
    const execution = new Execution(this.#ports, start);
    execution.followHistory();
    return execution;
  }

  #makePorts(options: InterpreterOptions): Ports {
    const { clock = realTimeClock, random = Math.random, uuid = randomUUID, accountId = "123456789012" } = options;
    const turns = new Turns(clock);
    return {
      resolver: options.resolver ?? NO_RESOLVER,
      objects: options.objects,
      clock,
      entropy: { random, uuid, now: () => new Date(clock.now()) },
      region: options.region ?? "us-east-1",
      accountId,
      defaultRoleArn: `arn:aws:iam::${accountId}:role/StepFunctionsRole`,
      maxEvents: options.maxHistoryEvents ?? MAX_HISTORY_EVENTS,
      payloads: new PayloadMeter(options.maxPayloadBytes ?? PAYLOAD_LIMIT_BYTES, turns),
      turns,
      threads: options.threads ?? { run: (...job) => expressionThreads().run(...job) },
      mapRuns: new MapRunRegistry(options.onMapRun),
      register: (execution) => this.#executions.set(execution.arn, execution),
      unregister: (execution) => this.#executions.delete(execution.arn),
    };
  }
}

/** What a log holds. Its text is not in memory all at once, if the log can give it piece by piece. */
async function recordsOf(log: HistoryLog): Promise<readonly EventRecord[]> {
  const parse = sharingParse();
  const records: EventRecord[] = [];
  for await (const event of log.stream?.() ?? (await log.read())) records.push(fromHistoryEvent(event, parse));
  return records;
}

function copyInput(input: unknown, payloads: PayloadMeter): unknown {
  let own: unknown;
  try {
    own = jsonCopy(input);
  } catch (error) {
    if (error instanceof RangeError) throw new ExecutionInputError(tooDeepJson);
    throw new ExecutionInputError(`The input is not JSON: ${(error as Error).message}`);
  }
  if (!payloads.isExceededBy(own)) return own;
  if (payloads.isTooDeep) throw new ExecutionInputError(tooDeepJson);
  throw new ExecutionInputError(`The input is ${jsonBytes(own)} bytes long; at most ${payloads.limitBytes} are taken`);
}

const NO_RESOLVER: TaskResolver = {
  run: ({ resource }) => {
    throw Object.assign(new Error(), {
      error: "States.Runtime",
      cause: `No resolver was given that runs ${resource.arn}`,
    });
  },
};
