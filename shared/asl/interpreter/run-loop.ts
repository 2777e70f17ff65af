import type { Branch, Command } from "./branch.ts";
import type { Ledger, WriteListener } from "./ledger.ts";
import { EVENT_WORK, type Turns, type TurnTaker, WORK_PER_SLICE, WORK_PER_TURN } from "./turns.ts";

/** An execution, as far as its loop looks at it. */
export interface LoopedExecution {
  readonly isOver: boolean;
  /** It follows its history: nothing is written, no command is executed, and nobody waits for it. */
  readonly isReplaying: boolean;
  /** Takes a step; what it throws ends the execution. */
  guard(step: () => void): void;
  run(branch: Branch): void;
  /** Told when it has to wait for its turn. */
  pauses(): void;
  /** It is over, and its last event is durable. */
  report(): void;
  crash(error: unknown): void;
}

/** Runs what is ready, makes its events durable, executes the commands that waited for that, and so on. */
export class RunLoop implements WriteListener, TurnTaker {
  readonly #execution: LoopedExecution;
  readonly #ledger: Ledger;
  readonly #turns: Turns;
  /** The branches that are ready to run, a list through the branches themselves: most executions have one at a time. */
  #firstReady: Branch | undefined = undefined;
  #lastReady: Branch | undefined = undefined;
  #commands: Command[] = NO_COMMANDS;
  /** Wait for the write that is under way. */
  #commandsAfterWrite: readonly Command[] = NO_COMMANDS;
  #isPumping = false;
  /** It waits for its turn: nothing is run, what is written goes on. */
  #isWaiting = false;
  /** Work that is left of the slice of this execution. */
  #slice = WORK_PER_SLICE;
  /** Events up to which it is told what was spent. */
  #paidEvents: number;
  /** What may be spent of this turn before this execution has to stop. */
  #stopAt = 0;
  #isLargeWrite = false;
  #isAbandoned = false;

  constructor(execution: LoopedExecution, ledger: Ledger, turns: Turns) {
    this.#execution = execution;
    this.#ledger = ledger;
    this.#turns = turns;
    this.#paidEvents = ledger.count;
  }

  /** It has run as long as it is let at a time. */
  get isBusy(): boolean {
    return this.#slice <= 0;
  }

  /** Whether others have to get their turn before more is run. */
  get hasSpent(): boolean {
    return this.#turns.spent + (this.#ledger.count - this.#paidEvents) * EVENT_WORK >= this.#stopAt;
  }

  /** Lets a branch run on, after those that are ready already. */
  enqueue(branch: Branch): void {
    if (branch.nextReady !== undefined || branch === this.#lastReady) return;
    if (this.#lastReady === undefined) this.#firstReady = branch;
    else this.#lastReady.nextReady = branch;
    this.#lastReady = branch;
  }

  /** Has a command executed once the events written so far are durable. */
  command(command: Command): void {
    if (this.#commands === NO_COMMANDS) this.#commands = [command];
    else this.#commands.push(command);
  }

  /** Forgets what is left to do. */
  clear(): void {
    while (this.#takeReady() !== undefined) {}
    this.#commands = NO_COMMANDS;
  }

  /** Does nothing more, and writes nothing more. */
  abandon(): void {
    this.#isAbandoned = true;
    this.clear();
  }

  /** Goes on until there is something to wait for. */
  pump(): void {
    if (this.#isPumping || this.#isAbandoned) return;
    this.#isPumping = true;
    try {
      while (this.#step()) {}
    } finally {
      this.#isPumping = false;
    }
  }

  takeTurn(): void {
    this.#isWaiting = false;
    if (this.isBusy) this.#slice = WORK_PER_SLICE;
    this.#ledger.tick();
    this.pump();
  }

  /** The ledger's write is durable. */
  wrote(): void {
    this.#endWrite();
    const commands = this.#commandsAfterWrite;
    this.#commandsAfterWrite = NO_COMMANDS;
    this.#ledger.tick();
    this.#execute(commands);
    this.pump();
  }

  /** The ledger's write failed. */
  crash(error: unknown): void {
    this.#endWrite();
    this.#execution.crash(error);
  }

  /** @returns whether there may be more to do. */
  #step(): boolean {
    if (!this.#isWaiting) this.#runReady();
    const isStopped = !this.#isWaiting || this.#execution.isOver;
    if (this.#execution.isReplaying || this.#ledger.isWriting) return false;
    if (isStopped ? this.#ledger.wantsWrite : this.#ledger.wantsWriteBetween) {
      this.#commandsAfterWrite = this.#takeCommands();
      this.#beginWrite();
      return false;
    }
    if (!isStopped) return false;
    if (this.#execution.isOver) {
      this.#execution.report();
      return false;
    }
    if (this.#commands.length === 0) return false;
    this.#execute(this.#takeCommands());
    return true;
  }

  #runReady(): void {
    if (this.#firstReady === undefined) return;
    const execution = this.#execution;
    const before = this.#turns.spent;
    this.#stopAt = Math.min(before + this.#slice, WORK_PER_TURN);
    while (this.#canRun() && (!this.hasSpent || execution.isReplaying)) {
      const branch = this.#takeReady()!;
      if (!branch.isDone) execution.run(branch);
    }
    this.#turns.spend((this.#ledger.count - this.#paidEvents) * EVENT_WORK);
    this.#paidEvents = this.#ledger.count;
    if (execution.isReplaying) return;
    this.#slice -= this.#turns.spent - before;
    if (this.#canRun()) this.#wait();
  }

  #canRun(): boolean {
    return this.#firstReady !== undefined && !this.#execution.isOver && !this.#ledger.isBehind;
  }

  #wait(): void {
    this.#isWaiting = true;
    this.#execution.pauses();
    this.#turns.wait(this, this.isBusy);
  }

  #beginWrite(): void {
    this.#isLargeWrite = this.#ledger.write(this);
    if (this.#isLargeWrite) this.#turns.largeWriteBegan();
  }

  #endWrite(): void {
    if (this.#isLargeWrite) this.#turns.largeWriteEnded();
    this.#isLargeWrite = false;
  }

  #takeReady(): Branch | undefined {
    const branch = this.#firstReady;
    if (branch === undefined) return undefined;
    this.#firstReady = branch.nextReady;
    if (this.#firstReady === undefined) this.#lastReady = undefined;
    branch.nextReady = undefined;
    return branch;
  }

  #takeCommands(): readonly Command[] {
    const commands = this.#commands;
    this.#commands = NO_COMMANDS;
    return commands;
  }

  #execute(commands: readonly Command[]): void {
    for (const command of commands) {
      if (this.#execution.isOver) return;
      if (!command.branch.isDone) this.#execution.guard(() => command.execute());
    }
  }
}

/** Most executions never have any; never added to. */
const NO_COMMANDS: Command[] = [];
