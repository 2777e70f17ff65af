import type { Scope } from "../query/index.ts";
import { contextOf } from "./context.ts";
import type { Execution } from "./execution.ts";
import type { CompiledState, CompiledWorkflow } from "./machine.ts";
import type { MapRun } from "./map-run/map-run.ts";
import type { TaskAttempt } from "./task-attempt.ts";

export type Variables = Readonly<Record<string, unknown>>;

/**
 * One thread of control: the execution itself, a branch of a Parallel state or an iteration of a Map. It stands in one
 * state at a time. Values it refers to are shared and never changed.
 */
export class Branch {
  readonly execution: Execution;
  /** The state this branch is part of; undefined for the execution itself. */
  readonly parent: Fork | undefined;
  /** Position among its siblings. */
  readonly index: number;
  /** What `$$.Map.Item` says in this branch. */
  readonly mapItem: unknown;
  readonly scope: BranchScope;

  state: CompiledState;
  /** The raw input of the state. */
  input: unknown;
  variables: Variables;
  /** `previousEventId` of the next event. */
  cursor: number;
  /** The cursor before the state was entered. */
  enteredFrom = 0;
  enteredId = 0;
  /** Milliseconds since the epoch. */
  enteredAt = 0;
  /** The entered event is written; what is left is the work of the state. */
  isEntered = false;
  /** Nothing more happens here: it has ended, failed or was aborted. */
  isDone = false;
  /** Attempts of the current state before this one. */
  retryCount = 0;
  /** Uses of each retrier of the current state, by its position. */
  retrierUses: number[] | undefined;
  /** The attempt that is under way, in a Task state. */
  attempt: TaskAttempt | undefined;
  /** The branches that are under way, in a Map or Parallel state. */
  fork: Fork | undefined;
  /** The branches of the last try, if it failed: what a redrive takes up again. */
  failedFork: Fork | undefined;
  /** The child executions that are under way, in a Distributed Map. */
  mapRun: MapRun | undefined;
  /** The Map Run of the last try, if it failed: a redrive goes on with it. */
  failedMapRunArn: string | undefined;
  /** Cancels the timer it waits for, in a Wait state or before a retry. */
  cancelTimer: (() => void) | undefined;
  /** The one behind it among those that are ready to run. */
  nextReady: Branch | undefined;

  constructor(
    execution: Execution,
    workflow: CompiledWorkflow,
    input: unknown,
    cursor: number,
    variables: Variables,
    parent: Fork | undefined,
    index: number,
    mapItem: unknown,
  ) {
    this.execution = execution;
    this.parent = parent;
    this.index = index;
    this.mapItem = mapItem;
    this.state = workflow.startAt;
    this.input = input;
    this.variables = variables;
    this.cursor = cursor;
    this.scope = new BranchScope(this);
  }
}

/** The branches of a Map or Parallel state while it runs. */
export interface Fork {
  readonly owner: Branch;
  /** Started and not yet ended, in the order they started. */
  readonly running: Set<Branch>;
  childSucceeded(child: Branch, output: unknown): void;
  /** Writes what the history says of a child that failed, and of siblings that are stopped for it. */
  recordChildFailure(child: Branch): void;
  /** Takes up again the children that did not succeed, and the items that were not started. */
  redrive(restart: (child: Branch) => void): void;
}

/**
 * Stops the tasks, timers and child executions of a branch and of all branches below it.
 *
 * @param isCrash leaves no trace of it in the histories of child executions: they can be taken up again.
 */
export function stopAll(branch: Branch, isCrash = false): void {
  branch.cancelTimer?.();
  branch.cancelTimer = undefined;
  branch.attempt?.abandon();
  branch.attempt = undefined;
  branch.mapRun?.stop(isCrash);
  if (branch.fork !== undefined) for (const child of branch.fork.running) stopAll(child, isCrash);
}

/** What the queries of a branch's current state see. The context object is made when a query asks for it. */
export class BranchScope implements Scope {
  readonly #branch: Branch;
  input: unknown = undefined;
  result: unknown = undefined;
  errorOutput: unknown = undefined;

  constructor(branch: Branch) {
    this.#branch = branch;
  }

  get variables(): Variables {
    return this.#branch.variables;
  }

  get context(): unknown {
    return contextOf(this.#branch, this.#branch.mapItem);
  }

  get entropy() {
    return this.#branch.execution.entropy;
  }

  /** The same scope with another `$`. */
  at(input: unknown): this {
    this.input = input;
    return this;
  }
}

/** The scope in which an item of a Map is selected: the Map state's own, with `$$.Map.Item`. */
export class ItemScope implements Scope {
  readonly #branch: Branch;
  readonly #mapItem: unknown;
  readonly input: unknown;

  constructor(branch: Branch, input: unknown, mapItem: unknown) {
    this.#branch = branch;
    this.#mapItem = mapItem;
    this.input = input;
  }

  get variables(): Variables {
    return this.#branch.variables;
  }

  get context(): unknown {
    return contextOf(this.#branch, this.#mapItem);
  }

  get entropy() {
    return this.#branch.execution.entropy;
  }
}
