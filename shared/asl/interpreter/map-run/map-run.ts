import { StatesError } from "../../errors.ts";
import { HistoryJournal } from "../../history/journal.ts";
import { type FailureDetails, KINDS } from "../../history/kinds.ts";
import type { EventRecord } from "../../history/record.ts";
import { type Branch, ItemScope } from "../branch.ts";
import type { Command } from "../command.ts";
import { Execution, type ExecutionIdentity, failureDetails } from "../execution.ts";
import type { DistributedMap, MapState } from "../machine.ts";
import { redrive } from "../redrive.ts";
import { Replay } from "../replay.ts";
import { completeState, failState, queryFailed, tooLarge } from "../transitions.ts";
import { childIdentities } from "./identity.ts";
import { BatchCollector, type BatchPlan } from "./inputs.ts";
import { type KnownChildren, readChildren } from "./known-children.ts";
import type { ResultCollector } from "./results.ts";

/** The evaluated fields of a Distributed Map. */
export interface MapRunPlan {
  readonly state: MapState;
  readonly distributed: DistributedMap;
  /** The effective input of the Map state, `$` in its ItemSelector. */
  readonly input: unknown;
  /** A list, or items that are read from an object. */
  readonly items: Iterable<unknown> | AsyncIterable<unknown>;
  /** Number of items, if it is known beforehand. */
  readonly itemCount: number | undefined;
  readonly maxConcurrency: number;
  readonly batches: BatchPlan | undefined;
  readonly toleratedFailures: { readonly count: number | undefined; readonly percentage: number | undefined };
  readonly results: ResultCollector;
}

/** Children that start before the rest of the process gets its turn. */
const STARTS_IN_A_ROW = 500;

/** Children whose events may wait for the same write; more of them would only fill the memory. */
const WRITES_AT_ONCE = 1_000;

type Next = IteratorResult<unknown, undefined>;

/** A Map Run: the child executions of a Distributed Map, each with a history of its own. */
export class MapRun implements Command {
  readonly branch: Branch;
  readonly #plan: MapRunPlan;
  /** The event that says that the run was started. */
  readonly #started: EventRecord;
  readonly #inputs: Iterator<unknown, undefined> | AsyncIterator<unknown, undefined>;
  readonly #journal: HistoryJournal | undefined;
  readonly #isRedrive: boolean;
  readonly #identityOf: (index: number) => ExecutionIdentity;
  #known: KnownChildren | undefined;
  readonly #running = new Map<number, Execution>();
  #nextIndex = 0;
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
    this.#inputs = inputsOf(branch, plan);
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

  /** Stops all children; the run ends with its execution. */
  stop(): void {
    if (this.#isOver) return;
    this.#close();
    for (const child of this.#running.values()) child.stimulate(() => child.interrupt("ABORTED", {}));
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
      let next: Next | Promise<Next>;
      try {
        next = this.#inputs.next();
      } catch (error) {
        this.#isPulling = false;
        this.#inputFailed(error);
        return;
      }
      if (next instanceof Promise) {
        next.then(
          (result) => this.#resume(() => this.#take(result)),
          (error: unknown) => this.#resume(() => this.#inputFailed(error)),
        );
        return;
      }
      this.#take(next);
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

  #take(next: Next): void {
    if (next.done === true) {
      this.#hasAllInputs = true;
      return;
    }
    const index = this.#nextIndex++;
    this.#inputCount += 1;
    this.#startChild(index, next.value);
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
      crashed: (error: unknown) => execution.crash(error),
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
    const total = this.#hasAllInputs || this.#plan.batches !== undefined ? undefined : this.#plan.itemCount;
    const of = this.#hasAllInputs ? this.#inputCount : total;
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

function inputsOf(branch: Branch, plan: MapRunPlan): Iterator<unknown, undefined> | AsyncIterator<unknown, undefined> {
  return Symbol.iterator in plan.items ? syncInputs(branch, plan, plan.items) : asyncInputs(branch, plan, plan.items);
}

function* syncInputs(branch: Branch, plan: MapRunPlan, items: Iterable<unknown>): Generator<unknown, undefined> {
  const batch = plan.batches === undefined ? undefined : new BatchCollector(plan.batches);
  let index = 0;
  for (const item of items) {
    const selected = select(branch, plan, item, index++);
    if (batch === undefined) yield selected;
    else {
      const full = batch.add(selected);
      if (full !== undefined) yield full;
    }
  }
  const rest = batch?.rest();
  if (rest !== undefined) yield rest;
  return undefined;
}

async function* asyncInputs(
  branch: Branch,
  plan: MapRunPlan,
  items: AsyncIterable<unknown>,
): AsyncGenerator<unknown, undefined> {
  const batch = plan.batches === undefined ? undefined : new BatchCollector(plan.batches);
  let index = 0;
  for await (const item of items) {
    const selected = select(branch, plan, item, index++);
    if (batch === undefined) yield selected;
    else {
      const full = batch.add(selected);
      if (full !== undefined) yield full;
    }
  }
  const rest = batch?.rest();
  if (rest !== undefined) yield rest;
  return undefined;
}

function select(branch: Branch, { state, input }: MapRunPlan, item: unknown, index: number): unknown {
  if (state.itemSelector === undefined) return item;
  return state.itemSelector(new ItemScope(branch, input, { Index: index, Value: item }));
}
