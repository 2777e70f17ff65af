import { StatesError } from "../../errors.ts";
import { type FailureDetails, KINDS } from "../../history/kinds.ts";
import type { EventRecord } from "../../history/record.ts";
import { Suspension } from "../../query/index.ts";
import type { Branch, Command } from "../branch.ts";
import { ItemScope } from "../branch-scope.ts";
import { Evaluation } from "../evaluation.ts";
import { failureDetails } from "../failure-details.ts";
import type { DistributedMap, MapState } from "../machine.ts";
import { inputOf, mapItemOf } from "../map-item.ts";
import type { EndedExecution } from "../ports.ts";
import { StepEvaluations } from "../step-evaluations.ts";
import { completeState, failState, queryFailed, tooLarge } from "../transitions.ts";
import type { TurnTaker } from "../turns.ts";
import type { Child, ChildListener } from "./child.ts";
import { type BatchPlan, type ChildInput, ChildInputs } from "./child-inputs.ts";
import { Children } from "./children.ts";
import { exceedsTolerance, type MapRunLimits } from "./limits.ts";
import type { ItemPages } from "./pages.ts";
import type { LiveMapRun } from "./registry.ts";
import { type ChildResult, endedResult, type ResultCollector } from "./results.ts";

/** The evaluated fields of a Distributed Map. */
export interface MapRunPlan {
  readonly state: MapState;
  readonly distributed: DistributedMap;
  /** The effective input of the Map state, `$` in its ItemSelector. */
  readonly input: unknown;
  /** A list, or items that are read from an object. */
  readonly items: readonly unknown[] | ItemPages;
  readonly batches: BatchPlan | undefined;
  readonly limits: MapRunLimits;
  readonly results: ResultCollector;
}

/** Child executions that run at the same time at most, where nothing less is said. */
const MOST_CONCURRENCY = 10_000;

/** Of a child, besides its events. */
const WORK_PER_START = 512;

/** A Map Run: the child executions of a Distributed Map, each with a history of its own. */
export class MapRun implements Command, ChildListener, LiveMapRun, TurnTaker {
  readonly branch: Branch;
  readonly #plan: MapRunPlan;
  /** The event that says that the run was started. */
  readonly #started: EventRecord;
  readonly #inputs: ChildInputs;
  readonly #children: Children;
  #limits: MapRunLimits;
  /** Children begun, or found to have ended. */
  #inputCount = 0;
  #failedItems = 0;
  #hasAllInputs = false;
  #isPulling = false;
  /** What the selector of the next item may do, and what it waits for. */
  #evaluations: StepEvaluations | undefined = undefined;
  #evaluation: Evaluation | undefined = undefined;
  /** All children have ended when it finishes: the results are put together. */
  #phase: "running" | "finishing" | "over" = "running";
  /** The run's own end is in the history already; the state's is not. */
  #hasEnded = false;

