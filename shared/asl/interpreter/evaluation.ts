import type { Suspension } from "../query/index.ts";
import type { Branch, Command } from "./branch.ts";

/** An expression that is evaluated in another thread. The step that asked is then taken again. */
export class Evaluation implements Command {
  readonly branch: Branch;
  readonly #suspension: Suspension;
  readonly #takeAgain: () => void;
  #giveUp: (() => void) | undefined = undefined;
  #endHold: (() => void) | undefined = undefined;
  #isOver = false;

  constructor(branch: Branch, suspension: Suspension, takeAgain: () => void) {
    this.branch = branch;
    this.#suspension = suspension;
    this.#takeAgain = takeAgain;
  }

  execute(): void {
    if (this.#isOver) return;
    const { execution } = this.branch;
    const { clock, threads } = execution.ports;
    this.#endHold = clock.hold?.();
    this.#giveUp = threads.run(this.#suspension.job, execution, (answer) => {
      this.stop();
      execution.activate(() => {
        this.#suspension.answer(answer);
        this.#takeAgain();
      });
    });
  }

  /** What follows it follows from its answer. */
  follow(): boolean {
    return false;
  }

  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#giveUp?.();
    this.#endHold?.();
    this.branch.finish(this);
  }
}

/** Lets a branch wait for an expression. @param step answers whether the branch can run on at once */
export function takeStepAgain<Rest extends readonly unknown[]>(
  branch: Branch,
  suspension: Suspension,
  step: (branch: Branch, ...rest: Rest) => boolean,
  ...rest: Rest
): void {
  const evaluation = new Evaluation(branch, suspension, () => branch.goOn(step(branch, ...rest)));
  branch.begin(evaluation);
  branch.execution.command(evaluation);
}
