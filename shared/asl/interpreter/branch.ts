import type { StatesError } from "../errors.ts";
import { type EventKind, type FailureDetails, KINDS } from "../history/kinds.ts";
import type { HistoryLog } from "../history/log.ts";
import { EventRecord, Moment } from "../history/record.ts";
import type { Entropy } from "../query/index.ts";
import { BranchScope, type Variables } from "./branch-scope.ts";
import type { ExecutionContext } from "./context.ts";
import type { Crowd } from "./crowd.ts";
import type { ExecutionIdentity } from "./execution-identity.ts";
import type { CompiledState, CompiledWorkflow, StateMachine } from "./machine.ts";
import type { ExecutionListener, Ports } from "./ports.ts";
import { RetryCounts } from "./retry.ts";
import type { RecordedEvaluation } from "./step-evaluations.ts";
import type { PendingTask } from "./tasks/pending-task.ts";
import type { UnorderedSet } from "./unordered-set.ts";

/**
 * One thread of control: the execution itself, a branch of a Parallel state or an iteration of a Map. It stands in one
 * state at a time. Values it refers to are shared and never changed.
 */
export class Branch {
  readonly execution: BranchHost;
  /** The state this branch is part of; undefined for the execution itself. */
  readonly parent: Fork | undefined;
  /** Position among its siblings. */
  readonly index: number;
  /** What `$$.Map.Item` says in this branch. */
  readonly mapItem: unknown;
  readonly scope: BranchScope;
  /** The run loop's own: the branch behind it among those that are ready to run. */
  nextReady: Branch | undefined = undefined;
  /** Its siblings' own. */
  position = -1;

  #state: CompiledState;
  #input: unknown;
  #variables: Variables;
  #cursor: number;
  #entered: EventRecord = NOT_ENTERED;
  #isDone = false;
  #retries: RetryCounts | undefined = undefined;
  #work: BranchWork | undefined = undefined;
  #failedTry: FailedTry | undefined = undefined;

  constructor(
    execution: BranchHost,
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
    this.#state = workflow.startAt;
    this.#input = input;
    this.#variables = variables;
    this.#cursor = cursor;
    this.scope = new BranchScope(this);
  }

  get state(): CompiledState {
    return this.#state;
  }

  /** The raw input of the state. */
  get input(): unknown {
    return this.#input;
  }

  get variables(): Variables {
    return this.#variables;
  }

  /** `previousEventId` of the next event. */
  get cursor(): number {
    return this.#cursor;
  }

  /** The event that entered the state. */
  get entered(): EventRecord {
    return this.#entered;
  }

  /** The entered event is written; what is left is the work of the state. */
  get isEntered(): boolean {
    return this.#entered !== NOT_ENTERED;
  }

  /** Nothing more happens here: it has ended, failed or was aborted. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Attempts of the current state before this one. */
  get retryCount(): number {
    return this.#retries?.attempts ?? 0;
  }

  get retries(): RetryCounts {
    this.#retries ??= new RetryCounts();
    return this.#retries;
  }

  /** What it waits for. */
  get work(): BranchWork | undefined {
    return this.#work;
  }

  /** The branches that are under way, in a Map or Parallel state. */
  get fork(): Fork | undefined {
    return this.#work?.isFork === true ? this.#work : undefined;
  }

  /** The Map Run of the last try, if it failed: a redrive goes on with it. */
  get failedMapRunArn(): string | undefined {
    return this.#failedTry?.mapRunArn;
  }

