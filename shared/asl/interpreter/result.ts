import type { HistoryEvent } from "../history/event.ts";

/** How an execution can have ended. */
export type EndStatus = "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

/** CRASHED is an execution whose log failed: it is not over, and can be taken up again. */
export type ExecutionStatus = "RUNNING" | "CRASHED" | EndStatus;

/** How an execution ended. */
export interface ExecutionResult {
  readonly status: EndStatus;
  readonly executionArn: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly stoppedAt: number;
  /** What it ended with; undefined unless it succeeded. */
  readonly output: unknown;
  /** Why it did not succeed, as far as that was said. */
  readonly error: string | undefined;
  readonly cause: string | undefined;
  /** All events, made when asked for. */
  readonly history: readonly HistoryEvent[];
}
