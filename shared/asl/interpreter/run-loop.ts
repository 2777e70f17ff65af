import type { Branch, Command } from "./branch.ts";
import type { Ledger, WriteListener } from "./ledger.ts";

/** Branch runs between two looks at the rest of the process, so that a loop without a wait cannot take it over. */
const RUNS_BEFORE_YIELD = 2_000;

/** An execution, as far as its loop looks at it. */
export interface LoopedExecution {
  readonly isOver: boolean;
  /** It follows its history: nothing is written, no command is executed, and nobody waits for it. */
  readonly isReplaying: boolean;
  /** Takes a step; what it throws ends the execution. */
  guard(step: () => void): void;
  run(branch: Branch): void;
  yieldToProcess(): void;
  /** It is over, and its last event is durable. */
  report(): void;
  crash(error: unknown): void;
}

/** Runs what is ready, makes its events durable, executes the commands that waited for that, and so on. */
export class RunLoop implements WriteListener {
  readonly #execution: LoopedExecution;
  readonly #ledger: Ledger;
  /** The branches that are ready to run, a list through the branches themselves: most executions have one at a time. */
  #firstReady: Branch | undefined = undefined;
  #lastReady: Branch | undefined = undefined;
  #commands: Command[] = NO_COMMANDS;
  /** Wait for the write that is under way. */
  #commandsAfterWrite: readonly Command[] = NO_COMMANDS;
  #isPumping = false;
  #isYielding = false;

  constructor(execution: LoopedExecution, ledger: Ledger) {
    this.#execution = execution;
    this.#ledger = ledger;
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

  /** Goes on until there is something to wait for. */
  pump(): void {
    if (this.#isPumping || this.#isYielding) return;
    this.#isPumping = true;
    try {
      while (this.#step()) {}
    } finally {
      this.#isPumping = false;
    }
  }

  /** Lets the rest of the process run before going on. */
  yield(): void {
    this.#isYielding = true;
    setImmediate(() => {
      this.#isYielding = false;
      this.#ledger.tick();
      this.pump();
    });
  }

  /** The ledger's write is durable. */
  wrote(): void {
    const commands = this.#commandsAfterWrite;
    this.#commandsAfterWrite = NO_COMMANDS;
    this.#ledger.tick();
    this.#execute(commands);
    this.pump();
  }

  /** The ledger's write failed. */
  crash(error: unknown): void {
    this.#execution.crash(error);
  }

  /** @returns whether there may be more to do. */
  #step(): boolean {
    this.#runReady();
    if (this.#isYielding || this.#execution.isReplaying || this.#ledger.isWriting) return false;
    if (this.#ledger.wantsWrite) {
      this.#commandsAfterWrite = this.#takeCommands();
      this.#ledger.write(this);
      return false;
    }
    if (this.#execution.isOver) {
      this.#execution.report();
      return false;
    }
    if (this.#commands.length === 0) return false;
    this.#execute(this.#takeCommands());
    return true;
  }

  #runReady(): void {
    const execution = this.#execution;
    let runs = 0;
    for (let branch = this.#takeReady(); branch !== undefined; branch = this.#takeReady()) {
      if (branch.isDone) continue;
      execution.run(branch);
      if (execution.isOver || this.#isYielding) return;
      runs += 1;
      if (runs < RUNS_BEFORE_YIELD || execution.isReplaying) continue;
      execution.yieldToProcess();
      return;
    }
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
