/**
 * History events in the shape GetExecutionHistory returns them.
 *
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
 */
export interface HistoryEvent {
  /** Position in the history, from 1. */
  readonly id: number;
  /** The event that led to this one; 0 for the first ones and for an abort. */
  readonly previousEventId: number;
  readonly type: HistoryEventType;
  /** Seconds since the epoch with milliseconds as the fraction, as the JSON protocol sends timestamps. */
  readonly timestamp: number;
  /** One details object at most, under a key such as `stateEnteredEventDetails`. Payloads in it are JSON text. */
  readonly [details: `${string}EventDetails`]: EventDetails | undefined;
}

export type EventDetails = Readonly<Record<string, unknown>>;

type StateEvent = `${"Pass" | "Task" | "Choice" | "Wait" | "Succeed" | "Parallel" | "Map"}State${"Entered" | "Exited"}`;
type ForkEvent = `${"Map" | "Parallel"}State${"Started" | "Succeeded" | "Failed" | "Aborted"}`;
type WorkerEvent =
  `${"LambdaFunction" | "Activity" | "Task"}${"Scheduled" | "Started" | "Succeeded" | "Failed" | "TimedOut"}`;

export type HistoryEventType =
  | StateEvent
  | ForkEvent
  | WorkerEvent
  | "FailStateEntered"
  | "TaskStateAborted"
  | "WaitStateAborted"
  | "TaskSubmitted"
  | "TaskStartFailed"
  | "TaskSubmitFailed"
  | "ActivityScheduleFailed"
  | "LambdaFunctionScheduleFailed"
  | "LambdaFunctionStartFailed"
  | `MapIteration${"Started" | "Succeeded" | "Failed" | "Aborted"}`
  | `MapRun${"Started" | "Succeeded" | "Failed" | "Aborted" | "Redriven"}`
  | "EvaluationFailed"
  | `Execution${"Started" | "Succeeded" | "Failed" | "Aborted" | "TimedOut" | "Redriven"}`;
