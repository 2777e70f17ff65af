import { StatesError } from "../errors.ts";
import { KINDS } from "../history/kinds.ts";
import type { Branch, Variables } from "./branch.ts";
import type { Command } from "./command.ts";
import { failureDetails } from "./failure-details.ts";
import type { CompiledState, Query } from "./machine.ts";
import { exceedsPayloadLimit } from "./payload.ts";
import { catcherFor, isTerminal, retrierFor, retryDelay, TaskTimeout } from "./retry.ts";

// Every function here answers whether the branch can run on at once.

/** Writes that a state was entered. */
export function enterState(branch: Branch): void {
  const { execution, state } = branch;
  branch.enteredFrom = branch.cursor;
  const record = execution.emit(state.entered, branch.cursor, state.name, branch.input, undefined);
  branch.cursor = record.id;
  branch.enteredId = record.id;
  branch.enteredAt = record.time;
  branch.input = record.value;
  branch.isEntered = true;
  branch.retryCount = 0;
  branch.retrierUses = undefined;
  branch.failedFork = undefined;
  branch.failedMapRunArn = undefined;
}

/** Shapes a state's result into its output and leaves the state. */
export function completeState(branch: Branch, result: unknown): boolean {
  const { state, scope, execution } = branch;
  if (execution.replay !== undefined) {
    const recorded = execution.replay.find(state.exited, branch.cursor, state.name);
    if (recorded !== undefined)
      return leaveState(branch, recorded.value, recorded.extra as Variables | undefined, state.next);
  }
  if (state.language === "JSONPath") {
    let output = result;
    let assigned: unknown;
    try {
      if (state.resultSelector !== undefined) output = state.resultSelector(scope.at(output));
      if (state.assign !== undefined) assigned = state.assign(scope.at(output));
      if (state.resultPath !== undefined) output = state.resultPath(branch.input, output);
      if (state.outputPath !== undefined) output = state.outputPath(scope.at(output));
    } catch (error) {
      return queryFailed(branch, error);
    }
    return leaveState(branch, output, assigned as Variables | undefined, state.next);
  }
  if (state.output === undefined && state.assign === undefined)
    return leaveState(branch, result, undefined, state.next);
  scope.input = branch.input;
  scope.result = result;
  return leaveShaped(branch, state, result, state.next);
}

/** Leaves a JSONata state with the `Output` and `Assign` of the state, a choice rule or a catcher. */
export function leaveShaped(
  branch: Branch,
  shape: { readonly assign: Query | undefined; readonly output: Query | undefined },
  result: unknown,
  next: CompiledState | undefined,
): boolean {
  let output = result;
  let assigned: unknown;
  try {
    if (shape.assign !== undefined) assigned = shape.assign(branch.scope);
    if (shape.output !== undefined) output = shape.output(branch.scope);
  } catch (error) {
    return queryFailed(branch, error);
  }
  return leaveState(branch, output, assigned as Variables | undefined, next);
}

/** Leaves a state with an output, for the next state or, where there is none, to end the branch. */
export function leaveState(
  branch: Branch,
  output: unknown,
  assigned: Variables | undefined,
  next: CompiledState | undefined,
): boolean {
  const { execution, state } = branch;
  if (output !== branch.input && exceedsPayloadLimit(output, execution.ports.maxPayloadBytes))
    return failState(branch, tooLarge(state.name));
  const { maxPayloadBytes } = execution.ports;
  if (assigned !== undefined && exceedsPayloadLimit(assigned, maxPayloadBytes)) {
    return failState(branch, tooManyVariables(state.name, maxPayloadBytes));
  }
  const isAssigning = assigned !== undefined && Object.keys(assigned).length > 0;
  const record = execution.emit(state.exited, branch.cursor, state.name, output, isAssigning ? assigned : undefined);
  branch.cursor = record.id;
  if (record.extra !== undefined) branch.variables = { ...branch.variables, ...(record.extra as Variables) };
  branch.scope.result = undefined;
  branch.scope.errorOutput = undefined;
  branch.isEntered = false;
  if (next !== undefined) {
    branch.state = next;
    branch.input = record.value;
    return true;
  }
  branch.isDone = true;
  if (branch.parent === undefined) execution.succeed(record.value, branch.cursor);
  else branch.parent.childSucceeded(branch, record.value);
  return false;
}

/**
 * A field of the state could not be evaluated. In JSONata that is an event of its own and can be retried and caught;
 * in JSONPath most of it ends the execution.
 */
export function queryFailed(branch: Branch, thrown: unknown): boolean {
  const { execution, state } = branch;
  const error = thrown instanceof StatesError ? thrown : internalError(thrown);
  const cause = `An error occurred while executing the state '${state.name}' (entered at the event id #${branch.enteredId}). ${error.cause}`;
  const inState = new StatesError(error.error, cause);
  if (state.language === "JSONata" && error.error === "States.QueryEvaluationError") {
    const from = branch.cursor === branch.enteredId && state.type !== "Wait" ? branch.enteredFrom : branch.cursor;
    const { location } = error;
    const details = { ...(location === undefined ? {} : { location }), state: state.name };
    branch.cursor = execution.emit(KINDS.EvaluationFailed, from, undefined, failureDetails(inState), details).id;
  }
  return failState(branch, inState);
}

