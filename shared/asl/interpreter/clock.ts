/** Time as an execution sees it. */
export interface ExecutionClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Calls back once `now()` has reached `at` (milliseconds since the epoch), never before `setTimer` returned.
   *
   * @returns a function that cancels the timer.
   */
  setTimer(at: number, callback: () => void): () => void;
  /** Told when a task starts; the function returned is called when it has ended. */
  taskStarted?(): () => void;
  /** Told when executions begin to wait for their turn to run; the function returned is called when none does any more. */
  hold?(): () => void;
}

/** Longest delay `setTimeout` takes; a later timer is set in several steps. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** The clock of this machine. Its timers keep the process alive. */
export const realTimeClock: ExecutionClock = {
  now: () => Date.now(),
  setTimer(at, callback) {
    let timeout: NodeJS.Timeout;
    const step = () => {
      const delay = at - Date.now();
      timeout =
        delay > LONGEST_TIMEOUT_MS ? setTimeout(step, LONGEST_TIMEOUT_MS) : setTimeout(callback, Math.max(0, delay));
    };
    step();
    return () => clearTimeout(timeout);
  },
};

/**
 * A clock that does not wait: when nothing else is left to do it jumps to its next timer. Between jumps it runs with
 * `from`, so tasks that take real time still take it.
 *
 * @param options.skipDuringTasks also jumps while tasks run, which times out a task that never answers. Leave it off
 *   where handlers do real work.
 */
export function timeSkippingClock(
  options: { readonly from?: ExecutionClock; readonly skipDuringTasks?: boolean } = {},
): ExecutionClock {
  const from = options.from ?? realTimeClock;
  const timers = new TimerQueue();
  let skipped = 0;
  let runningTasks = 0;
  let holds = 0;
  let isJumpPlanned = false;

  const planJump = () => {
    if (isJumpPlanned) return;
    isJumpPlanned = true;
    setImmediate(jump);
  };
  const jump = () => {
    isJumpPlanned = false;
    if (holds > 0 || (runningTasks > 0 && options.skipDuringTasks !== true)) return;
    const next = timers.take();
    if (next === undefined) return;
    skipped += Math.max(0, next.at - (from.now() + skipped));
    next.callback();
    planJump();
  };

  return {
    now: () => from.now() + skipped,
    setTimer(at, callback) {
      const timer: Timer = { at, callback, isCancelled: false };
      timers.add(timer);
      planJump();
      return () => {
        timer.isCancelled = true;
      };
    },
    taskStarted() {
      runningTasks += 1;
      return () => {
        runningTasks -= 1;
        planJump();
      };
    },
    hold() {
      holds += 1;
      return () => {
        holds -= 1;
        planJump();
      };
    },
  };
}

interface Timer {
  readonly at: number;
  readonly callback: () => void;
  isCancelled: boolean;
}

/** Timers by the time they are due, as a binary heap. */
class TimerQueue {
  readonly #heap: Timer[] = [];

  add(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.length;
    for (let parent = (at - 1) >> 1; at > 0 && timer.at < heap[parent]!.at; parent = (at - 1) >> 1) {
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = timer;
  }

  /** The next timer that was not cancelled. */
  take(): Timer | undefined {
    for (let first = this.#remove(); first !== undefined; first = this.#remove()) {
      if (!first.isCancelled) return first;
    }
    return undefined;
  }

  #remove(): Timer | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length > 0 && last !== undefined) this.#sink(last);
    return first;
  }

  #sink(timer: Timer): void {
    const heap = this.#heap;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child += 1;
      if (timer.at <= heap[child]!.at) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = timer;
  }
}
