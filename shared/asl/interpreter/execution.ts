import { StatesError } from "../errors.ts";
import type { HistoryEvent } from "../history/event.ts";
import { type EventKind, type FailureDetails, KINDS } from "../history/kinds.ts";
import type { HistoryLog } from "../history/log.ts";
import type { EventRecord } from "../history/record.ts";
import type { Entropy } from "../query/index.ts";
import { Branch } from "./branch.ts";
import type { Command } from "./command.ts";
import type { ExecutionContext } from "./context.ts";
import { HISTORY_IS_FULL, Ledger } from "./ledger.ts";
import type { StateMachine } from "./machine.ts";
import type { ExecutionIdentity, ExecutionListener, Ports } from "./ports.ts";
import type { Replay } from "./replay.ts";
import type { EndStatus, ExecutionStatus } from "./result.ts";
import type { TaskAttempt } from "./task-attempt.ts";

/** Branch runs between two looks at the rest of the process, so that a loop without a wait cannot take it over. */
const RUNS_BEFORE_YIELD = 2_000;

/** Timeouts this close to each other count as one moment. */
const SAME_MOMENT_MS = 20;

/** Longest life of an Express execution. */
const EXPRESS_LIMIT_SECONDS = 300;

/**
 * One execution in progress: its history, its branches and what they wait for. It turns what happened (a task ended, a
 * timer fired) into events and commands; every command runs only after the events before it are durable.
 */
export class Execution {
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
  #ready: Branch[] = [];
  #commands: Command[] = [];
  #isPumping = false;
  #isYielding = false;
  #hasReported = false;
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
    const maxEvents = machine.type === "STANDARD" ? ports.maxEvents : Number.POSITIVE_INFINITY;
    this.#ledger = new Ledger(log, ports.clock, maxEvents, replay?.records ?? []);
    this.started = this.emit(KINDS.ExecutionStarted, 0, undefined, input, { roleArn: identity.roleArn });
    this.root = new Branch(this, machine.workflow, this.started.value, 0, NO_VARIABLES, undefined, 0, undefined);
    this.#ready.push(this.root);
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

  /** Makes an attempt known, so that its token finds it. */
  awaitAnswer(attempt: TaskAttempt): void {
    if (this.#attempts === undefined) {
      this.#attempts = new Map();
      this.attempts = this.#attempts;
      this.ports.enlist(this);
    }
    this.#attempts.set(attempt.branch.enteredId, attempt);
  }

  forget(attempt: TaskAttempt): void {
    this.#attempts?.delete(attempt.branch.enteredId);
  }

  /** Lets a branch run on, after those that are ready already. */
  enqueue(branch: Branch): void {
    this.#ready.push(branch);
  }

  /** Has a command run once the events written so far are durable. */
  command(command: Command): void {
    if (this.replay !== undefined) this.replay.await(command);
    else this.#commands.push(command);
  }

  /** Takes in something that happened outside, and everything that follows from it. */
  stimulate(happen: () => void): void {
    if (this.isOver) return;
    this.#ledger.tick();
    this.#guard(happen);
    this.pump();
  }

  /** Runs what is ready, makes its events durable, runs the commands that waited for that, and so on. */
  pump(): void {
    if (this.#isPumping || this.#isYielding) return;
    this.#isPumping = true;
    try {
      while (this.#step()) {}
    } finally {
      this.#isPumping = false;
    }
  }

  /** Starts to run, or goes on by itself after a replay, with the commands whose outcome the history does not tell. */
  goLive(commands: readonly Command[]): void {
    this.replay = undefined;
    this.#commands.push(...commands);
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
    if (this.#attempts !== undefined) this.ports.dismiss(this);
    this.#listener.crashed(error);
  }

  /** Lets the rest of the process run before going on. A replay is short, and is not interrupted. */
  yieldToProcess(): void {
    if (this.replay !== undefined) return;
    this.#setDeadline();
    this.#isYielding = true;
    setImmediate(() => {
      this.#isYielding = false;
      this.#ledger.tick();
      this.pump();
    });
  }

  /** @returns whether there may be more to do. */
  #step(): boolean {
    this.#runReady();
    if (this.#isYielding || this.replay !== undefined || this.#ledger.isWriting) return false;
    if (this.#ledger.wantsWrite) {
      this.#write();
      return false;
    }
    if (this.isOver) {
      this.#report();
      return false;
    }
    if (this.#commands.length === 0) return false;
    this.#runCommands(this.#takeCommands());
    return true;
  }

  #write(): void {
    const commands = this.#takeCommands();
    this.#ledger.write(
      () => {
        this.#ledger.tick();
        this.#runCommands(commands);
        this.pump();
      },
      (error) => this.crash(error),
    );
  }

  #failWith(kind: EventKind, failure: FailureDetails, cursor: number): void {
    this.failure = this.emit(kind, cursor, undefined, failure, undefined).value as FailureDetails;
  }

  #end(status: EndStatus): void {
    this.status = status;
    this.#ready = [];
    this.#commands = [];
    this.#release(false);
  }

  #release(isCrash: boolean): void {
    this.#cancelDeadline?.();
    this.#cancelDeadline = undefined;
    stopAll(this.root, isCrash);
  }

  #report(): void {
    if (this.#hasReported) return;
    this.#hasReported = true;
    if (this.#attempts !== undefined) this.ports.dismiss(this);
    this.#listener.ended(this);
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

  #runReady(): void {
    let runs = 0;
    while (this.#ready.length > 0 && !this.isOver) {
      const ready = this.#ready;
      this.#ready = [];
      for (let position = 0; position < ready.length && !this.isOver; position++) {
        const branch = ready[position]!;
        if (branch.isDone) continue;
        this.#run(branch);
        runs += 1;
        if ((runs >= RUNS_BEFORE_YIELD && this.replay === undefined) || this.#isYielding) {
          this.#ready = [...ready.slice(position + 1), ...this.#ready];
          if (!this.#isYielding) this.yieldToProcess();
          return;
        }
      }
    }
  }

  #run(branch: Branch): void {
    try {
      this.ports.runBranch(branch);
    } catch (error) {
      this.#caught(error);
    }
  }

  #guard(step: () => void): void {
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

  #takeCommands(): Command[] {
    const commands = this.#commands;
    this.#commands = [];
    return commands;
  }

  #runCommands(commands: readonly Command[]): void {
    for (const command of commands) {
      if (this.isOver) return;
      if (!command.branch.isDone) this.#guard(() => command.execute());
    }
  }
}

const NO_ATTEMPTS: ReadonlyMap<number, TaskAttempt> = new Map();
const NO_VARIABLES = Object.freeze({});

/** Error and cause as events carry them: an empty one is left out. */
export function failureDetails(error: StatesError): FailureDetails {
  return {
    ...(error.error === "" ? {} : { error: error.error }),
    ...(error.cause === "" ? {} : { cause: error.cause }),
  };
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
