import { StatesError } from "../errors.ts";
import { type FailureDetails, KINDS } from "../history/kinds.ts";
import type { EventRecord } from "../history/record.ts";
import { type Query, Suspension } from "../query/index.ts";
import { deepestJson } from "../query/json.ts";
import type { Branch } from "./branch.ts";
import type { Variables } from "./branch-scope.ts";
import { MOST_VARIABLE_BYTES } from "./crowd.ts";
import { takeStepAgain } from "./evaluation.ts";
import { failureDetails } from "./failure-details.ts";
import type { Catcher, CompiledState } from "./machine.ts";
import type { PayloadMeter } from "./payload.ts";
import { catcherFor, isTerminal, retrierFor, retryDelay, TaskTimeout } from "./retry.ts";
import { Timer } from "./timer.ts";

// Every function here answers whether the branch can run on at once.

/** Shapes a state's result into its output and leaves the state. */
export function completeState(branch: Branch, result: unknown): boolean {
  const { state } = branch;
  const recorded = branch.recordedExit;
  if (recorded !== undefined) return leaveAsRecorded(branch, recorded, state.next);
  if (state.language === "JSONPath") {
    let output = result;
    let assigned: unknown;
    try {
      if (state.resultSelector !== undefined) output = state.resultSelector(branch.scope.at(output));
      if (state.assign !== undefined) assigned = state.assign(branch.scope.at(output));
      if (state.resultPath !== undefined) output = state.resultPath(branch.input, output);
      if (state.outputPath !== undefined) output = state.outputPath(branch.scope.at(output));
    } catch (error) {
      return queryFailed(branch, error, completeState, result);
    }
    return leaveState(branch, output, assigned as Variables | undefined, state.next);
  }
  if (state.output === undefined && state.assign === undefined)
    return leaveState(branch, result, undefined, state.next);
  branch.scope.input = branch.input;
  if (hasResult(state)) branch.scope.result = result;
  return leaveShaped(branch, state, result, state.next);
}

/** Whether there is a `$states.result`. */
const hasResult = ({ type }: CompiledState): boolean => type === "Task" || type === "Map" || type === "Parallel";

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
    return queryFailed(branch, error, leaveShaped, shape, result, next);
  }
  return leaveState(branch, output, assigned as Variables | undefined, next);
}

/** Leaves a state as the history says that it was left. */
export function leaveAsRecorded(branch: Branch, exit: EventRecord, next: CompiledState | undefined): boolean {
  return leaveState(branch, exit.value, exit.extra as Variables | undefined, next);
}

/** Leaves a state with an output, for the next state or, where there is none, to end the branch. */
export function leaveState(
  branch: Branch,
  output: unknown,
  assigned: Variables | undefined,
  next: CompiledState | undefined,
): boolean {
  const { execution, state } = branch;
  const { payloads } = execution.ports;
  if (output !== branch.input && payloads.isExceededBy(output))
    return failState(branch, tooLarge(state.name, payloads));
  if (assigned !== undefined && payloads.isExceededBy(assigned)) {
    return failState(branch, tooManyVariables(state.name, payloads.limitBytes));
  }
  const isAssigning = assigned !== undefined && Object.keys(assigned).length > 0;
  if (isAssigning && !execution.crowd.hasRoomFor(payloads.weigh(assigned), assigned, branch, execution.root)) {
    return failState(branch, noRoomForVariables(state.name));
  }
  const left = branch.leave(output, isAssigning ? assigned : undefined, next);
  if (next !== undefined) return true;
  if (branch.parent === undefined) execution.succeed(left, branch.cursor);
  else branch.parent.childSucceeded(branch, left);
  return false;
}

/**
 * A field of the state could not be evaluated. In JSONata that is an event of its own and can be retried and caught;
 * in JSONPath most of it ends the execution. Or it is being evaluated elsewhere.
 *
 * @param step asked for the field, and is taken again. Not a closure: a function in which one is made keeps its variables on
 * the heap each time that it runs, and these run for each state.
 */
