import { isTerminal, matchesError, retrierFor, retryDelay, settled } from "../../asl/engine.ts";
import { StatesError } from "../../asl/index.ts";
import { scopeOf, type Trial } from "./trial.ts";

/** A failure that the state itself reports, as against a query of its that failed. */
export class StateFailure extends Error {
  readonly failure: StatesError;

  constructor(failure: StatesError) {
    super(failure.message);
    this.failure = failure;
  }
}

/** How TestState answers for a state that failed. */
export interface FailedState {
  readonly status: "RETRIABLE" | "CAUGHT_ERROR" | "FAILED";
  readonly error: string;
  readonly cause: string;
  readonly next?: string;
  readonly output?: unknown;
  /** Variables that the catcher assigns. */
  readonly assigned?: unknown;
}

/**
 * Whether a failure would be retried, is caught, or fails the state.
 * @param retryCount how often the retrier that covers the error was used before.
 */
export async function afterFailure(trial: Trial, failure: StatesError, retryCount: number): Promise<FailedState> {
  const { error, cause } = failure;
  if (isTerminal(failure)) return { status: "FAILED", error, cause };
  const { retriers, catchers } = trial.state;
  const retryIndex = retrierFor(retriers, failure);
  const retrier = retriers[retryIndex];
  if (retrier !== undefined && retryCount < retrier.maxAttempts) {
    const retryBackoffIntervalSeconds = retryDelay(retrier, retryCount, () => 1) / 1000;
    trial.inspection.errorDetails = { retryIndex, retryBackoffIntervalSeconds };
    return { status: "RETRIABLE", error, cause };
  }
  const catchIndex = catchers.findIndex((catcher) => matchesError(catcher.errorEquals, failure));
  const catcher = catchers[catchIndex];
  if (catcher === undefined) {
    if (retrier !== undefined) trial.inspection.errorDetails = { retryIndex };
    return { status: "FAILED", error, cause };
  }
  trial.inspection.errorDetails = { catchIndex };
  try {
    return {
      status: "CAUGHT_ERROR",
      error,
      cause,
      next: catcher.next.name,
      ...(await caught(trial, catcher, failure)),
    };
  } catch (thrown) {
    const failed = failureOf(thrown, trial.state.name);
    return { status: "FAILED", error: failed.error, cause: failed.cause };
  }
}

async function caught(trial: Trial, catcher: Trial["state"]["catchers"][number], { error, cause }: StatesError) {
  const errorOutput = { Error: error || null, Cause: cause || null };
  const isJsonPath = trial.state.language === "JSONPath";
  const scope = scopeOf(trial, isJsonPath ? errorOutput : trial.input, { errorOutput });
  const assigned = catcher.assign === undefined ? undefined : await settled(catcher.assign, scope);
  if (catcher.output !== undefined) return { output: await settled(catcher.output, scope), assigned };
  return { output: catcher.resultPath?.(trial.input, errorOutput) ?? errorOutput, assigned };
}

/**
 * What a state threw, as the states language has it. The cause of a query that failed says which state it is of; AWS
 * counts one event before the state.
 */
export function failureOf(thrown: unknown, stateName: string): StatesError {
  if (thrown instanceof StateFailure) return thrown.failure;
  const failure = toStatesError(thrown);
  if (failure.isWhole) return failure;
  const { error, cause } = failure;
  const where = `An error occurred while executing the state '${stateName}' (entered at the event id #2).`;
  return new StatesError(error, `${where} ${cause}`);
}

/** What a task threw: an error of this room, or anything with a name and a message. */
export function toStatesError(thrown: unknown): StatesError {
  if (thrown instanceof StatesError) return thrown;
  if (typeof thrown === "object" && thrown !== null && "error" in thrown && typeof thrown.error === "string") {
    return new StatesError(thrown.error, "cause" in thrown && typeof thrown.cause === "string" ? thrown.cause : "");
  }
  return thrown instanceof Error
    ? new StatesError(thrown.name, thrown.message)
    : new StatesError("Error", String(thrown));
}

/** Whether more items of a Map failed than it tolerates; one that names no tolerance is not judged. */
export function toleranceExceeded(inspection: Trial["inspection"], failures: number, items: number): boolean {
  const { toleratedFailureCount: count, toleratedFailurePercentage: percentage } = inspection;
  const isOverCount = typeof count === "number" && failures > count;
  return isOverCount || (typeof percentage === "number" && items > 0 && (failures * 100) / items > percentage);
}
