import { type EventKind, KINDS } from "../../history/kinds.ts";
import { type Query, Suspension } from "../../query/index.ts";
import { Branch, type Fork } from "../branch.ts";
import { ItemScope } from "../branch-scope.ts";
import { Evaluation } from "../evaluation.ts";
import type { MapState } from "../machine.ts";
import { inputOf, type MapItem, mapItemOf, STATE_DATA } from "../map-item.ts";
import { type RecordedEvaluation, STEPS_OF_A_STATE, StepEvaluations } from "../step-evaluations.ts";
import { completeState, queryFailed } from "../transitions.ts";
import type { UnorderedSet } from "../unordered-set.ts";
import { runDistributedMap } from "./distributed-map.ts";
import { effectiveInput } from "./input.ts";
import { itemsOf } from "./items.ts";
import { recordFailedState, Siblings } from "./siblings.ts";

/** Iterations of an inline Map that run at the same time at most. */
const INLINE_CONCURRENCY = 40;

/** What an item's selector gives that waits for another thread, or that failed. */
const NOT_SELECTED = Symbol("not selected");

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
    return queryFailed(branch, error, runInlineMap, state);
  }
  new InlineMap(branch, state, input, items, concurrency(limit)).start();
  return false;
}

function concurrency(limit: number | undefined): number {
  return limit !== undefined && limit > 0 ? Math.min(limit, INLINE_CONCURRENCY) : INLINE_CONCURRENCY;
}

class InlineMap implements Fork {
  readonly isFork = true;
  readonly owner: Branch;
  readonly #siblings = new Siblings();
  readonly #results: unknown[] = [];
  readonly #state: MapState;
  /** The effective input of the Map state, `$` in its ItemSelector. */
  readonly #input: unknown;
  readonly #items: readonly unknown[];
  readonly #concurrency: number;
  #nextIndex = 0;
  /** What the selector of the next item may do, and whether it waits for another thread. */
  #evaluations: StepEvaluations | undefined = undefined;
  #steps = STEPS_OF_A_STATE;
  #evaluation: Evaluation | undefined = undefined;
  /** The event that ended the last iteration, or started the state. */
  #lastId = 0;

  constructor(owner: Branch, state: MapState, input: unknown, items: readonly unknown[], concurrency: number) {
    this.owner = owner;
    this.#state = state;
    this.#input = input;
    this.#items = items;
    this.#concurrency = concurrency;
  }

  get running(): UnorderedSet<Branch> {
    return this.#siblings.running;
  }

  start(): void {
    const { owner } = this;
    owner.begin(this);
    const { id } = owner.record(KINDS.MapStateStarted, undefined, { length: this.#items.length });
    this.#lastId = id;
    this.#startItems(id);
    this.#finishIfDone();
  }

  childSucceeded(child: Branch, output: unknown): void {
    this.#siblings.remove(child);
    this.#results[child.index] = output;
    this.#lastId = this.#recordIteration(KINDS.MapIterationSucceeded, child.cursor, child.index);
    this.#startItems(child.cursor);
    this.#finishIfDone();
  }

  recordChildFailure(child: Branch): void {
    this.#siblings.failed(child);
    this.#recordIteration(KINDS.MapIterationFailed, child.cursor, child.index);
    recordFailedState(child, child.cursor);
    this.#abort(child.cursor);
  }

  stop(isCrash: boolean): void {
    this.#evaluation?.stop();
    this.#evaluation = undefined;
    this.#siblings.stop(isCrash);
  }

  redrive(cursor: number): void {
    this.#siblings.redrive(cursor);
    this.#startItems(this.owner.cursor);
    this.#finishIfDone();
  }

  #abort(cursor: number): void {
    this.#evaluation?.stop();
    this.#evaluation = undefined;
    this.#siblings.abort(cursor, ({ index }) => this.#recordIteration(KINDS.MapIterationAborted, cursor, index));
  }

  /** @returns the event's id */
  #recordIteration(kind: EventKind, cursor: number, index: number): number {
    return this.owner.execution.emit(kind, cursor, this.#state.name, undefined, index).id;
  }

  #startItems(cursor: number): void {
    this.#steps = STEPS_OF_A_STATE;
    while (this.#nextIndex < this.#items.length && this.running.size < this.#concurrency) {
      if (this.owner.work !== this || this.#evaluation !== undefined) return;
      if (this.owner.execution.crowd.isLarge && this.running.size > 0) return;
      this.#startItem(this.#nextIndex, cursor);
    }
  }

  #startItem(index: number, cursor: number): void {
    const { itemSelector } = this.#state;
    const value = this.#items[index];
    const mapItem = mapItemOf(value, index, STATE_DATA);
    const selected = itemSelector === undefined ? inputOf(value) : this.#select(itemSelector, mapItem, cursor);
    if (selected === NOT_SELECTED) return;
    this.#nextIndex = index + 1;
    this.#startIteration(index, selected, cursor, mapItem);
  }

  /** Apart from the start of an item, which is quicker without a closure in it. */
  #select(itemSelector: Query, mapItem: MapItem, cursor: number): unknown {
    const { owner } = this;
    const { Index } = mapItem;
    this.#evaluations ??= new StepEvaluations(() => this.#recordedSelection(Index, cursor), this.#steps);
    let selected: unknown;
    try {
      selected = itemSelector(new ItemScope(owner, this.#input, mapItem, this.#evaluations));
    } catch (error) {
      if (error instanceof Suspension) this.#waitForSelector(error, cursor);
      else this.#selectorFailed(error);
      return NOT_SELECTED;
    }
    owner.execution.worked(this.#evaluations.work);
    this.#steps = this.#evaluations.steps;
    this.#evaluations = undefined;
    return selected;
  }

  #waitForSelector(suspension: Suspension, cursor: number): void {
    const { owner } = this;
    const evaluation = new Evaluation(owner, suspension, () => {
      this.#evaluation = undefined;
      this.#startItems(cursor);
      this.#finishIfDone();
    });
    this.#evaluation = evaluation;
    owner.execution.command(evaluation);
  }

  #recordedSelection(index: number, cursor: number): RecordedEvaluation {
    const { owner } = this;
    const isStarted = owner.execution.replay?.find(KINDS.MapIterationStarted, cursor, this.#state.name, index);
    if (isStarted !== undefined) return "passed";
    return owner.recordedEvaluation === "failed" ? "failed" : "unknown";
  }

  #startIteration(index: number, input: unknown, cursor: number, mapItem: unknown): void {
    const { execution, variables } = this.owner;
    const id = this.#recordIteration(KINDS.MapIterationStarted, cursor, index);
    this.#siblings.start(new Branch(execution, this.#state.processor, input, id, variables, this, index, mapItem));
  }

  #selectorFailed(error: unknown): void {
    const { owner } = this;
    this.#abort(owner.cursor);
    owner.finish(this);
    owner.goOn(queryFailed(owner, error, () => false));
  }

  #finishIfDone(): void {
    const { owner } = this;
    if (owner.work !== this || this.running.size > 0 || this.#nextIndex < this.#items.length) return;
    owner.execution.emit(KINDS.MapStateSucceeded, this.#lastId, undefined, undefined, undefined);
    owner.continueFrom(this.#lastId);
    owner.finish(this);
    owner.goOn(completeState(owner, this.#results));
  }
}
