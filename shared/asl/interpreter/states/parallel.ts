import { KINDS } from "../../history/kinds.ts";
import { Branch, type Fork } from "../branch.ts";
import type { ParallelState } from "../machine.ts";
import { completeState, queryFailed } from "../transitions.ts";
import type { UnorderedSet } from "../unordered-set.ts";
import { argumentsOf } from "./input.ts";
import { recordFailedState, Siblings } from "./siblings.ts";

export function runParallel(branch: Branch, state: ParallelState): boolean {
  let input: unknown;
  try {
    input = argumentsOf(branch, state);
  } catch (error) {
    return queryFailed(branch, error, runParallel, state);
  }
  new ParallelFork(branch, state, input).start();
  return false;
}

class ParallelFork implements Fork {
  readonly isFork = true;
  readonly owner: Branch;
  readonly #siblings = new Siblings();
  readonly #results: unknown[] = [];
  readonly #state: ParallelState;
  readonly #input: unknown;

  constructor(owner: Branch, state: ParallelState, input: unknown) {
    this.owner = owner;
    this.#state = state;
    this.#input = input;
  }

  get running(): UnorderedSet<Branch> {
    return this.#siblings.running;
  }

  start(): void {
    const { owner } = this;
    owner.begin(this);
    const { id } = owner.record(KINDS.ParallelStateStarted, undefined, undefined);
    for (const [index, workflow] of this.#state.branches.entries()) {
      const { execution, variables, mapItem } = owner;
      this.#siblings.start(new Branch(execution, workflow, this.#input, id, variables, this, index, mapItem));
    }
  }

  childSucceeded(child: Branch, output: unknown): void {
    this.#siblings.remove(child);
    this.#results[child.index] = output;
    if (this.running.size > 0) return;
    const { owner } = this;
    owner.execution.emit(KINDS.ParallelStateSucceeded, child.cursor, undefined, undefined, undefined);
    owner.continueFrom(child.cursor);
    owner.finish(this);
    owner.goOn(completeState(owner, this.#results));
  }

  recordChildFailure(child: Branch): void {
    this.#siblings.failed(child);
    recordFailedState(child, child.cursor);
    this.#siblings.abort(child.cursor);
  }

  stop(isCrash: boolean): void {
    this.#siblings.stop(isCrash);
  }

  redrive(cursor: number): void {
    this.#siblings.redrive(cursor);
  }
}
