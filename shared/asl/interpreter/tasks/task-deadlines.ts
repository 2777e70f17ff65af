import type { BranchHost } from "../branch.ts";

/** How long a task may take, and how long it may be silent. Both in seconds; at least one is given. */
interface TaskLimits {
  readonly timeoutSeconds: number | undefined;
  readonly heartbeatSeconds: number | undefined;
}

/** The moments by which a task must have ended or be heard of. What happens then is the execution's to do. */
export class TaskDeadlines {
  readonly #limits: TaskLimits;
  readonly #execution: BranchHost;
  /** Moments in milliseconds since the epoch. */
  readonly #scheduledAt: number;
  #timeoutAt = Number.POSITIVE_INFINITY;
  #heartbeatAt = Number.POSITIVE_INFINITY;
  #cancelTimeout: (() => void) | undefined = undefined;
  #cancelHeartbeat: (() => void) | undefined = undefined;

  constructor(limits: TaskLimits, scheduledAt: number, execution: BranchHost) {
    this.#limits = limits;
    this.#scheduledAt = scheduledAt;
    this.#execution = execution;
  }

  /** @param isCall the task is a call that is made now, and gets all of its time; a job or token keeps the time it had. */
  start(isCall: boolean): void {
    const { timeoutSeconds } = this.#limits;
    if (timeoutSeconds !== undefined) {
      this.#timeoutAt = (isCall ? this.#now() : this.#scheduledAt) + timeoutSeconds * 1000;
      this.#cancelTimeout = this.#setTimer(this.#timeoutAt);
    }
    this.heartbeat();
  }

  /** Starts the heartbeat period anew. */
  heartbeat(): void {
    const { heartbeatSeconds } = this.#limits;
    if (heartbeatSeconds === undefined) return;
    this.#cancelHeartbeat?.();
    this.#heartbeatAt = this.#now() + heartbeatSeconds * 1000;
    this.#cancelHeartbeat = this.#setTimer(this.#heartbeatAt);
  }

  cancel(): void {
    this.#cancelTimeout?.();
    this.#cancelHeartbeat?.();
  }

  /** Which limit is passed at a moment. */
  dueAt(moment: number): "timeout" | "heartbeat" | undefined {
    if (this.#timeoutAt <= moment) return "timeout";
    return this.#heartbeatAt <= moment ? "heartbeat" : undefined;
  }

  /** Whether a timeout recorded at a moment was the heartbeat's: the event does not say it, the time it took does. */
  wasHeartbeat(recordedAt: number): boolean {
    const { timeoutSeconds, heartbeatSeconds } = this.#limits;
    if (heartbeatSeconds === undefined) return false;
    return timeoutSeconds === undefined || recordedAt < this.#scheduledAt + timeoutSeconds * 1000;
  }

  #now(): number {
    return this.#execution.ports.clock.now();
  }

  #setTimer(at: number): () => void {
    return this.#execution.ports.clock.setTimer(at, () => this.#execution.timeOutTasks());
  }
}
