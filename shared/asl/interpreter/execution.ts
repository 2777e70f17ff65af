import { StatesError } from "../errors.ts";
import type { HistoryEvent } from "../history/event.ts";
import { type EventKind, type FailureDetails, KINDS } from "../history/kinds.ts";
import type { HistoryLog } from "../history/log.ts";
import type { EventRecord } from "../history/record.ts";
import type { Entropy } from "../query/index.ts";
import { Branch, stopAll } from "./branch.ts";
import type { Command } from "./command.ts";
import type { ExecutionContext } from "./context.ts";
import { failureDetails } from "./failure-details.ts";
import { HISTORY_IS_FULL, Ledger } from "./ledger.ts";
import type { StateMachine } from "./machine.ts";
import type { ExecutionIdentity, ExecutionListener, Ports } from "./ports.ts";
import type { Replay } from "./replay.ts";
import type { EndStatus, ExecutionStatus } from "./result.ts";
import { type Looped, RunLoop } from "./run-loop.ts";
import type { TaskAttempt } from "./task-attempt.ts";

/** Timeouts this close to each other count as one moment. */
const SAME_MOMENT_MS = 20;

/** Longest life of an Express execution. */
const EXPRESS_LIMIT_SECONDS = 300;

/**
 * One execution in progress: its history, its branches and what they wait for. It turns what happened (a task ended, a
 * timer fired) into events and commands; every command runs only after the events before it are durable.
 */
export class Execution implements Looped {
  readonly machine: StateMachine;
  readonly ports: Ports;
  readonly identity: ExecutionIdentity;
  readonly log: HistoryLog | undefined;
  readonly root: Branch;
  readonly started: EventRecord;
  /** Attempts that wait for an answer, by the event that entered their state; see {@link Execution.awaitAnswer}. */
  attempts: ReadonlyMap<number, TaskAttempt> = NO_ATTEMPTS;

  /** Set once the last event is written. */
  status: ExecutionStatus = "RUNNING";
  output: unknown = undefined;
  failure: FailureDetails = {};
  /** How often it was redriven, and when last. */
  redriveCount = 0;
  redrivenAt: number | undefined;
  /** The history being followed, while an execution is taken up again. */
  replay: Replay | undefined;

  readonly #ledger: Ledger;
  readonly #listener: ExecutionListener;
  #attempts: Map<number, TaskAttempt> | undefined;
  #context: ExecutionContext | undefined;
  readonly #loop: RunLoop;
  #hasReported = false;
  #isEnlisted = false;
  /** A process before this one may have handed out tokens. */
  readonly #isResumed: boolean;
  #cancelDeadline: (() => void) | undefined;

  constructor(
    machine: StateMachine,
    input: unknown,
    identity: ExecutionIdentity,
    ports: Ports,
    listener: ExecutionListener,
    log: HistoryLog | undefined,
    replay: Replay | undefined,
  ) {
    this.machine = machine;
    this.ports = ports;
    this.identity = identity;
    this.log = log;
    this.replay = replay;
    this.#listener = listener;
    this.#isResumed = replay !== undefined;
    const maxEvents = machine.type === "STANDARD" ? ports.maxEvents : Number.POSITIVE_INFINITY;
    this.#ledger = new Ledger(log, ports.clock, maxEvents, replay?.records ?? []);
    this.#loop = new RunLoop(this, this.#ledger);
    this.started = this.emit(KINDS.ExecutionStarted, 0, undefined, input, { roleArn: identity.roleArn });
    this.root = new Branch(this, machine.workflow, this.started.value, 0, NO_VARIABLES, undefined, 0, undefined);
    this.#loop.enqueue(this.root);
  }

  get arn(): string {
    return this.identity.arn;
  }

  get entropy(): Entropy {
    return this.ports.entropy;
  }

  get isOver(): boolean {
    return this.status !== "RUNNING";
  }

  get isReplaying(): boolean {
    return this.replay !== undefined;
  }

  get records(): readonly EventRecord[] {
    return this.#ledger.records;
  }

  get events(): readonly HistoryEvent[] {
    return this.#ledger.events;
  }

  /** Milliseconds since the epoch. */
  get startedAt(): number {
    return this.started.time;
  }