  constructor(branch: Branch, plan: MapRunPlan, started: EventRecord, isRedrive: boolean) {
    this.branch = branch;
    this.#plan = plan;
    this.#started = started;
    const { state, batches, limits } = plan;
    const { itemSelector } = state;
    const select = (item: unknown, index: number, source: string) => {
      if (itemSelector === undefined) return inputOf(item);
      this.#evaluations ??= new StepEvaluations(() => "unknown");
      const scope = new ItemScope(branch, plan.input, mapItemOf(item, index, source), this.#evaluations);
      const selected = itemSelector(scope);
      branch.execution.ports.turns.spend(this.#evaluations.work);
      this.#evaluations = undefined;
      return selected;
    };
    this.#inputs = new ChildInputs(plan.items, select, batches);
    const { execution } = branch;
    this.#children = new Children(execution, this.arn, plan.distributed.machine, this, isRedrive);
    this.#limits = execution.ports.mapRuns.begin(limits, () => ({
      mapRunArn: this.arn,
      executionArn: execution.arn,
      parent: execution.identity.child,
      stateName: state.name,
      childType: plan.distributed.machine.type,
      isBatched: batches !== undefined,
    }));
    branch.begin(this);
  }

  get arn(): string {
    return (this.#started.extra as { mapRunArn: string }).mapRunArn;
  }

  execute(): void {
    this.branch.execution.ports.mapRuns.add(this);
    if (this.#children.areRead) {
      this.#pull();
      return;
    }
    const { results } = this.#plan;
    const take = (result: ChildResult) => {
      results.add(result);
      return results.backlog;
    };
    this.#children.read(take).then(
      () => this.#activate(() => this.#pull()),
      (error: unknown) => this.branch.execution.crash(error),
    );
  }

  follow(record: EventRecord): boolean {
    const { branch } = this;
    if (record.kind === KINDS.MapRunFailed) {
      const failure = record.value as FailureDetails;
      this.#fail(new StatesError(failure.error ?? "", failure.cause ?? ""));
      return true;
    }
    this.#recordSuccess();
    this.#hasEnded = true;
    if (branch.recordedExit === undefined) return false;
    this.#close();
    branch.goOn(completeState(branch, undefined));
    return true;
  }

  /**
   * Stops all children; the run ends with its execution.
   *
   * @param isCrash the execution is not over, and its children are not either: nothing is written.
   */
  stop(isCrash = false): void {
    if (this.#phase === "over") return;
    this.#close();
    this.#children.stopAll(isCrash);
  }

  change(limits: Partial<MapRunLimits>): void {
    this.#limits = { ...this.#limits, ...limits };
    this.#activate(() => {
      if (this.#exceedsTolerance()) this.#fail(exceeded());
      else if (this.#children.areRead) this.#pull();
    });
  }

  stopChild(index: number, failure: FailureDetails): boolean {
    return this.#children.stop(index, failure);
  }

  #isRunning(): boolean {
    return this.#phase === "running";
  }

  #hasRoom(): boolean {
    return this.#children.count < (this.#limits.maxConcurrency || MOST_CONCURRENCY);
  }

  /** Starts children as long as there is room for them. */
  #pull(): void {
    if (this.#isPulling) return;
    this.#isPulling = true;
    const { turns } = this.branch.execution.ports;
    while (this.#isRunning() && !this.#hasAllInputs && this.#hasRoom()) {
      if (!turns.hasTime) {
        turns.wait(this, false);
        return;
      }
      turns.spend(WORK_PER_START);
      const backlog = this.#children.backlog ?? this.#plan.results.backlog;
      if (backlog !== undefined) {
        // What cannot be written ends the execution, and is told of there.
        backlog.then(
          () => this.#resume(() => undefined),
          () => undefined,
        );
        return;
      }
      let next: ChildInput | undefined;
      try {
        next = this.#inputs.take();
      } catch (error) {
        if (error instanceof Suspension) {
          this.#evaluation = new Evaluation(this.branch, error, () => {
            this.#isPulling = false;
            if (this.#isRunning()) this.#pull();
          });
          this.#evaluation.execute();
        } else {
          this.#isPulling = false;
          this.#inputFailed(error);
        }
        return;
      }
      if (next !== undefined) this.#startChild(this.#inputCount++, next);
      else if (this.#inputs.isAtEnd) this.#hasAllInputs = true;
      else {
        this.#inputs.load().then(
          () => this.#resume(() => undefined),
          (error: unknown) => this.#resume(() => this.#inputFailed(error)),
        );
        return;
      }
    }
    this.#isPulling = false;
    this.#finishIfDone();
  }

  takeTurn(): void {
    this.#resume(() => undefined);
  }

  /** Goes on after a pause. */
  #resume(step: () => void): void {
    this.#isPulling = false;
    this.#activate(() => {
      step();
      if (this.#isRunning()) this.#pull();
    });
  }

  #activate(happen: () => void): void {
    if (this.#isRunning()) this.branch.execution.activate(happen);
  }

  #startChild(index: number, input: ChildInput): void {
    const failed = this.#children.start(index, input);
    if (failed !== undefined) this.#take(input.itemCount, failed);
  }

  childEnded(child: Child, execution: EndedExecution): void {
    if (!this.#children.remove(child) || !this.#isRunning()) return;
    const { index, itemCount } = child;
    if (this.#isPulling) this.#take(itemCount, endedResult(index, execution));
    else {
      this.#activate(() => {
        this.#take(itemCount, endedResult(index, execution));
        if (!this.#isPulling) this.#pull();
      });
    }
  }

  childCrashed(error: unknown): void {
    if (this.#isRunning()) this.branch.execution.crash(error);
  }

  #take(itemCount: number, result: ChildResult): void {
    this.#plan.results.add(result);
    if (result.status === "SUCCEEDED") return;
    this.#failedItems += itemCount;
    if (this.#exceedsTolerance()) this.#fail(exceeded());
  }

  #exceedsTolerance(): boolean {
    return exceedsTolerance(this.#limits, this.#failedItems, this.#inputs.total);
  }

  #inputFailed(error: unknown): void {
    if (error instanceof StatesError && error.error === "States.ItemReaderFailed") {
      this.#fail(error);
      return;
    }
    this.stop();
    const { branch } = this;
    branch.goOn(queryFailed(branch, error, () => false));
  }

  #finishIfDone(): void {
    if (!this.#isRunning() || !this.#hasAllInputs || this.#children.count > 0) return;
    if (this.#exceedsTolerance()) {
      this.#fail(exceeded());
      return;
    }
    this.#phase = "finishing";
    const result = this.#plan.results.finish();
    if (!(result instanceof Promise)) {
      this.#succeed(result);
      return;
    }
    // It may be stopped until then.
    const settle = (step: () => void) =>
      this.branch.execution.activate(() => {
        if (this.#phase === "finishing") step();
      });
    result.then(
      (value) => settle(() => this.#succeed(value)),
      (error: unknown) => settle(() => this.#fail(error as StatesError)),
    );
  }

  #succeed(result: unknown): void {
    const { branch } = this;
    this.#close();
    if (!this.#hasEnded) this.#recordSuccess();
    const canRun =
      result === undefined ? failState(branch, tooLarge(branch.state.name)) : completeState(branch, result);
    branch.goOn(canRun);
  }

  /** The state's exit follows the start of the run, not its end. */
  #recordSuccess(): void {
    const { execution } = this.branch;
    const { id } = execution.emit(KINDS.MapRunSucceeded, this.#started.id, undefined, undefined, undefined);
    execution.emit(KINDS.MapStateSucceeded, id, undefined, undefined, undefined);
    this.branch.continueFrom(this.#started.id);
  }

  #fail(error: StatesError): void {
    if (this.#phase === "over") return;
    this.stop();
    const { branch } = this;
    branch.leaveForRedrive({ mapRunArn: this.arn });
    branch.continueFrom(this.#started.id);
    branch.record(KINDS.MapRunFailed, failureDetails(error), {});
    branch.goOn(failState(branch, error));
  }

  #close(): void {
    this.#phase = "over";
    this.#evaluation?.stop();
    this.#inputs.close();
    const { branch } = this;
    branch.execution.ports.mapRuns.remove(this);
    branch.finish(this);
  }
}

const exceeded = (): StatesError =>
  new StatesError("States.ExceedToleratedFailureThreshold", "The specified tolerated failure threshold was exceeded");
