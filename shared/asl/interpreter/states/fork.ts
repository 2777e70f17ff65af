import { type EventKind, KINDS } from "../../history/kinds.ts";
import { type Branch, stopAll } from "../branch.ts";

/** Writes that what a branch was doing is aborted, innermost first, and stops it. All events follow `cursor`. */
export function abortBranch(branch: Branch, cursor: number): void {
  stopAll(branch);
  recordAborted(branch, cursor);
}

/** Writes that the state a failed branch stands in is aborted: a Task is, a Fail state has no such event. */
export function recordFailedState(branch: Branch, cursor: number): void {
  if (branch.state.type === "Task") write(branch, KINDS.TaskStateAborted, cursor);
}

function recordAborted(branch: Branch, cursor: number): void {
  branch.isDone = true;
  const { fork, state } = branch;
  if (fork !== undefined) {
    for (const child of inOrder(fork.running)) {
      if (state.type === "Map") write(child, KINDS.MapIterationAborted, cursor, state.name);
      recordAborted(child, cursor);
    }
  }
  const kind = branch.isEntered ? abortedKind(branch) : undefined;
  if (kind !== undefined) write(branch, kind, cursor);
}

function abortedKind({ state }: Branch): EventKind | undefined {
  switch (state.type) {
    case "Task":
      return KINDS.TaskStateAborted;
    case "Wait":
      return KINDS.WaitStateAborted;
    case "Map":
      return KINDS.MapStateAborted;
    case "Parallel":
      return KINDS.ParallelStateAborted;
    default:
      return undefined;
  }
}

function write(branch: Branch, kind: EventKind, cursor: number, name?: string): void {
  branch.execution.emit(kind, cursor, name, undefined, name === undefined ? undefined : branch.index);
}

export const inOrder = (branches: Iterable<Branch>): Branch[] =>
  [...branches].sort((one, other) => one.index - other.index);
