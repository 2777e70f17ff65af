import type { HistoryEvent } from "../history/event.ts";
import type { Execution } from "./execution.ts";
import type { EndedExecution, ExecutionListener } from "./ports.ts";
import type { EndStatus, ExecutionResult } from "./result.ts";

/** An execution under way. */
export interface ExecutionHandle {
  readonly executionArn: string;
  readonly name: string;
  /** Resolves when the execution has ended, whichever way; rejects if its history could not be kept. */
  readonly result: Promise<ExecutionResult>;
  /** The events so far that are in memory, made when asked for. */
  readonly events: readonly HistoryEvent[];
  /** It ran as long as it was let at a time, and waits for others to have their turn. */
  readonly isBusy: boolean;
  /** Stops it, as StopExecution does. */
  stop(failure?: { readonly error?: string; readonly cause?: string }): void;
  /** Gives it up as the end of the process would: nothing more of it happens or is written, and `result` rejects. */
  abandon(): void;
}

// Classes, for V8 makes a new hidden class for each object literal that has a getter, and keeps what it refers to.

export class Handle implements ExecutionHandle {
  readonly #execution: Execution;
  readonly result: Promise<ExecutionResult>;

  constructor(execution: Execution, result: Promise<ExecutionResult>) {
    this.#execution = execution;
    this.result = result;
  }

  get executionArn(): string {
    return this.#execution.arn;
  }

  get name(): string {
    return this.#execution.identity.name;
  }

  get events(): readonly HistoryEvent[] {
    return this.#execution.events;
  }

  get isBusy(): boolean {
    return this.#execution.isBusy;
  }

  stop({ error, cause }: { readonly error?: string; readonly cause?: string } = {}): void {
    const failure = { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
    this.#execution.stop(failure);
  }

  abandon(): void {
    this.#execution.crash(new Error(`${this.executionArn} was given up; with a history it can be taken up again`));
  }
}

class Result implements ExecutionResult {
  readonly status: EndStatus;
  readonly output: unknown;
  readonly error: string | undefined;
  readonly cause: string | undefined;
  readonly #execution: EndedExecution;

  constructor(execution: EndedExecution) {
    this.#execution = execution;
    this.status = execution.status as EndStatus;
    this.output = execution.output;
    this.error = execution.failure.error;
    this.cause = execution.failure.cause;
  }

  get executionArn(): string {
    return this.#execution.identity.arn;
  }

  get name(): string {
    return this.#execution.identity.name;
  }

  get startedAt(): number {
    return this.#execution.startedAt;
  }

  get stoppedAt(): number {
    return this.#execution.lastEventTime;
  }

  get history(): readonly HistoryEvent[] {
    return this.#execution.events;
  }
}

/** A promise of the result, and the listener that keeps it. */
export class PromisedResult implements ExecutionListener {
  readonly promise: Promise<ExecutionResult>;
  #resolve!: (result: ExecutionResult) => void;
  #reject!: (error: unknown) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  ended(execution: EndedExecution): void {
    this.#resolve(new Result(execution));
  }

  crashed(error: unknown): void {
    // Whoever asks for the result is told; a start that nobody waits for must not end the process.
    this.promise.catch(() => {});
    this.#reject(error);
  }
}
