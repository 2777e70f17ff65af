import { StatesError } from "../errors.ts";
import { type EventKind, type FailureDetails, KINDS } from "../history/kinds.ts";
import type { EventRecord } from "../history/record.ts";
import type { TaskRequest } from "../services/resolver.ts";
import type { TaskFamily } from "../services/resource.ts";
import type { Branch } from "./branch.ts";
import type { Command } from "./command.ts";
import type { Execution } from "./execution.ts";
import { failureOf } from "./failure-details.ts";
import { jsonCopy } from "./json-copy.ts";
import type { TaskState } from "./machine.ts";
import { exceedsPayloadLimit } from "./payload.ts";
import { HeartbeatTimeout, TaskTimeout } from "./retry.ts";
import { taskTokenOf } from "./task-token.ts";
import { completeState, failState, tooLarge } from "./transitions.ts";

interface FamilyKinds {
  readonly scheduled: EventKind;
  readonly started: EventKind;
  readonly succeeded: EventKind;
  readonly failed: EventKind;
  readonly timedOut: EventKind;
}

const kindsOf = (family: TaskFamily): FamilyKinds => ({
  scheduled: KINDS[`${family}Scheduled`],
  started: KINDS[`${family}Started`],
  succeeded: KINDS[`${family}Succeeded`],
  failed: KINDS[`${family}Failed`],
  timedOut: KINDS[`${family}TimedOut`],
});

const FAMILY_KINDS: Readonly<Record<TaskFamily, FamilyKinds>> = {
  LambdaFunction: kindsOf("LambdaFunction"),
  Activity: kindsOf("Activity"),
  Task: kindsOf("Task"),
};

/** The evaluated fields of a Task state. */
export interface TaskArguments {
  readonly input: unknown;
  readonly timeoutSeconds: number | undefined;
  readonly heartbeatSeconds: number | undefined;
  readonly credentials: unknown;
}

/** Outcome of a task whose token was handed out. */
export type TaskOutcome = { readonly output: unknown } | FailureDetails;

/** One try at a task: scheduled, started, perhaps submitted, and then its outcome, of which the first one counts. */
export class TaskAttempt implements Command, TaskRequest {
  readonly branch: Branch;
  readonly input: unknown;
  readonly timeoutSeconds: number | undefined;
  readonly heartbeatSeconds: number | undefined;
  readonly credentials: unknown;
  readonly retryCount: number;
  readonly #state: TaskState;
  readonly #execution: Execution;
  readonly #kinds: FamilyKinds;
  /** Milliseconds since the epoch. */
  readonly #scheduledAt: number;
  #timeoutAt: number | undefined;
  #heartbeatAt: number | undefined;
  #taskToken: string | undefined;
  #isStarted = false;
  #isOver = false;
  #isAbandoned = false;
  #submitted: { readonly output: unknown } | undefined;
  /** An outcome that came by the token before the call that handed it out was answered. */
  #earlyOutcome: TaskOutcome | undefined;
  #abort: AbortController | undefined;
  #cancelTimeout: (() => void) | undefined;
  #cancelHeartbeat: (() => void) | undefined;
  #taskEnded: (() => void) | undefined;

  /** Writes that the task is scheduled. */
  constructor(branch: Branch, state: TaskState, task: TaskArguments) {
    this.branch = branch;
    this.#state = state;
    this.#execution = branch.execution;
    this.#kinds = FAMILY_KINDS[state.resource.family];
    this.retryCount = branch.retryCount;
    this.timeoutSeconds = task.timeoutSeconds;
    this.heartbeatSeconds = task.heartbeatSeconds;
    this.credentials = task.credentials;
    const details = this.#scheduledDetails();
    const record = this.#execution.emit(this.#kinds.scheduled, branch.cursor, undefined, task.input, details);
    branch.cursor = record.id;
    this.input = record.value;
    this.#scheduledAt = record.time;
  }

  get taskToken(): string {
    if (this.#taskToken === undefined) {
      this.#taskToken = taskTokenOf(this.branch);
      this.#execution.enlist();
    }
    return this.#taskToken;
  }

  get resource() {
    return this.#state.resource;
  }

  get stateName(): string {
    return this.#state.name;
  }

  get executionArn(): string {
    return this.#execution.arn;
  }

  get context(): unknown {
    return this.branch.scope.context;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#isAbandoned) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  get submitted() {
    return this.#submitted;
  }

  /** Whether somebody is sure to have its token: the arguments name it, or a worker will. */
  get isAnsweredByToken(): boolean {
    return this.resource.pattern !== "RequestResponse" || this.resource.family === "Activity";
  }

