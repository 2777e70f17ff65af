import { KINDS } from "../../history/kinds.ts";
import { Branch, type Fork } from "../branch.ts";
import type { ParallelState } from "../machine.ts";
import { completeState, queryFailed } from "../transitions.ts";
import { abortBranch, inOrder, recordFailedState } from "./fork.ts";
import { argumentsOf } from "./input.ts";

export function runParallel(branch: Branch, state: ParallelState): boolean {
  let input: unknown;
  try {
    input = argumentsOf(branch, state);
  } catch (error) {
    return queryFailed(branch, error);
  }
  new ParallelFork(branch, state, input).start();
  return false;
}

class ParallelFork implements Fork {
  readonly owner: Branch;
  readonly running = new Set<Branch>();
  readonly #unsuccessful = new Set<Branch>();
  readonly #results: unknown[] = [];
  readonly #state: ParallelState;
  readonly #input: unknown;

  constructor(owner: Branch, state: ParallelState, input: unknown) {
    this.owner = owner;
    this.#state = state;
    this.#input = input;
  }

  start(): void {
    const { owner } = this;
    const { execution } = owner;
    owner.fork = this;
    const { id } = execution.emit(KINDS.ParallelStateStarted, owner.cursor, undefined, undefined, undefined);
    owner.cursor = id;
    for (const [index, workflow] of this.#state.branches.entries()) {
      const child = new Branch(execution, workflow, this.#input, id, owner.variables, this, index, owner.mapItem);
      this.running.add(child);
      execution.enqueue(child);
    }
  }

  childSucceeded(child: Branch, output: unknown): void {
    this.running.delete(child);
    this.#results[child.index] = output;
    if (this.running.size > 0) return;
    const { owner } = this;
    owner.execution.emit(KINDS.ParallelStateSucceeded, child.cursor, undefined, undefined, undefined);
    owner.cursor = child.cursor;
    owner.fork = undefined;
    if (completeState(owner, this.#results)) owner.execution.enqueue(owner);
  }

  recordChildFailure(child: Branch): void {
    this.running.delete(child);
    this.#unsuccessful.add(child);
    recordFailedState(child, child.cursor);
    for (const sibling of inOrder(this.running)) {
      this.#unsuccessful.add(sibling);
      abortBranch(sibling, child.cursor);
    }
    this.running.clear();
  }

  redrive(restart: (child: Branch) => void): void {
    const children = inOrder(new Set([...this.#unsuccessful, ...this.running]));
    this.#unsuccessful.clear();
    for (const child of children) {
      this.running.add(child);
      restart(child);
    }
  }
}
