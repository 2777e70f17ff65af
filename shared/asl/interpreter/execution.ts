import { StatesError } from "../errors.ts";
import type { HistoryEvent } from "../history/event.ts";
import { type EventKind, type FailureDetails, KINDS } from "../history/kinds.ts";
import type { HistoryLog } from "../history/log.ts";
import type { EventRecord } from "../history/record.ts";
import type { Entropy } from "../query/index.ts";
import { Branch, type BranchHost, type ChildExecution, type ChildStart, type Command } from "./branch.ts";
import { type ExecutionContext, executionContextOf } from "./context.ts";
import { Crowd } from "./crowd.ts";
import type { ExecutionIdentity } from "./execution-identity.ts";
import { failureDetails } from "./failure-details.ts";
import { HISTORY_IS_FULL, Ledger } from "./ledger.ts";
import type { StateMachine } from "./machine.ts";
import type { EndedExecution, ExecutionListener, Ports, TaskOwner } from "./ports.ts";
import { Replay, type ReplayedExecution } from "./replay.ts";
import type { EndStatus, ExecutionStatus } from "./result.ts";
import { runBranch } from "./run-branch.ts";
import { type LoopedExecution, RunLoop } from "./run-loop.ts";
import { type PendingTask, PendingTasks } from "./tasks/pending-task.ts";

/** Timeouts this close to each other count as one moment. */
const SAME_MOMENT_MS = 20;

/** Longest life of an Express execution. */
const EXPRESS_LIMIT_SECONDS = 300;

/**
 * One execution in progress: its history, its branches and what they wait for. It turns what happened (a task ended, a
 * timer fired) into events and commands; every command runs only after the events before it are durable.
 */