  /** The event by which it left its state, where the history that is followed has it. */
  get recordedExit(): EventRecord | undefined {
    return this.execution.replay?.find(this.#state.exited, this.#cursor, this.#state.name);
  }

  /** What the history that is followed tells of the evaluation of a field of its state. */
  get recordedEvaluation(): RecordedEvaluation {
    return this.execution.replay?.evaluated(this) ?? "unknown";
  }

  /** Writes the next event of this branch. */
  record(kind: EventKind, value: unknown, extra: unknown, name?: string): EventRecord {
    const record = this.execution.emit(kind, this.#cursor, name, value, extra);
    this.#cursor = record.id;
    return record;
  }

  /** Lets its next event follow another one. */
  continueFrom(eventId: number): void {
    this.#cursor = eventId;
  }

  /** Writes that its state is entered. */
  enter(): void {
    const record = this.record(this.#state.entered, this.#input, undefined, this.#state.name);
    this.#entered = record;
    this.#input = record.value;
    this.#retries = undefined;
    this.#failedTry = undefined;
  }

  /**
   * Writes that its state is left, for the next one or, where there is none, to end the branch.
   *
   * @returns the output as the history has it
   */
  leave(output: unknown, assigned: Variables | undefined, next: CompiledState | undefined): unknown {
    const { value, extra } = this.record(this.#state.exited, output, assigned, this.#state.name);
    if (extra !== undefined) this.#variables = { ...this.#variables, ...(extra as Variables) };
    this.scope.leave();
    this.#entered = NOT_ENTERED;
    if (next === undefined) this.#isDone = true;
    else {
      this.#state = next;
      this.#input = value;
    }
    return value;
  }

  /** Nothing more is to happen here. */
  end(): void {
    this.#isDone = true;
  }

  /** It waits for this from now on. */
  begin(work: BranchWork): void {
    this.#work = work;
  }

  /** It does not wait for this any more. */
  finish(work: BranchWork): void {
    if (this.#work === work) this.#work = undefined;
  }

  /** The work of its state failed, and leaves this for a redrive to take up. */
  leaveForRedrive(failedTry: FailedTry): void {
    this.#failedTry = failedTry;
  }

  /** Takes up what a failed try left, once only. @returns its Map Run, if it had one */
  takeFailedMapRun(): string | undefined {
    const arn = this.failedMapRunArn;
    this.#failedTry = undefined;
    return arn;
  }

  /** Lets it run on, if what was done to it says that it can. */
  goOn(canRun: boolean): void {
    if (canRun) this.execution.enqueue(this);
  }

  /** Runs its state once more, from the start of its work. */
  tryAgain(): void {
    this.retries.attempts += 1;
    this.#failedTry = undefined;
    this.scope.leave();
    this.execution.enqueue(this);
  }

  /**
   * Stops the tasks, timers and child executions of this branch and of all branches below it.
   *
   * @param isCrash leaves no trace of it in the histories of child executions: they can be taken up again.
   */
  stop(isCrash = false): void {
    this.#work?.stop(isCrash);
  }

  /**
   * Runs its state again for a redrive, with all its retries and without entering it; the branches of a Map or Parallel
   * state go on where they stopped.
   */
  redrive(cursor: number): void {
    this.#isDone = false;
    this.#cursor = cursor;
    this.#retries = undefined;
    this.scope.leave();
    const fork = this.fork ?? this.#failedTry?.fork;
    if (fork === undefined) this.execution.enqueue(this);
    else {
      this.#failedTry = undefined;
      this.#work = fork;
      fork.redrive(cursor);
    }
  }
}

/** The entry of a branch that stands between two states. */
const NOT_ENTERED = new EventRecord(0, 0, KINDS.PassStateEntered, new Moment(0), undefined, undefined, undefined);

/** What a branch waits for: a task, a timer, branches of its own or the child executions of a Map Run. */
export type BranchWork = Fork | OutsideWork;

interface OutsideWork {
  readonly isFork?: false;
  /** Stops it, and finishes it for its branch. */
  stop(isCrash: boolean): void;
}

/** The branches of a Map or Parallel state while it runs. */
export interface Fork {
  readonly isFork: true;
  readonly owner: Branch;
  /** Started and not yet ended. */
  readonly running: UnorderedSet<Branch>;
  childSucceeded(child: Branch, output: unknown): void;
  /** Writes what the history says of a child that failed, and of siblings that are stopped for it. */
  recordChildFailure(child: Branch): void;
  /** Stops all that run. They stay where they are, for a redrive. */
  stop(isCrash: boolean): void;
  /** Takes up again the children that did not succeed, and the items that were not started. */
  redrive(cursor: number): void;
}

/** What a redrive takes up again of a state whose last try failed: its branches, or its Map Run. */
export interface FailedTry {
  readonly fork?: Fork;
  readonly mapRunArn?: string;
}

/** Something to be done outside, once the events that call for it are durable. */
export interface Command {
  readonly branch: Branch;
  /** Does it. */
  execute(): void;
  /**
   * Takes what came of it from the history instead. `record` is the event that followed.
   *
   * @returns false if that event does not tell enough, so that the command is executed after all.
   */
  follow(record: EventRecord): boolean;
}

/** The execution of a branch, as the branch and its work see it. */
export interface BranchHost {
  readonly ports: Ports;
  readonly identity: ExecutionIdentity;
  readonly arn: string;
  readonly entropy: Entropy;
  readonly log: HistoryLog | undefined;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly redriveCount: number;
  /** The part of the context object that is the same in all states. */
  readonly context: ExecutionContext;
  /** The history being followed, while the execution is taken up again. */
  readonly replay: RecordedEvents | undefined;

  /** Writes an event; in a replay, finds the one that was written. Take values from the record returned. */
  emit(kind: EventKind, previousEventId: number, name: string | undefined, value: unknown, extra: unknown): EventRecord;
  readonly crowd: Crowd;
  /** The branch that is the execution itself. */
  readonly root: Branch;
  /** Counts work that is not done for an event. */
  worked(work: number): void;
  /** When the last event happened, in milliseconds since the epoch. */
  readonly lastEventTime: number;
  /** Lets a branch run on, after those that are ready already. */
  enqueue(branch: Branch): void;
  /** Has a command executed once the events written so far are durable. */
  command(command: Command): void;
  /** Takes in something that happened outside, and everything that follows from it. */
  activate(happen: () => void): void;
  /** Whether other executions have to get their turn before this one runs on. */
  readonly hasSpent: boolean;

  /** Keeps a task that waits for its outcome, and makes it known if its token may be known to somebody. */
  awaitOutcome(task: PendingTask): void;
  forget(task: PendingTask): void;
  /** Makes the execution known, so that the tokens of its tasks find it. Its name, which that takes, is costly. */
  register(): void;
  /** Times out every task whose time is up. */
  timeOutTasks(): void;

  /** A child execution for a Map Run, with the events there are of it already. It runs when it is started. */
  child(start: ChildStart): ChildExecution;

  /** Ends the execution with an output. */
  succeed(output: unknown, cursor: number): void;
  /** Ends the execution with an error. */
  fail(error: StatesError, cursor: number): void;
  /** Gives up in this process: the history could not be kept. What was written of it stays. */
  crash(error: unknown): void;
}

/** A recorded history, where a branch looks up how something went. */
export interface RecordedEvents {
  /** An event of this kind that follows another and has not happened in this process yet. */
  find(kind: EventKind, previousEventId: number, name?: string, index?: unknown): EventRecord | undefined;
  /**
   * Whether nothing of what a branch does next is recorded. It goes on when the rest of the history has happened, too: that
   * may end it.
   */
  isPassedBy(branch: Branch): boolean;
  /** Whether what an evaluation of a field of the branch's state came to is recorded, and how that went. */
  evaluated(branch: Branch): RecordedEvaluation;
  /** The name of the state that was entered after an event. */
  stateEnteredAfter(eventId: number): string | undefined;
}

export interface ChildStart {
  readonly machine: StateMachine;
  readonly input: unknown;
  readonly identity: ExecutionIdentity;
  readonly listener: ExecutionListener;
  readonly log: HistoryLog | undefined;
  /** What its history holds; undefined for a new one. */
  readonly records: readonly EventRecord[] | undefined;
  /** Whether its events stay in memory once the log has them, or where there is none. */
  readonly keepsEvents: boolean;
}

export interface ChildExecution {
  /** Runs it, from where its history ends. @param isRedrive from the states that failed, if it has ended already */
  start(isRedrive: boolean): void;
  /** Ends it as StopExecution does. */
  stop(failure: FailureDetails): void;
  crash(error: unknown): void;
}
