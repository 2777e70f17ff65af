import { StatesError } from "../../errors.ts";
import { shownJson } from "../../query/index.ts";
import { isObject } from "../../query/json.ts";
import { requiredParameters } from "../../services/required-parameters.ts";
import type { Branch } from "../branch.ts";
import type { TaskState } from "../machine.ts";
import { type TaskArguments, TaskAttempt } from "../tasks/task-attempt.ts";
import { failState, queryFailed, tooLarge } from "../transitions.ts";
import { effectiveInput } from "./input.ts";

export function runTask(branch: Branch, state: TaskState): boolean {
  let task: TaskArguments;
  try {
    task = evaluateFields(branch, state);
  } catch (error) {
    return queryFailed(branch, error, runTask, state);
  }
  const { payloads } = branch.execution.ports;
  if (task.input !== branch.input && payloads.isExceededBy(task.input)) {
    return failState(branch, tooLarge(state.name, payloads));
  }
  const attempt = new TaskAttempt(branch, state, task);
  branch.begin(attempt);
  branch.execution.command(attempt);
  return false;
}

function evaluateFields(branch: Branch, state: TaskState): TaskArguments {
  const { scope } = branch;
  const effective = effectiveInput(branch, state);
  scope.at(effective);
  const input = state.parameters === undefined ? effective : state.parameters(scope);
  checkParameters(state, input);
  return {
    input,
    timeoutSeconds: state.timeoutSeconds?.(scope),
    heartbeatSeconds: state.heartbeatSeconds?.(scope),
    credentials: state.credentials?.(scope),
  };
}

/** What a definition says in full was looked at when it was made; an expression, or the input, may leave things out. */
function checkParameters({ resource }: TaskState, input: unknown): void {
  if (resource.family !== "Task") return;
  const given = isObject(input) ? input : {};
  const missing = requiredParameters(resource).filter((name) => given[name] === undefined);
  if (missing.length === 0) return;
  const faults = missing.map((name) => `The field '${name}' is required but was missing`);
  const cause = `The Parameters '${shownJson(input)}' could not be used to start the Task: [${faults.join(", ")}]`;
  throw new StatesError("States.Runtime", cause);
}