export class Execution
  implements BranchHost, ChildExecution, EndedExecution, LoopedExecution, ReplayedExecution, TaskOwner
{
  readonly ports: Ports;
  readonly identity: ExecutionIdentity;
  readonly log: HistoryLog | undefined;
  readonly #machine: StateMachine;
  readonly #listener: ExecutionListener;
  readonly #ledger: Ledger;
  readonly #loop: RunLoop;
  readonly #started: EventRecord;
  readonly root: Branch;
  /** Most executions have one branch and no variables. */
  #crowd: Crowd | undefined = undefined;
  /** A process before this one may have handed out tokens. */
  readonly #isResumed: boolean;
  /** Set once the last event is written. */
  #status: ExecutionStatus = "RUNNING";
  #output: unknown = undefined;
  #failure: FailureDetails = {};
  /** How often it was redriven, and when last. */
  #redriveCount = 0;
  #redrivenAt: number | undefined = undefined;
  #replay: Replay | undefined;
  #context: ExecutionContext | undefined = undefined;
  /** Most executions never have any. */
  #tasks: PendingTasks | undefined = undefined;
  #hasReported = false;
  #isRegistered = false;
  #cancelDeadline: (() => void) | undefined = undefined;

  /** It runs once it is started. */
  constructor(ports: Ports, { machine, input, identity, listener, log, records, keepsEvents }: ChildStart) {
    this.ports = ports;
    this.identity = identity;
    this.log = log;
    this.#machine = machine;
    this.#listener = listener;
    this.#replay = records && new Replay(records);
    this.#isResumed = records !== undefined;
    const maxEvents = machine.type === "STANDARD" ? ports.maxEvents : Number.POSITIVE_INFINITY;
    this.#ledger = new Ledger(ports, log, maxEvents, records ?? NO_RECORDS, keepsEvents);
    this.#loop = new RunLoop(this, this.#ledger, ports.turns);
    this.#started = this.emit(KINDS.ExecutionStarted, 0, undefined, input, { roleArn: identity.roleArn });
    this.root = new Branch(this, machine.workflow, this.#started.value, 0, NO_VARIABLES, undefined, 0, undefined);
    this.#loop.enqueue(this.root);
  }

  get status(): ExecutionStatus {
    return this.#status;
  }

  get output(): unknown {
    return this.#output;
  }

  get failure(): FailureDetails {
    return this.#failure;
  }

  get redriveCount(): number {
    return this.#redriveCount;
  }

  get replay(): Replay | undefined {
    return this.#replay;
  }

  get arn(): string {
    return this.identity.arn;
  }

  get entropy(): Entropy {
    return this.ports.entropy;
  }

  get isOver(): boolean {
    return this.#status !== "RUNNING";
  }

  get isReplaying(): boolean {
    return this.#replay !== undefined;
  }

  get events(): readonly HistoryEvent[] {
    return this.#ledger.events;
  }

  /** Milliseconds since the epoch. */
  get startedAt(): number {
    return this.#started.time;
  }

  get context(): ExecutionContext {
    this.#context ??= executionContextOf({
      identity: this.identity,
      started: this.#started,
      redriveCount: this.#redriveCount,
      redrivenAt: this.#redrivenAt,
    });
    return this.#context;
  }

  get input(): unknown {
    return this.#started.value;
  }

  get lastEventTime(): number {
    return this.#replay?.lastTime ?? this.#ledger.lastTime;
  }

  worked(work: number): void {
    this.ports.turns.spend(work);
  }

  get crowd(): Crowd {
    this.#crowd ??= new Crowd();
    return this.#crowd;
  }

  get isBusy(): boolean {
    return this.#loop.isBusy;
  }

  get hasSpent(): boolean {
    return this.#loop.hasSpent;
  }

  emit(
    kind: EventKind,
    previousEventId: number,
    name: string | undefined,
    value: unknown,
    extra: unknown,
  ): EventRecord {
    return (
      this.#replay?.take(kind, previousEventId, name, extra) ??
      this.#ledger.append(kind, previousEventId, name, value, extra)
    );
  }

  durable(): Promise<void> {
    return this.#ledger.durable();
  }

  awaitOutcome(task: PendingTask): void {
    this.#tasks ??= new PendingTasks();
    this.#tasks.add(task);
    if (this.#isResumed || task.isAnsweredByToken) this.register();
  }

  forget(task: PendingTask): void {
    this.#tasks?.remove(task);
  }

  pendingTask(enteredId: number): PendingTask | undefined {
    return this.#tasks?.find(enteredId);
  }

  register(): void {
    if (this.#isRegistered || this.isOver) return;
    this.#isRegistered = true;
    this.ports.register(this);
  }

  child(start: ChildStart): ChildExecution {
    return new Execution(this.ports, start);
  }

  enqueue(branch: Branch): void {
    this.#loop.enqueue(branch);
  }

  command(command: Command): void {
    if (this.#replay !== undefined) this.#replay.await(command);
    else this.#loop.command(command);
  }

  activate(happen: () => void): void {
    if (this.isOver) return;
    this.#ledger.tick();
    this.guard(happen);
    this.pump();
  }

  /** Goes on until there is something to wait for. */
  pump(): void {
    this.#loop.pump();
  }

  /** Takes it to where its history ends. @throws HistoryError if the history is not one of this definition */
  followHistory(): void {
    this.#replay?.follow(this);
  }

  /** Starts to run, or goes on by itself where its history ends. */
  goLive(): void {
    const replay = this.#replay;
    this.#replay = undefined;
    for (const branch of replay?.passedBy ?? NO_BRANCHES) this.enqueue(branch);
    for (const command of replay?.unanswered ?? NO_COMMANDS) this.command(command);
    this.pump();
    this.#setDeadline();
  }

  /** Opens it again, which has ended, from the states that failed; see {@link redrive}. */
  redriveLive(): void {
    this.#replay = undefined;
    this.redrive();
    this.goLive();
  }

  start(isRedrive: boolean): void {
    this.followHistory();
    if (isRedrive && this.isOver) this.redriveLive();
    else this.goLive();
  }

  /**
   * Tasks that were scheduled together time out together: whatever is due within a moment does, and all of that is
   * written before the first failure stops the others.
   */
  timeOutTasks(): void {
    this.activate(() => this.#tasks?.timeOut(this.ports.clock.now() + SAME_MOMENT_MS));
  }

  succeed(output: unknown, cursor: number): void {
    this.#output = this.emit(KINDS.ExecutionSucceeded, cursor, undefined, output, undefined).value;
    this.#end("SUCCEEDED");
  }

  fail(error: StatesError, cursor: number): void {
    this.#failWith(KINDS.ExecutionFailed, failureDetails(error), cursor);
    this.#end("FAILED");
  }

  /** Ends the execution from outside: a stop or its own timeout. Its tasks are aborted. */
  interrupt(status: "ABORTED" | "TIMED_OUT", failure: FailureDetails): void {
    this.#failWith(status === "ABORTED" ? KINDS.ExecutionAborted : KINDS.ExecutionTimedOut, failure, 0);
    this.#end(status);
  }

  stop(failure: FailureDetails): void {
    this.activate(() => this.interrupt("ABORTED", failure));
  }

  /**
   * Opens an execution again that did not succeed: every state that failed or was aborted is run again with the input
   * it had, without being entered again and with all its retries; what succeeded stays as it is.
   *
   * https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
   */
  redrive(): void {
    this.#redriveCount += 1;
    const details = { redriveCount: this.#redriveCount };
    const { id, time } = this.emit(KINDS.ExecutionRedriven, 0, undefined, undefined, details);
    this.#redrivenAt = time;
    this.#context = undefined;
    this.#status = "RUNNING";
    this.#failure = {};
    this.#hasReported = false;
    this.#crowd?.redriven();
    this.root.redrive(id);
  }

  crash(error: unknown): void {
    if (this.#hasReported) return;
    this.#hasReported = true;
    this.#status = "CRASHED";
    this.#loop.abandon();
    this.#ledger.giveUp(error);
    this.#release(true);
    this.#unregister();
    this.#listener.crashed(error);
  }

  /** Also while it waits for its turn its time may be over. */
  pauses(): void {
    this.#setDeadline();
  }

  #failWith(kind: EventKind, failure: FailureDetails, cursor: number): void {
    this.#failure = this.emit(kind, cursor, undefined, failure, undefined).value as FailureDetails;
  }

  #end(status: EndStatus): void {
    this.#status = status;
    this.#loop.clear();
    this.#release(false);
  }

  #release(isCrash: boolean): void {
    this.#cancelDeadline?.();
    this.#cancelDeadline = undefined;
    this.root.stop(isCrash);
  }

  report(): void {
    if (this.#hasReported) return;
    this.#hasReported = true;
    this.#unregister();
    this.#listener.ended(this);
  }

  #unregister(): void {
    if (this.#isRegistered) this.ports.unregister(this);
    this.#isRegistered = false;
  }

  #setDeadline(): void {
    const own = this.#machine.timeoutSeconds ?? Number.POSITIVE_INFINITY;
    const seconds = this.#machine.type === "EXPRESS" ? Math.min(own, EXPRESS_LIMIT_SECONDS) : own;
    if (seconds === Number.POSITIVE_INFINITY || this.isOver || this.#cancelDeadline !== undefined) return;
    const from = this.#redrivenAt ?? this.startedAt;
    this.#cancelDeadline = this.ports.clock.setTimer(from + seconds * 1000, () =>
      this.activate(() => this.interrupt("TIMED_OUT", {})),
    );
  }

  run(branch: Branch): void {
    try {
      if (runBranch(branch)) this.enqueue(branch);
    } catch (error) {
      this.#caught(error);
    }
  }

  guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#caught(error);
    }
  }

  /** A limit of the whole execution ends it as AWS ends it; anything else is a fault of this interpreter. */
  #caught(error: unknown): void {
    if (error === HISTORY_IS_FULL) {
      const cause = `The execution reached the maximum number of history events (${this.ports.maxEvents}).`;
      this.fail(new StatesError("States.Runtime", cause), this.#ledger.count);
    } else if (error instanceof StatesError) this.fail(error, this.#ledger.count);
    else this.crash(error);
  }
}

const NO_RECORDS: readonly EventRecord[] = [];
const NO_BRANCHES: readonly Branch[] = [];
const NO_COMMANDS: readonly Command[] = [];
const NO_VARIABLES = Object.freeze({});
