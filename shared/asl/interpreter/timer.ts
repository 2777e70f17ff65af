import type { Branch, Command } from "./branch.ts";

/** Goes on with a branch when a moment has come. */
export class Timer implements Command {
  readonly branch: Branch;
  /** Milliseconds since the epoch. */
  readonly #at: number;
  readonly #whenDue: () => void;
  #cancel: (() => void) | undefined = undefined;

  constructor(branch: Branch, at: number, whenDue: () => void) {
    this.branch = branch;
    this.#at = at;
    this.#whenDue = whenDue;
  }

  execute(): void {
    const { branch } = this;
    const { execution } = branch;
    branch.begin(this);
    this.#cancel = execution.ports.clock.setTimer(this.#at, () =>
      execution.activate(() => {
        branch.finish(this);
        this.#whenDue();
      }),
    );
  }

  follow(): boolean {
    this.#whenDue();
    return true;
  }

  stop(): void {
    this.#cancel?.();
    this.branch.finish(this);
  }
}
