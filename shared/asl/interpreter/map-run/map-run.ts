import { StatesError } from "../../errors.ts";
import { HistoryJournal } from "../../history/journal.ts";
import { type FailureDetails, KINDS } from "../../history/kinds.ts";
import type { EventRecord } from "../../history/record.ts";
import { type Branch, ItemScope } from "../branch.ts";
import type { Command } from "../command.ts";
import { Execution, failureDetails } from "../execution.ts";
import type { DistributedMap, MapState } from "../machine.ts";
import type { ExecutionIdentity } from "../ports.ts";
import { redrive } from "../redrive.ts";
import { Replay } from "../replay.ts";
import { completeState, failState, queryFailed, tooLarge } from "../transitions.ts";
import { childIdentities } from "./identity.ts";
import { type BatchPlan, Inputs } from "./inputs.ts";
import { type KnownChildren, readChildren } from "./known-children.ts";
import type { Pages } from "./pages.ts";
import type { ResultCollector } from "./results.ts";

/** The evaluated fields of a Distributed Map. */
export interface MapRunPlan {
  readonly state: MapState;
  readonly distributed: DistributedMap;
  /** The effective input of the Map state, `$` in its ItemSelector. */
  readonly input: unknown;
  /** A list, or items that are read from an object. */
  readonly items: readonly unknown[] | Pages;
  readonly maxConcurrency: number;
  readonly batches: BatchPlan | undefined;
  readonly toleratedFailures: { readonly count: number | undefined; readonly percentage: number | undefined };
  readonly results: ResultCollector;
}

/** Children that start before the rest of the process gets its turn. */
const STARTS_IN_A_ROW = 500;

/** Children whose events may wait for the same write; more of them would only fill the memory. */
const WRITES_AT_ONCE = 1_000;

/** A Map Run: the child executions of a Distributed Map, each with a history of its own. */
export class MapRun implements Command {
  readonly branch: Branch;
  readonly #plan: MapRunPlan;
  /** The event that says that the run was started. */
  readonly #started: EventRecord;
  readonly #inputs: Inputs;
  readonly #journal: HistoryJournal | undefined;
  readonly #isRedrive: boolean;
  readonly #identityOf: (index: number) => ExecutionIdentity;
  #known: KnownChildren | undefined;
  readonly #running = new Map<number, Execution>();
  /** Children begun, or found to have ended. */
  #inputCount = 0;
  #failures = 0;
  #hasAllInputs = false;
  #isPulling = false;
  #isOver = false;
  /** The run's own end is in the history already; the state's is not. */
  #hasEnded = false;

  constructor(branch: Branch, plan: MapRunPlan, started: EventRecord, isRedrive: boolean) {
    this.branch = branch;
    this.#plan = plan;
    this.#started = started;
    this.#isRedrive = isRedrive;
    const { itemSelector } = plan.state;
    const select = (item: unknown, index: number) =>
      itemSelector === undefined
        ? item
        : itemSelector(new ItemScope(branch, plan.input, { Index: index, Value: item }));
    this.#inputs = new Inputs(plan.items, select, plan.batches);
    const log = branch.execution.log?.open?.(this.arn);
    this.#journal = log === undefined ? undefined : new HistoryJournal(log);
    this.#identityOf = childIdentities(branch.execution, this.arn);
    branch.mapRun = this;
  }