/** A state failed: it is tried again, or the failure is caught, or the branch fails with it. */
export function failState(branch: Branch, error: StatesError): boolean {
  const { execution, state } = branch;
  if (isTerminal(error)) {
    execution.fail(error, branch.cursor);
    return false;
  }
  if (state.retriers.length > 0 && retryLater(branch, error)) return false;
  if (state.type === "Map" || state.type === "Parallel") {
    const failed = state.type === "Map" ? KINDS.MapStateFailed : KINDS.ParallelStateFailed;
    branch.cursor = execution.emit(failed, branch.cursor, undefined, undefined, undefined).id;
  }
  const catcher = catcherFor(state.catchers, error);
  if (catcher === undefined) {
    failBranch(branch, error);
    return false;
  }
  const errorOutput = { Error: orNull(error.error), Cause: error instanceof TaskTimeout ? "" : orNull(error.cause) };
  const { replay } = execution;
  const recorded = replay?.find(state.exited, branch.cursor, state.name);
  if (recorded !== undefined) {
    return leaveState(branch, recorded.value, recorded.extra as Variables | undefined, catcher.next);
  }
  if (state.language === "JSONPath") {
    try {
      const assigned = catcher.assign?.(branch.scope.at(errorOutput));
      const output = catcher.resultPath === undefined ? errorOutput : catcher.resultPath(branch.input, errorOutput);
      return leaveState(branch, output, assigned as Variables | undefined, catcher.next);
    } catch (thrown) {
      return catcherFailed(branch, thrown);
    }
  }
  branch.scope.input = branch.input;
  branch.scope.errorOutput = errorOutput;
  return leaveShaped(branch, catcher, errorOutput, catcher.next);
}

const orNull = (text: string): string | null => (text === "" ? null : text);

/** A catcher that cannot shape its output is not caught by another. */
function catcherFailed(branch: Branch, thrown: unknown): boolean {
  const error = thrown instanceof StatesError ? thrown : internalError(thrown);
  const cause = `An error occurred while executing the state '${branch.state.name}' (entered at the event id #${branch.enteredId}). ${error.cause}`;
  branch.execution.fail(new StatesError(error.error, cause), branch.cursor);
  return false;
}

/** Ends a branch with an error, and with it the state it is part of or the whole execution. */
export function failBranch(branch: Branch, error: StatesError): void {
  branch.isDone = true;
  const { parent, execution } = branch;
  if (parent === undefined) {
    execution.fail(error, branch.cursor);
    return;
  }
  const { owner } = parent;
  parent.recordChildFailure(branch);
  owner.cursor = branch.cursor;
  owner.fork = undefined;
  owner.failedFork = parent;
  if (failState(owner, error)) execution.enqueue(owner);
}

function retryLater(branch: Branch, error: StatesError): boolean {
  const { execution, state } = branch;
  const index = retrierFor(state.retriers, error);
  const retrier = state.retriers[index];
  if (retrier === undefined) return false;
  branch.retrierUses ??= state.retriers.map(() => 0);
  const uses = branch.retrierUses[index]!;
  if (uses >= retrier.maxAttempts) return false;
  branch.retrierUses[index] = uses + 1;
  const failedAt = execution.records[branch.cursor - 1]!.time;
  const again = () => {
    branch.retryCount += 1;
    branch.failedFork = undefined;
    branch.failedMapRunArn = undefined;
    execution.enqueue(branch);
  };
  const delay = retryDelay(retrier, uses, () => execution.entropy.random());
  execution.command(new TimerCommand(branch, failedAt + delay, again));
  return true;
}

/** Goes on with a branch when a moment has come. */
export class TimerCommand implements Command {
  readonly branch: Branch;
  readonly #at: number;
  readonly #whenDue: () => void;

  constructor(branch: Branch, at: number, whenDue: () => void) {
    this.branch = branch;
    this.#at = at;
    this.#whenDue = whenDue;
  }

  execute(): void {
    const { branch } = this;
    const { execution } = branch;
    branch.cancelTimer = execution.ports.clock.setTimer(this.#at, () =>
      execution.stimulate(() => {
        branch.cancelTimer = undefined;
        this.#whenDue();
      }),
    );
  }

  follow(): boolean {
    this.#whenDue();
    return true;
  }
}

export function tooLarge(what: string): StatesError {
  return new StatesError(
    "States.DataLimitExceeded",
    `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  );
}

function tooManyVariables(stateName: string, limitBytes: number): StatesError {
  const cause = `The variables assigned by the state '${stateName}' are larger than ${limitBytes} bytes together.`;
  return new StatesError("States.DataLimitExceeded", cause);
}

/** A fault of this interpreter or of a value nobody foresaw; the execution ends, the process goes on. */
function internalError(thrown: unknown): StatesError {
  return new StatesError(
    "States.Runtime",
    thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown),
  );
}
