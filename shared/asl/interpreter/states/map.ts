import { KINDS } from "../../history/kinds.ts";
import { Branch, type Fork, ItemScope } from "../branch.ts";
import type { MapState } from "../machine.ts";
import { completeState, queryFailed } from "../transitions.ts";
import { runDistributedMap } from "./distributed-map.ts";
import { abortBranch, inOrder, recordFailedState } from "./fork.ts";
import { effectiveInput } from "./input.ts";
import { itemsOf } from "./items.ts";

/** Iterations of an inline Map that run at the same time at most. */
const INLINE_CONCURRENCY = 40;

export function runMap(branch: Branch, state: MapState): boolean {
  return state.distributed === undefined
    ? runInlineMap(branch, state)
    : runDistributedMap(branch, state, state.distributed);
}

function runInlineMap(branch: Branch, state: MapState): boolean {
  let input: unknown;
  let items: readonly unknown[];
  let limit: number | undefined;
  try {
    input = effectiveInput(branch, state);
    items = itemsOf(branch, state, input);
    limit = state.maxConcurrency?.(branch.scope.at(input));
  } catch (error) {
    return queryFailed(branch, error);
  }
  new InlineMap(branch, state, input, items, concurrency(limit)).start();
  return false;
}

function concurrency(limit: number | undefined): number {
  return limit !== undefined && limit > 0 ? Math.min(limit, INLINE_CONCURRENCY) : INLINE_CONCURRENCY;
}

class InlineMap implements Fork {
  readonly owner: Branch;
  readonly running = new Set<Branch>();
  readonly #unsuccessful = new Set<Branch>();
  readonly #results: unknown[] = [];
  readonly #state: MapState;
  /** The effective input of the Map state, `$` in its ItemSelector. */
  readonly #input: unknown;
  readonly #items: readonly unknown[];
  readonly #concurrency: number;
  #nextIndex = 0;
  /** The event that ended the last iteration, or started the state. */
  #lastId = 0;

  constructor(owner: Branch, state: MapState, input: unknown, items: readonly unknown[], concurrency: number) {
    this.owner = owner;
    this.#state = state;
    this.#input = input;
    this.#items = items;
    this.#concurrency = concurrency;
  }

  start(): void {
    const { owner } = this;
    owner.fork = this;
    const length = { length: this.#items.length };
    const { id } = owner.execution.emit(KINDS.MapStateStarted, owner.cursor, undefined, undefined, length);
    owner.cursor = id;
    this.#lastId = id;
    this.#startItems(id);
    this.#finishIfDone();
  }

  childSucceeded(child: Branch, output: unknown): void {
    this.running.delete(child);
    this.#results[child.index] = output;
    const { execution } = this.owner;
    const ended = execution.emit(KINDS.MapIterationSucceeded, child.cursor, this.#state.name, undefined, child.index);
    this.#lastId = ended.id;
    this.#startItems(child.cursor);
    this.#finishIfDone();
  }

  recordChildFailure(child: Branch): void {
    this.running.delete(child);
    this.#unsuccessful.add(child);
    const { execution } = this.owner;
    execution.emit(KINDS.MapIterationFailed, child.cursor, this.#state.name, undefined, child.index);
    recordFailedState(child, child.cursor);
    this.#abortRunning(child.cursor);
  }

  redrive(restart: (child: Branch) => void): void {
    const children = inOrder(new Set([...this.#unsuccessful, ...this.running]));
    this.#unsuccessful.clear();
    for (const child of children) {
      this.running.add(child);
      restart(child);
    }
    this.#startItems(this.owner.cursor);
    this.#finishIfDone();
  }

  #abortRunning(cursor: number): void {
    const { execution } = this.owner;
    for (const sibling of inOrder(this.running)) {
      this.#unsuccessful.add(sibling);
      execution.emit(KINDS.MapIterationAborted, cursor, this.#state.name, undefined, sibling.index);
      abortBranch(sibling, cursor);
    }
    this.running.clear();
  }

  #startItems(cursor: number): void {
    while (this.#nextIndex < this.#items.length && this.running.size < this.#concurrency) {
      if (this.owner.fork !== this) return;
      this.#startItem(this.#nextIndex++, cursor);
    }
  }

  #startItem(index: number, cursor: number): void {
    const { owner } = this;
    const { itemSelector } = this.#state;
    const value = this.#items[index];
    const mapItem = { Index: index, Value: value };
    let selected = value;
    try {
      if (itemSelector !== undefined) selected = itemSelector(new ItemScope(owner, this.#input, mapItem));
    } catch (error) {
      this.#selectorFailed(error);
      return;
    }
    this.#startIteration(index, selected, cursor, mapItem);
  }

  #startIteration(index: number, input: unknown, cursor: number, mapItem: unknown): void {
    const { owner } = this;
    const { execution } = owner;
    const started = execution.emit(KINDS.MapIterationStarted, cursor, this.#state.name, undefined, index);
    const child = new Branch(
      execution,
      this.#state.processor,
      input,
      started.id,
      owner.variables,
      this,
      index,
      mapItem,
    );
    this.running.add(child);
    execution.enqueue(child);
  }

  #selectorFailed(error: unknown): void {
    const { owner } = this;
    this.#abortRunning(owner.cursor);
    owner.fork = undefined;
    if (queryFailed(owner, error)) owner.execution.enqueue(owner);
  }

  #finishIfDone(): void {
    const { owner } = this;
    if (owner.fork !== this || this.running.size > 0 || this.#nextIndex < this.#items.length) return;
    owner.execution.emit(KINDS.MapStateSucceeded, this.#lastId, undefined, undefined, undefined);
    owner.cursor = this.#lastId;
    owner.fork = undefined;
    if (completeState(owner, this.#results)) owner.execution.enqueue(owner);
  }
}