  get arn(): string {
    return (this.#started.extra as { mapRunArn: string }).mapRunArn;
  }

  execute(): void {
    if (this.#journal === undefined) {
      this.#pull();
      return;
    }
    const tell = (index: number, started: EventRecord, ended: EventRecord) =>
      this.#add(index, this.#identityOf(index), started, ended);
    readChildren(this.#journal, tell).then(
      (known) => {
        this.#known = known;
        this.#stimulate(() => this.#pull());
      },
      (error: unknown) => this.branch.execution.crash(error),
    );
  }

  follow(record: EventRecord): boolean {
    const { branch } = this;
    const { execution } = branch;
    if (record.kind === KINDS.MapRunFailed) {
      const failure = record.value as FailureDetails;
      this.#fail(new StatesError(failure.error ?? "", failure.cause ?? ""));
      return true;
    }
    this.#recordSuccess();
    this.#hasEnded = true;
    if (execution.replay?.find(branch.state.exited, branch.cursor, branch.state.name) === undefined) return false;
    this.#close();
    if (completeState(branch, undefined)) execution.enqueue(branch);
    return true;
  }

  /**
   * Stops all children; the run ends with its execution.
   *
   * @param isCrash the execution is not over, and its children are not either: nothing is written.
   */
  stop(isCrash = false): void {
    if (this.#isOver) return;
    this.#close();
    for (const child of this.#running.values()) {
      if (isCrash) child.crash(undefined);
      else child.stimulate(() => child.interrupt("ABORTED", {}));
    }
    this.#running.clear();
  }

  /** Starts children as long as there is room for them. */
  #pull(): void {
    if (this.#isPulling) return;
    this.#isPulling = true;
    let starts = 0;
    while (!this.#isOver && !this.#hasAllInputs && this.#running.size < this.#plan.maxConcurrency) {
      if (starts++ >= STARTS_IN_A_ROW) {
        setImmediate(() => this.#resume(() => undefined));
        return;
      }
      if (this.#journal !== undefined && this.#journal.waitingCount >= WRITES_AT_ONCE) break;
      let next: { readonly input: unknown } | undefined;
      try {
        next = this.#inputs.take();
      } catch (error) {
        this.#isPulling = false;
        this.#inputFailed(error);
        return;
      }
      if (next !== undefined) this.#startChild(this.#inputCount++, next.input);
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

  /** Goes on after a pause. */
  #resume(step: () => void): void {
    this.#isPulling = false;
    this.#stimulate(() => {
      step();
      if (!this.#isOver) this.#pull();
    });
  }

  #stimulate(happen: () => void): void {
    if (!this.#isOver) this.branch.execution.stimulate(happen);
  }

  #startChild(index: number, input: unknown): void {
    if (this.#known?.succeeded.has(index) === true) return;
    const { execution } = this.branch;
    const { machine } = this.#plan.distributed;
    const failed = this.#known?.failed.get(index);
    if (failed !== undefined && !this.#isRedrive) {
      this.#add(index, this.#identityOf(index), failed[0]!, failed.at(-1)!);
      return;
    }
    const known = failed ?? this.#known?.unfinished.get(index);
    const replay = known === undefined ? undefined : new Replay(known);
    const log = this.#journal?.of(index);
    const listener = {
      ended: (child: Execution) => this.#childEnded(index, child),
      crashed: (error: unknown) => {
        if (!this.#isOver) execution.crash(error);
      },
    };
    const identity = this.#identityOf(index);
    const child = new Execution(machine, input, identity, execution.ports, listener, log, replay);
    this.#running.set(index, child);
    replay?.follow(child);
    if (child.isOver && this.#isRedrive) {
      child.replay = undefined;
      redrive(child);
    }
    child.goLive(child.replay?.unanswered ?? []);
  }

  #childEnded(index: number, child: Execution): void {
    if (!this.#running.delete(index) || this.#isOver) return;
    const settle = () => {
      this.#add(index, child.identity, child.started, child.records.at(-1)!, child.redriveCount);
      if (!this.#isPulling) this.#pull();
    };
    if (this.#isPulling) settle();
    else this.#stimulate(settle);
  }

  #add(index: number, identity: ExecutionIdentity, started: EventRecord, ended: EventRecord, redriveCount = 0): void {
    const status = STATUS_OF[ended.kind.type] ?? "FAILED";
    const isSuccess = status === "SUCCEEDED";
    this.#plan.results.add({
      index,
      identity,
      status,
      input: started.value,
      output: isSuccess ? ended.value : undefined,
      failure: isSuccess ? {} : (ended.value as FailureDetails),
      startedAt: started.time,
      stoppedAt: ended.time,
      redriveCount,
    });
    if (isSuccess) return;
    this.#failures += 1;
    if (this.#exceedsTolerance()) this.#fail(exceeded());
  }

  /** https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html (tolerated failure threshold) */
  #exceedsTolerance(): boolean {
    const { count, percentage } = this.#plan.toleratedFailures;
    if (this.#failures === 0) return false;
    if (count === undefined && percentage === undefined) return true;
    if (count !== undefined && this.#failures > count) return true;
    const { items, batches } = this.#plan;
    const isCounted = Array.isArray(items) && batches === undefined;
    const of = this.#hasAllInputs ? this.#inputCount : isCounted ? items.length : undefined;
    return percentage !== undefined && of !== undefined && (100 * this.#failures) / of > percentage;
  }

  #inputFailed(error: unknown): void {
    if (error instanceof StatesError && error.error === "States.ItemReaderFailed") {
      this.#fail(error);
      return;
    }
    this.stop();
    const { branch } = this;
    if (queryFailed(branch, error)) branch.execution.enqueue(branch);
  }

  #finishIfDone(): void {
    if (this.#isOver || !this.#hasAllInputs || this.#running.size > 0) return;
    if (this.#exceedsTolerance()) {
      this.#fail(exceeded());
      return;
    }
    this.#isOver = true;
    let result: unknown;
    try {
      result = this.#plan.results.finish();
    } catch (error) {
      this.#isOver = false;
      this.#fail(error as StatesError);
      return;
    }
    if (!(result instanceof Promise)) {
      this.#succeed(result);
      return;
    }
    result.then(
      (value) => this.branch.execution.stimulate(() => this.#succeed(value)),
      (error: unknown) =>
        this.branch.execution.stimulate(() => {
          this.#isOver = false;
          this.#fail(error as StatesError);
        }),
    );
  }

  #succeed(result: unknown): void {
    const { branch } = this;
    this.#close();
    if (!this.#hasEnded) this.#recordSuccess();
    const canRun =
      result === undefined ? failState(branch, tooLarge(branch.state.name)) : completeState(branch, result);
    if (canRun) branch.execution.enqueue(branch);
  }

  /** The state's exit follows the start of the run, not its end. */
  #recordSuccess(): void {
    const { execution } = this.branch;
    const { id } = execution.emit(KINDS.MapRunSucceeded, this.#started.id, undefined, undefined, undefined);
    execution.emit(KINDS.MapStateSucceeded, id, undefined, undefined, undefined);
    this.branch.cursor = this.#started.id;
  }

  #fail(error: StatesError): void {
    if (this.#isOver) return;
    this.stop();
    const { branch } = this;
    branch.failedMapRunArn = this.arn;
    const details = failureDetails(error);
    branch.cursor = branch.execution.emit(KINDS.MapRunFailed, this.#started.id, undefined, details, {}).id;
    if (failState(branch, error)) branch.execution.enqueue(branch);
  }

  #close(): void {
    this.#isOver = true;
    this.#inputs.close();
    if (this.branch.mapRun === this) this.branch.mapRun = undefined;
  }
}

const STATUS_OF: Readonly<Record<string, "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED">> = {
  ExecutionSucceeded: "SUCCEEDED",
  ExecutionFailed: "FAILED",
  ExecutionTimedOut: "TIMED_OUT",
  ExecutionAborted: "ABORTED",
};

const exceeded = (): StatesError =>
  new StatesError("States.ExceedToleratedFailureThreshold", "The specified tolerated failure threshold was exceeded");