  /** Whether the result comes by the token, once the call that handed it out has been answered. */
  get #awaitsToken(): boolean {
    return this.resource.pattern === "WaitForTaskToken";
  }

  execute(): void {
    const execution = this.#execution;
    execution.awaitAnswer(this);
    this.#setTimers();
    if (this.#awaitsToken && this.#submitted !== undefined) return;
    if (this.resource.family !== "Activity") this.#recordStarted(undefined);
    this.#taskEnded = execution.ports.clock.taskStarted?.();
    let answer: unknown;
    try {
      answer = execution.ports.resolver.run(this);
    } catch (error) {
      this.#answeredWithError(error);
      return;
    }
    if (!isPromiseLike(answer)) this.#answered(answer);
    else {
      answer.then(
        (output) => execution.stimulate(() => this.#answered(output)),
        (error: unknown) => execution.stimulate(() => this.#answeredWithError(error)),
      );
    }
  }

  follow(record: EventRecord): boolean {
    const { kind } = record;
    const kinds = this.#kinds;
    if (kind === kinds.started) {
      this.#recordStarted((record.extra as { workerName?: string } | undefined)?.workerName);
      this.#execution.command(this);
    } else if (kind === KINDS.TaskSubmitted) {
      this.#recordSubmitted(record.value);
      this.#execution.command(this);
    } else if (kind === kinds.succeeded) this.#succeed(record.value);
    else this.#failed(kind, record.value as FailureDetails);
    return true;
  }

  heartbeat(): void {
    if (this.#isOver || this.heartbeatSeconds === undefined) return;
    this.#setHeartbeatTimer(this.#execution.ports.clock.now());
  }

  reportStarted(workerName?: string): void {
    this.#execution.stimulate(() => {
      if (!this.#isOver) this.#recordStarted(workerName);
    });
  }

  reportSubmitted(output: unknown): void {
    this.#execution.stimulate(() => {
      if (!this.#isOver && this.#submitted === undefined) this.#recordSubmitted(asJson(output)?.value);
    });
  }

  /** The result came by the token. */
  complete(outcome: TaskOutcome): void {
    this.#execution.stimulate(() => {
      if (this.#isOver) return;
      if (this.resource.family === "Activity") this.#recordStarted(undefined);
      if (this.#awaitsToken && this.#submitted === undefined) this.#earlyOutcome = outcome;
      else this.#conclude(outcome);
    });
  }

  /** The branch has no more use for it. */
  abandon(): void {
    if (this.#isOver) return;
    this.#isAbandoned = true;
    this.#close();
    this.#abort?.abort();
  }

  #answered(output: unknown): void {
    if (this.#isOver) return;
    const json = asJson(output);
    if (json === undefined) this.#failed(this.#kinds.failed, NOT_JSON);
    else if (!this.#awaitsToken) this.#succeed(json.value);
    else {
      this.#endTask();
      if (this.#submitted === undefined) this.#recordSubmitted(json.value);
      if (this.#earlyOutcome !== undefined) this.#conclude(this.#earlyOutcome);
    }
  }

  #answeredWithError(error: unknown): void {
    if (!this.#isOver) this.#failed(this.#kinds.failed, failureOf(error));
  }

  #conclude(outcome: TaskOutcome): void {
    if (!("output" in outcome)) {
      this.#failed(this.#kinds.failed, outcome);
      return;
    }
    const json = asJson(outcome.output);
    if (json === undefined) this.#failed(this.#kinds.failed, NOT_JSON);
    else this.#succeed(json.value);
  }

  #succeed(value: unknown): void {
    const { branch } = this;
    if (exceedsPayloadLimit(value, this.#execution.ports.maxPayloadBytes)) {
      const what = this.resource.family === "Task" ? this.resource.service : this.resource.arn;
      const { error, cause } = tooLarge(what);
      this.#failed(this.#kinds.failed, { error, cause });
      return;
    }
    this.#close();
    const record = this.#execution.emit(this.#kinds.succeeded, branch.cursor, undefined, value, this.#outcomeDetails());
    branch.cursor = record.id;
    this.#goOn(completeState(branch, record.value));
  }

  #failed(kind: EventKind, failure: FailureDetails): void {
    this.#close();
    const { branch } = this;
    branch.cursor = this.#execution.emit(kind, branch.cursor, undefined, failure, this.#outcomeDetails()).id;
    this.#goOn(failState(branch, new StatesError(failure.error ?? "", failure.cause ?? "")));
  }

  /** Writes that it timed out; what follows from that is for {@link Execution.timeOut} to call next. */
  recordTimeout(isHeartbeat: boolean): () => void {
    this.abandon();
    const { branch } = this;
    const error = isHeartbeat ? new HeartbeatTimeout() : new TaskTimeout();
    const details = { error: error.error };
    const record = this.#execution.emit(
      this.#kinds.timedOut,
      branch.cursor,
      undefined,
      details,
      this.#outcomeDetails(),
    );
    branch.cursor = record.id;
    return () => {
      if (!branch.isDone) this.#goOn(failState(branch, error));
    };
  }

  /** Whether its time is up, by whichever limit, at a moment in milliseconds. */
  dueAt(moment: number): "timeout" | "heartbeat" | undefined {
    if (this.#isOver) return undefined;
    if (this.#timeoutAt !== undefined && this.#timeoutAt <= moment) return "timeout";
    return this.#heartbeatAt !== undefined && this.#heartbeatAt <= moment ? "heartbeat" : undefined;
  }

  #goOn(canRun: boolean): void {
    if (canRun) this.#execution.enqueue(this.branch);
  }

  #recordStarted(workerName: string | undefined): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const { family } = this.resource;
    const worker = workerName === undefined ? undefined : { workerName };
    const details = family === "Task" ? this.#outcomeDetails() : worker;
    const { branch } = this;
    branch.cursor = this.#execution.emit(this.#kinds.started, branch.cursor, undefined, undefined, details).id;
  }

  #recordSubmitted(output: unknown): void {
    const { branch } = this;
    const record = this.#execution.emit(KINDS.TaskSubmitted, branch.cursor, undefined, output, this.#outcomeDetails());
    branch.cursor = record.id;
    this.#submitted = { output: record.value };
  }

  #setTimers(): void {
    const { clock } = this.#execution.ports;
    const now = clock.now();
    if (this.timeoutSeconds !== undefined) {
      // A job or token keeps the time it had; a call that is made anew gets all of it.
      this.#timeoutAt = (this.#submitted === undefined ? now : this.#scheduledAt) + this.timeoutSeconds * 1000;
      this.#cancelTimeout = clock.setTimer(this.#timeoutAt, () => this.#execution.timeOutTasks());
    }
    if (this.heartbeatSeconds !== undefined) this.#setHeartbeatTimer(now);
  }

  #setHeartbeatTimer(from: number): void {
    this.#cancelHeartbeat?.();
    this.#heartbeatAt = from + this.heartbeatSeconds! * 1000;
    this.#cancelHeartbeat = this.#execution.ports.clock.setTimer(this.#heartbeatAt, () =>
      this.#execution.timeOutTasks(),
    );
  }

  /** The event does not say which of the two limits was passed; the time it took does. */
  wasHeartbeat(record: EventRecord): boolean {
    if (this.heartbeatSeconds === undefined) return false;
    return this.timeoutSeconds === undefined || record.time < this.#scheduledAt + this.timeoutSeconds * 1000;
  }

  #close(): void {
    this.#isOver = true;
    this.#cancelTimeout?.();
    this.#cancelHeartbeat?.();
    this.#endTask();
    this.#execution.forget(this);
    if (this.branch.attempt === this) this.branch.attempt = undefined;
  }

  #endTask(): void {
    this.#taskEnded?.();
    this.#taskEnded = undefined;
  }

  #scheduledDetails() {
    const { resource } = this.#state;
    const times = {
      ...(this.timeoutSeconds === undefined ? {} : { timeoutInSeconds: this.timeoutSeconds }),
      ...(this.heartbeatSeconds === undefined ? {} : { heartbeatInSeconds: this.heartbeatSeconds }),
    };
    const { RoleArn: roleArn } = (this.credentials ?? {}) as { RoleArn?: string };
    const more = roleArn === undefined ? times : { ...times, taskCredentials: { roleArn } };
    if (resource.family !== "Task") return { resource: resource.arn, ...more };
    return { ...this.#outcomeDetails(), region: this.#execution.ports.region, ...more };
  }

  #outcomeDetails() {
    const { family, service, label } = this.resource;
    return family === "Task" ? { resourceType: service, resource: label } : undefined;
  }
}

/** What Lambda reports of a result that cannot be sent as JSON. */
const NOT_JSON: FailureDetails = {
  error: "Runtime.MarshalError",
  cause: JSON.stringify({ errorType: "Runtime.MarshalError", errorMessage: "Unable to stringify response body" }),
};

/** A result as a value of our own; undefined if it is not JSON. A function that returns nothing gives null. */
function asJson(value: unknown): { readonly value: unknown } | undefined {
  try {
    return { value: value === undefined ? null : jsonCopy(value) };
  } catch {
    return undefined;
  }
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
