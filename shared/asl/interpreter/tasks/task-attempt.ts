import { StatesError } from "../../errors.ts";
import { type EventKind, type FailureDetails, KINDS } from "../../history/kinds.ts";
import type { EventRecord } from "../../history/record.ts";
import type { TaskRequest } from "../../services/resolver.ts";
import type { Branch, BranchHost, Command } from "../branch.ts";
import { failureOf } from "../failure-details.ts";
import { jsonCopy } from "../json-copy.ts";
import type { TaskState } from "../machine.ts";
import { HeartbeatTimeout, TaskTimeout } from "../retry.ts";
import { completeState, failState, tooLarge } from "../transitions.ts";
import type { PendingTask, TaskOutcome } from "./pending-task.ts";
import { hasLimit, TaskDeadlines } from "./task-deadlines.ts";
import { FAMILY_KINDS, type FamilyKinds, scheduledDetails, serviceDetails } from "./task-events.ts";
import { taskTokenOf } from "./task-token.ts";

/** The evaluated fields of a Task state. */
export interface TaskArguments {
  readonly input: unknown;
  readonly timeoutSeconds: number | undefined;
  readonly heartbeatSeconds: number | undefined;
  readonly credentials: unknown;
}

/** One try at a task: scheduled, started, perhaps submitted, and then its outcome, of which the first one counts. */
export class TaskAttempt implements Command, TaskRequest, PendingTask {
  readonly branch: Branch;
  readonly input: unknown;
  readonly timeoutSeconds: number | undefined;
  readonly heartbeatSeconds: number | undefined;
  readonly credentials: unknown;
  readonly retryCount: number;
  readonly enteredId: number;
  readonly #state: TaskState;
  readonly #execution: BranchHost;
  readonly #kinds: FamilyKinds;
  readonly #deadlines: TaskDeadlines | undefined;
  #taskToken: string | undefined;
  #isStarted = false;
  #isOver = false;
  #isAbandoned = false;
  #submitted: { readonly output: unknown } | undefined;
  /** An outcome that came by the token before the call that handed it out was answered. */
  #earlyOutcome: TaskOutcome | undefined;
  #abort: AbortController | undefined;
  #taskEnded: (() => void) | undefined;

  /** Writes that the task is scheduled. */
  constructor(branch: Branch, state: TaskState, task: TaskArguments) {
    this.branch = branch;
    this.#state = state;
    this.#execution = branch.execution;
    this.#kinds = FAMILY_KINDS[state.resource.family];
    this.retryCount = branch.retryCount;
    this.enteredId = branch.entered.id;
    this.timeoutSeconds = task.timeoutSeconds;
    this.heartbeatSeconds = task.heartbeatSeconds;
    this.credentials = task.credentials;
    const details = scheduledDetails(state.resource, task, this.#execution.ports.region);
    const record = branch.record(this.#kinds.scheduled, task.input, details);
    this.input = record.value;
    this.#deadlines = hasLimit(task)
      ? new TaskDeadlines(task, record.time, this.#execution.ports.clock, () => this.#execution.timeOutTasks())
      : undefined;
  }

  get taskToken(): string {
    if (this.#taskToken === undefined) {
      this.#taskToken = taskTokenOf(this.branch);
      this.#execution.register();
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

  get isAnsweredByToken(): boolean {
    return this.resource.pattern !== "RequestResponse" || this.resource.family === "Activity";
  }

  /** Whether the result comes by the token, once the call that handed it out has been answered. */
  get #awaitsToken(): boolean {
    return this.resource.pattern === "WaitForTaskToken";
  }

  execute(): void {
    const execution = this.#execution;
    execution.awaitOutcome(this);
    this.#deadlines?.start(this.#submitted === undefined);
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
        (output) => execution.activate(() => this.#answered(output)),
        (error: unknown) => execution.activate(() => this.#answeredWithError(error)),
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
    if (!this.#isOver) this.#deadlines?.heartbeat();
  }

  reportStarted(workerName?: string): void {
    this.#execution.activate(() => {
      if (!this.#isOver) this.#recordStarted(workerName);
    });
  }

  reportSubmitted(output: unknown): void {
    this.#execution.activate(() => {
      if (!this.#isOver && this.#submitted === undefined) this.#recordSubmitted(asJson(output)?.value);
    });
  }

  complete(outcome: TaskOutcome): void {
    this.#execution.activate(() => {
      if (this.#isOver) return;
      if (this.resource.family === "Activity") this.#recordStarted(undefined);
      if (this.#awaitsToken && this.#submitted === undefined) this.#earlyOutcome = outcome;
      else this.#conclude(outcome);
    });
  }

  /** The branch has no more use for it. */
  stop(): void {
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
    const { payloads } = this.#execution.ports;
    if (payloads.isExceededBy(value)) {
      const what = this.resource.family === "Task" ? this.resource.service : this.resource.arn;
      const { error, cause } = tooLarge(what, payloads);
      this.#failed(this.#kinds.failed, { error, cause });
      return;
    }
    this.#close();
    const record = branch.record(this.#kinds.succeeded, value, serviceDetails(this.resource));
    branch.goOn(completeState(branch, record.value));
  }

  #failed(kind: EventKind, failure: FailureDetails): void {
    this.#close();
    const { branch } = this;
    branch.record(kind, failure, serviceDetails(this.resource));
    branch.goOn(failState(branch, new StatesError(failure.error ?? "", failure.cause ?? "")));
  }

  recordTimeout(isHeartbeat: boolean): () => void {
    this.stop();
    const { branch } = this;
    const error = isHeartbeat ? new HeartbeatTimeout() : new TaskTimeout();
    branch.record(this.#kinds.timedOut, { error: error.error }, serviceDetails(this.resource));
    return () => {
      if (!branch.isDone) branch.goOn(failState(branch, error));
    };
  }

  dueAt(moment: number): "timeout" | "heartbeat" | undefined {
    return this.#isOver ? undefined : this.#deadlines?.dueAt(moment);
  }

  /** Whether the event that says that it timed out is about its heartbeat. */
  wasHeartbeat({ time }: EventRecord): boolean {
    return this.#deadlines?.wasHeartbeat(time) ?? false;
  }

  #recordStarted(workerName: string | undefined): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const { family } = this.resource;
    const worker = workerName === undefined ? undefined : { workerName };
    const details = family === "Task" ? serviceDetails(this.resource) : worker;
    this.branch.record(this.#kinds.started, undefined, details);
  }

  #recordSubmitted(output: unknown): void {
    const record = this.branch.record(KINDS.TaskSubmitted, output, serviceDetails(this.resource));
    this.#submitted = { output: record.value };
  }

  #close(): void {
    this.#isOver = true;
    this.#deadlines?.cancel();
    this.#endTask();
    this.#execution.forget(this);
    this.branch.finish(this);
  }

  #endTask(): void {
    this.#taskEnded?.();
    this.#taskEnded = undefined;
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
