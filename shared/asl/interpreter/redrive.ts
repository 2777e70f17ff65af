import { KINDS } from "../history/kinds.ts";
import type { Branch } from "./branch.ts";
import type { Execution } from "./execution.ts";

/**
 * Opens an execution again that did not succeed: every state that failed or was aborted is run again with the input it
 * had, without being entered again and with all its retries; what succeeded stays as it is.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
 */
export function redrive(execution: Execution): void {
  const redriveCount = execution.redriveCount + 1;
  const record = execution.emit(KINDS.ExecutionRedriven, 0, undefined, undefined, { redriveCount });
  execution.reopen(redriveCount, record.time);
  restart(execution.root, record.id);
}

function restart(branch: Branch, cursor: number): void {
  branch.isDone = false;
  branch.cursor = cursor;
  branch.retryCount = 0;
  branch.retrierUses = undefined;
  const fork = branch.fork ?? branch.failedFork;
  branch.failedFork = undefined;
  branch.fork = fork;
  if (fork === undefined) branch.execution.enqueue(branch);
  else fork.redrive((child) => restart(child, cursor));
}
