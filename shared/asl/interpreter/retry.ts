import { StatesError } from "../errors.ts";
import type { Catcher, Retrier } from "./machine.ts";

/** Errors that end an execution whatever `Retry` and `Catch` say. */
export const isTerminal = (error: StatesError): boolean => error.error === "States.Runtime";

/**
 * Whether a list of error names covers an error.
 *
 * https://states-language.net/spec.html#errors
 */
export function matchesError(errorEquals: readonly string[], error: StatesError): boolean {
  for (const name of errorEquals) {
    if (name === error.error || name === "States.ALL") return true;
    if (name === "States.TaskFailed" && error.error !== "States.Timeout") return true;
    if (name === "States.HeartbeatTimeout" && error instanceof HeartbeatTimeout) return true;
  }
  return false;
}

/** The position of the first retrier that covers the error, or -1. A retrier with no attempts left does not pass it on. */
export function retrierFor(retriers: readonly Retrier[], error: StatesError): number {
  return retriers.findIndex((retrier) => matchesError(retrier.errorEquals, error));
}

export function catcherFor(catchers: readonly Catcher[], error: StatesError): Catcher | undefined {
  return catchers.find((catcher) => matchesError(catcher.errorEquals, error));
}

/**
 * Milliseconds to wait before a retry.
 *
 * @param uses how often this retrier was used before.
 * @param random a number in [0, 1), for full jitter.
 */
export function retryDelay(retrier: Retrier, uses: number, random: () => number): number {
  const backoff = retrier.intervalSeconds * retrier.backoffRate ** uses;
  const seconds = Math.min(backoff, retrier.maxDelaySeconds ?? Number.POSITIVE_INFINITY);
  return Math.round(seconds * 1000 * (retrier.hasFullJitter ? random() : 1));
}

/** How often a state was tried again since it was entered. */
export class RetryCounts {
  /** Attempts before the one under way. */
  attempts = 0;
  readonly #uses: number[] = [];

  /** How often a retrier was used, by its position. */
  usesOf(retrier: number): number {
    return this.#uses[retrier] ?? 0;
  }

  use(retrier: number): void {
    this.#uses[retrier] = this.usesOf(retrier) + 1;
  }
}

/** A task that took too long. Its cause is empty and not missing: a catcher sees `"Cause": ""`. */
export class TaskTimeout extends StatesError {
  constructor() {
    super("States.Timeout", "");
  }
}

/** A task that sent no heartbeat in time. It is reported as States.Timeout; `States.HeartbeatTimeout` covers it too. */
export class HeartbeatTimeout extends TaskTimeout {}