export function queryFailed<Rest extends readonly unknown[]>(
  branch: Branch,
  thrown: unknown,
  step: (branch: Branch, ...rest: Rest) => boolean,
  ...rest: Rest
): boolean {
  if (thrown instanceof Suspension) {
    takeStepAgain(branch, thrown, step, ...rest);
    return false;
  }
  const { state, entered } = branch;
  const error = thrown instanceof StatesError ? thrown : internalError(thrown);
  const inState = inStateOf(branch, error);
  if (state.language === "JSONata" && error.error === "States.QueryEvaluationError") {
    if (branch.cursor === entered.id && state.type !== "Wait") branch.continueFrom(entered.previousEventId);
    const { location } = error;
    const details = { ...(location === undefined ? {} : { location }), state: state.name };
    const { value } = branch.record(KINDS.EvaluationFailed, failureDetails(inState), details);
    return failState(branch, new StatesError(error.error, (value as FailureDetails).cause ?? ""));
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
  if (isInCatcher(branch)) {
    failBranch(branch, error);
    return false;
  }
  if (state.retriers.length > 0 && retryLater(branch, error)) return false;
  if (state.type === "Map" || state.type === "Parallel") {
    const failed = state.type === "Map" ? KINDS.MapStateFailed : KINDS.ParallelStateFailed;
    branch.record(failed, undefined, undefined);
  }
  const catcher = catcherFor(state.catchers, error);
  if (catcher === undefined) {
    failBranch(branch, error);
    return false;
  }
  const errorOutput = { Error: orNull(error.error), Cause: error instanceof TaskTimeout ? "" : orNull(error.cause) };
  return leaveByCatcher(branch, catcher, errorOutput);
}

/** What fails while a catcher is left by is not for the state's own retriers and catchers: they would go round for ever. */
const isInCatcher = ({ scope }: Branch): boolean => scope.errorOutput !== undefined;

function leaveByCatcher(branch: Branch, catcher: Catcher, errorOutput: unknown): boolean {
  const recorded = branch.recordedExit;
  if (recorded !== undefined) return leaveAsRecorded(branch, recorded, catcher.next);
  branch.scope.errorOutput = errorOutput;
  if (branch.state.language === "JSONPath") {
    try {
      const assigned = catcher.assign?.(branch.scope.at(errorOutput));
      const output = catcher.resultPath === undefined ? errorOutput : catcher.resultPath(branch.input, errorOutput);
      return leaveState(branch, output, assigned as Variables | undefined, catcher.next);
    } catch (thrown) {
      if (!(thrown instanceof Suspension)) return catcherFailed(branch, thrown);
      takeStepAgain(branch, thrown, leaveByCatcher, catcher, errorOutput);
      return false;
    }
  }
  branch.scope.input = branch.input;
  return leaveShaped(branch, catcher, errorOutput, catcher.next);
}

const orNull = (text: string): string | null => (text === "" ? null : text);

/** A catcher that cannot shape its output is not caught by another. */
function catcherFailed(branch: Branch, thrown: unknown): boolean {
  branch.execution.fail(
    inStateOf(branch, thrown instanceof StatesError ? thrown : internalError(thrown)),
    branch.cursor,
  );
  return false;
}

/** What a query threw, with the state that it is of. */
function inStateOf({ state, entered }: Branch, error: StatesError): StatesError {
  if (error.isWhole) return error;
  const where = `An error occurred while executing the state '${state.name}' (entered at the event id #${entered.id}).`;
  return new StatesError(error.error, `${where} ${error.cause}`);
}

/** Ends a branch with an error, and with it the state it is part of or the whole execution. */
export function failBranch(branch: Branch, error: StatesError): void {
  branch.end();
  const { parent, execution } = branch;
  if (parent === undefined) {
    execution.fail(error, branch.cursor);
    return;
  }
  const { owner } = parent;
  parent.recordChildFailure(branch);
  owner.continueFrom(branch.cursor);
  owner.finish(parent);
  owner.leaveForRedrive({ fork: parent });
  owner.goOn(failState(owner, error));
}

function retryLater(branch: Branch, error: StatesError): boolean {
  const { execution, state } = branch;
  const index = retrierFor(state.retriers, error);
  const retrier = state.retriers[index];
  if (retrier === undefined) return false;
  const uses = branch.retries.usesOf(index);
  if (uses >= retrier.maxAttempts) return false;
  branch.retries.use(index);
  const delay = retryDelay(retrier, uses, () => execution.entropy.random());
  execution.command(new Timer(branch, execution.lastEventTime + delay, () => branch.tryAgain()));
  return true;
}

/** @param payloads what found it too large, or too deep */
export function tooLarge(what: string, payloads?: PayloadMeter): StatesError {
  const cause =
    payloads?.isTooDeep === true
      ? `The state/task '${what}' returned a result that is nested more than ${deepestJson} levels deep.`
      : `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`;
  return new StatesError("States.DataLimitExceeded", cause);
}

function tooManyVariables(stateName: string, limitBytes: number): StatesError {
  const cause = `The variables assigned by the state '${stateName}' are larger than ${limitBytes} bytes together.`;
  return new StatesError("States.DataLimitExceeded", cause);
}

function noRoomForVariables(stateName: string): StatesError {
  const cause = `With the variables assigned by the state '${stateName}' all variables of the execution are larger than ${MOST_VARIABLE_BYTES} bytes together.`;
  return new StatesError("States.DataLimitExceeded", cause);
}

/** A fault of this interpreter or of a value nobody foresaw; the execution ends, the process goes on. */
function internalError(thrown: unknown): StatesError {
  return new StatesError(
    "States.Runtime",
    thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown),
  );
}
