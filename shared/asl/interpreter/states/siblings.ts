import { type EventKind, KINDS } from "../../history/kinds.ts";
import type { Branch } from "../branch.ts";
import { UnorderedSet } from "../unordered-set.ts";

/** The branches of a Map or Parallel state: those under way, and those that were stopped or failed. */
export class Siblings {
  /** Started and not yet ended. */
  readonly running = new UnorderedSet<Branch>();
  readonly #unsuccessful = new Set<Branch>();

  /** @throws StatesError if there are too many branches */
  start(child: Branch): void {
    child.execution.crowd.began();
    this.running.add(child);
    child.execution.enqueue(child);
  }

  /** A child succeeded. */
  remove(child: Branch): void {
    child.execution.crowd.ended();
    this.running.remove(child);
  }

  failed(child: Branch): void {
    child.execution.crowd.ended();
    this.running.remove(child);
    this.#unsuccessful.add(child);
  }

  /** Stops all that run, by position, and writes that they are aborted. All events follow `cursor`. */
  abort(cursor: number, beforeEach?: (child: Branch) => void): void {
    for (const child of inOrder(this.running)) {
      this.#unsuccessful.add(child);
      beforeEach?.(child);
      child.stop();
      recordAborted(child, cursor);
    }
    this.running.clear();
  }

  stop(isCrash: boolean): void {
    for (const child of this.running) child.stop(isCrash);
  }

  /** Takes up again, by position, all that did not succeed. */
  redrive(cursor: number): void {
    const children = inOrder(new Set([...this.#unsuccessful, ...this.running]));
    this.#unsuccessful.clear();
    for (const child of children) {
      child.execution.crowd.began();
      this.running.add(child);
      child.redrive(cursor);
    }
  }
}

/** Writes that the state a failed branch stands in is aborted: a Task is, a Fail state has no such event. */
export function recordFailedState(branch: Branch, cursor: number): void {
  if (branch.state.type === "Task") write(branch, KINDS.TaskStateAborted, cursor);
}

/** Writes that what a branch was doing is aborted, innermost first. */
function recordAborted(branch: Branch, cursor: number): void {
  branch.end();
  branch.execution.crowd.ended();
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

const inOrder = (branches: Iterable<Branch>): Branch[] => [...branches].sort((one, other) => one.index - other.index);
