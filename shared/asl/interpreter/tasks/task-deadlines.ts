import type { ExecutionClock } from "../clock.ts";

/** How long a task may take, and how long it may be silent. Both in seconds. */
interface TaskLimits {
  readonly timeoutSeconds: number | undefined;
  readonly heartbeatSeconds: number | undefined;
}

export const hasLimit = ({ timeoutSeconds, heartbeatSeconds }: TaskLimits): boolean =>
  timeoutSeconds !== undefined || heartbeatSeconds !== undefined;

/** The moments by which a task must have ended or be heard of. What happens then is for others to do. */
export class TaskDeadlines {
  readonly #limits: TaskLimits;
  readonly #clock: ExecutionClock;
  readonly #whenDue: () => void;
  /** Moments in milliseconds since the epoch. */
  readonly #scheduledAt: number;
  #timeoutAt = Number.POSITIVE_INFINITY;
  #heartbeatAt = Number.POSITIVE_INFINITY;
  #cancelTimeout: (() => void) | undefined = undefined;
  #cancelHeartbeat: (() => void) | undefined = undefined;

  constructor(limits: TaskLimits, scheduledAt: number, clock: ExecutionClock, whenDue: () => void) {
    this.#limits = limits;
    this.#scheduledAt = scheduledAt;
    this.#clock = clock;
    this.#whenDue = whenDue;
  }

  /** @param isCall the task is a call that is made now, and gets all of its time; a job or token keeps the time it had. */
  start(isCall: boolean): void {
    const { timeoutSeconds } = this.#limits;
    if (timeoutSeconds !== undefined) {
      this.#timeoutAt = (isCall ? this.#clock.now() : this.#scheduledAt) + timeoutSeconds * 1000;
      this.#cancelTimeout = this.#clock.setTimer(this.#timeoutAt, this.#whenDue);
    }
    this.heartbeat();
  }

  /** Starts the heartbeat period anew. */
  heartbeat(): void {
    const { heartbeatSeconds } = this.#limits;
    if (heartbeatSeconds === undefined) return;
    this.#cancelHeartbeat?.();
    this.#heartbeatAt = this.#clock.now() + heartbeatSeconds * 1000;
    this.#cancelHeartbeat = this.#clock.setTimer(this.#heartbeatAt, this.#whenDue);
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
}
