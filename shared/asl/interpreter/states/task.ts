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
  return {
    input: state.parameters === undefined ? effective : state.parameters(scope),
    timeoutSeconds: state.timeoutSeconds?.(scope),
    heartbeatSeconds: state.heartbeatSeconds?.(scope),
    credentials: state.credentials?.(scope),
  };
}