  /** The part of the context object that is the same in all states. */
  get context(): ExecutionContext {
    const { identity, started, redriveCount, redrivenAt } = this;
    this.#context ??= {
      Execution: {
        Id: identity.arn,
        Input: started.value,
        StartTime: new Date(started.time).toISOString(),
        Name: identity.name,
        RoleArn: identity.roleArn,
        RedriveCount: redriveCount,
        ...(redrivenAt === undefined ? {} : { RedriveTime: new Date(redrivenAt).toISOString() }),
      },
      StateMachine: { Id: identity.stateMachineArn, Name: identity.stateMachineName },
    };
    return this.#context;
  }

  /** Writes an event; in a replay, finds the one that was written. Take values from the record returned. */
  emit(
    kind: EventKind,
    previousEventId: number,
    name: string | undefined,
    value: unknown,
    extra: unknown,
  ): EventRecord {
    return (
      this.replay?.take(kind, previousEventId, name, extra) ??
      this.#ledger.append(kind, previousEventId, name, value, extra)
    );
  }

  /** Resolves when the events written so far are durable; rejects if they could not be kept. */
  durable(): Promise<void> {
    return this.#ledger.durable();
  }

  /** Keeps an attempt that waits for an answer, and makes it known if its token may be known to somebody. */
  awaitAnswer(attempt: TaskAttempt): void {
    if (this.#attempts === undefined) {
      this.#attempts = new Map();
      this.attempts = this.#attempts;
    }
    this.#attempts.set(attempt.branch.enteredId, attempt);
    if (this.#isResumed || attempt.isAnsweredByToken) this.enlist();
  }

  /** Makes the execution known, so that the tokens of its tasks find it. Its name, which that takes, is costly. */
  enlist(): void {
    if (this.#isEnlisted || this.isOver) return;
    this.#isEnlisted = true;
    this.ports.enlist(this);
  }

  forget(attempt: TaskAttempt): void {
    this.#attempts?.delete(attempt.branch.enteredId);
  }

  /** Lets a branch run on, after those that are ready already. */
  enqueue(branch: Branch): void {
    this.#loop.enqueue(branch);
  }

  /** Has a command executed once the events written so far are durable. */
  command(command: Command): void {
    if (this.replay !== undefined) this.replay.await(command);
    else this.#loop.command(command);
  }

  /** Takes in something that happened outside, and everything that follows from it. */
  stimulate(happen: () => void): void {
    if (this.isOver) return;
    this.#ledger.tick();
    this.guard(happen);
    this.pump();
  }

  /** Goes on until there is something to wait for. */
  pump(): void {
    this.#loop.pump();
  }

  /** Starts to run, or goes on by itself after a replay, with the commands whose outcome the history does not tell. */
  goLive(commands: readonly Command[]): void {
    this.replay = undefined;
    for (const command of commands) this.command(command);
    this.pump();
    this.#setDeadline();
  }

  /**
   * Times out every task whose time is up, or is up within a moment: tasks that were scheduled together time out
   * together, and all of that is written before the first failure stops the others.
   */
  timeOutTasks(): void {
    this.stimulate(() => {
      const moment = this.ports.clock.now() + SAME_MOMENT_MS;
      const consequences = [...this.attempts.values()].flatMap((attempt) => {
        const due = attempt.dueAt(moment);
        return due === undefined ? [] : [attempt.recordTimeout(due === "heartbeat")];
      });
      for (const follow of consequences) follow();
    });
  }

  /** Ends the execution with an output. */
  succeed(output: unknown, cursor: number): void {
    this.output = this.emit(KINDS.ExecutionSucceeded, cursor, undefined, output, undefined).value;
    this.#end("SUCCEEDED");
  }

  /** Ends the execution with an error. */
  fail(error: StatesError, cursor: number): void {
    this.#failWith(KINDS.ExecutionFailed, failureDetails(error), cursor);
    this.#end("FAILED");
  }

  /** Ends the execution from outside: a stop or its own timeout. Its tasks are aborted. */
  interrupt(status: "ABORTED" | "TIMED_OUT", failure: FailureDetails): void {
    this.#failWith(status === "ABORTED" ? KINDS.ExecutionAborted : KINDS.ExecutionTimedOut, failure, 0);
    this.#end(status);
  }

  /** Opens an ended execution again, at a moment; see `redrive.ts`. */
  reopen(redriveCount: number, redrivenAt: number): void {
    this.redriveCount = redriveCount;
    this.redrivenAt = redrivenAt;
    this.#context = undefined;
    this.status = "RUNNING";
    this.failure = {};
    this.#hasReported = false;
  }

  /** Gives up in this process: the history could not be kept. What was written of it stays. */
  crash(error: unknown): void {
    if (this.#hasReported) return;
    this.#hasReported = true;
    this.status = "CRASHED";
    this.#release(true);
    this.#dismiss();
    this.#listener.crashed(error);
  }

  /** Lets the rest of the process run before going on. A replay is short, and is not interrupted. */
  yieldToProcess(): void {
    if (this.replay !== undefined) return;
    this.#setDeadline();
    this.#loop.yield();
  }

  #failWith(kind: EventKind, failure: FailureDetails, cursor: number): void {
    this.failure = this.emit(kind, cursor, undefined, failure, undefined).value as FailureDetails;
  }

  #end(status: EndStatus): void {
    this.status = status;
    this.#loop.clear();
    this.#release(false);
  }

  #release(isCrash: boolean): void {
    this.#cancelDeadline?.();
    this.#cancelDeadline = undefined;
    stopAll(this.root, isCrash);
  }

  report(): void {
    if (this.#hasReported) return;
    this.#hasReported = true;
    this.#dismiss();
    this.#listener.ended(this);
  }

  #dismiss(): void {
    if (this.#isEnlisted) this.ports.dismiss(this);
    this.#isEnlisted = false;
  }

  #setDeadline(): void {
    const own = this.machine.timeoutSeconds ?? Number.POSITIVE_INFINITY;
    const seconds = this.machine.type === "EXPRESS" ? Math.min(own, EXPRESS_LIMIT_SECONDS) : own;
    if (seconds === Number.POSITIVE_INFINITY || this.isOver || this.#cancelDeadline !== undefined) return;
    const from = this.redrivenAt ?? this.startedAt;
    this.#cancelDeadline = this.ports.clock.setTimer(from + seconds * 1000, () =>
      this.stimulate(() => this.interrupt("TIMED_OUT", {})),
    );
  }

  run(branch: Branch): void {
    try {
      this.ports.runBranch(branch);
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

  /** A history that is full ends the execution as AWS ends it; anything else is a fault of this interpreter. */
  #caught(error: unknown): void {
    if (error !== HISTORY_IS_FULL) {
      this.crash(error);
      return;
    }
    const cause = `The execution reached the maximum number of history events (${this.ports.maxEvents}).`;
    this.fail(new StatesError("States.Runtime", cause), this.records.length);
  }
}

const NO_ATTEMPTS: ReadonlyMap<number, TaskAttempt> = new Map();
const NO_VARIABLES = Object.freeze({});
