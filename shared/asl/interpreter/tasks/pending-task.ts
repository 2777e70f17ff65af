import type { FailureDetails } from "../../history/kinds.ts";

/** Outcome of a task whose token was handed out. */
export type TaskOutcome = { readonly output: unknown } | FailureDetails;

/** A task that waits for its outcome, as those see it who bring one: a token, a clock. */
export interface PendingTask {
  /** The event that entered its state: no other task of the execution has it. */
  readonly enteredId: number;
  readonly taskToken: string;
  /** Whether somebody is sure to have its token: the arguments name it, or a worker will. */
  readonly isAnsweredByToken: boolean;
  /** Its outcome came by the token. */
  complete(outcome: TaskOutcome): void;
  heartbeat(): void;
  /** Whether its time is up, by whichever limit, at a moment in milliseconds. */
  dueAt(moment: number): "timeout" | "heartbeat" | undefined;
  /** Writes that it timed out. @returns what follows from that, to be called next */
  recordTimeout(isHeartbeat: boolean): () => void;
}

/** The tasks of one execution that wait for an outcome. */
export class PendingTasks {
  readonly #byEntry = new Map<number, PendingTask>();

  add(task: PendingTask): void {
    this.#byEntry.set(task.enteredId, task);
  }

  remove(task: PendingTask): void {
    this.#byEntry.delete(task.enteredId);
  }

  find(enteredId: number): PendingTask | undefined {
    return this.#byEntry.get(enteredId);
  }

  /**
   * Times out every task whose time is up at a moment. All of that is written before what follows from it: the first
   * failure stops the other branches.
   */
  timeOut(moment: number): void {
    const consequences = [...this.#byEntry.values()].flatMap((task) => {
      const due = task.dueAt(moment);
      return due === undefined ? [] : [task.recordTimeout(due === "heartbeat")];
    });
    for (const follow of consequences) follow();
  }
}
