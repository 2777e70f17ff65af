import type { TaskResource } from "./resource.ts";

/**
 * Does the work of Task states. One resolver serves all tasks of an interpreter; `combineResolvers` joins several.
 */
export interface TaskResolver {
  /**
   * Runs one attempt of one task.
   *
   * Returns the task's result, or a promise of it: any JSON value. With `WaitForTaskToken` it returns the response of the
   * call that hands out the token; the result comes later through {@link Interpreter.completeTask}.
   *
   * To fail, it throws. An error with string properties `error` and `cause` fails the task with those; of any other
   * error the class name and the message are taken.
   */
  run(request: TaskRequest): unknown;
}

export interface TaskRequest {
  readonly resource: TaskResource;
  /**
   * The effective input, after `Parameters` or `Arguments`. Shared with the history: do not change it. `stringifyExact` writes its
   * numbers as they came into the execution; where they came in by `JSON.parse` they are all doubles.
   */
  readonly input: unknown;
  readonly stateName: string;
  /** Attempts of this state before this one; 0 the first time. */
  readonly retryCount: number;
  readonly executionArn: string;
  readonly timeoutSeconds: number | undefined;
  readonly heartbeatSeconds: number | undefined;
  /** What identifies this attempt to whoever answers for it later. The same again if the attempt is resumed. */
  readonly taskToken: string;
  /** The evaluated `Credentials` of the state, if it has any. */
  readonly credentials: unknown;
  /** The context object, `$$`. */
  readonly context: unknown;
  /** Aborted when the task times out, a sibling branch fails, or the execution is stopped. */
  readonly signal: AbortSignal;
  /** Response of the call that started the job, if an earlier process recorded it: watch that job, start no other. */
  readonly submitted: { readonly output: unknown } | undefined;
  /** Starts the heartbeat period anew. */
  heartbeat(): void;
  /** Records that a job was started (`RunJob`), with the response of the call that did. */
  reportSubmitted(output: unknown): void;
  /** Records that a worker took the activity task. */
  reportStarted(workerName?: string): void;
}
