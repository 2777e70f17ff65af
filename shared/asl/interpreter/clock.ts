/** Time as an execution sees it. */
export interface Clock {
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
}

/** Longest delay `setTimeout` takes; a later timer is set in several steps. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** The clock of this machine. Its timers keep the process alive. */
export const systemClock: Clock = {
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
export function timeSkippingClock(options: { readonly from?: Clock; readonly skipDuringTasks?: boolean } = {}): Clock {
  const from = options.from ?? systemClock;
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  let skipped = 0;
  let runningTasks = 0;
  let isJumpPlanned = false;

  const planJump = () => {
    if (isJumpPlanned) return;
    isJumpPlanned = true;
    setImmediate(jump);
  };
  const jump = () => {
    isJumpPlanned = false;
    if (timers.size === 0 || (runningTasks > 0 && options.skipDuringTasks !== true)) return;
    const next = [...timers].reduce((first, timer) => (timer.at < first.at ? timer : first));
    skipped += Math.max(0, next.at - (from.now() + skipped));
    timers.delete(next);
    next.callback();
    planJump();
  };

  return {
    now: () => from.now() + skipped,
    setTimer(at, callback) {
      const timer = { at, callback };
      timers.add(timer);
      planJump();
      return () => timers.delete(timer);
    },
    taskStarted() {
      runningTasks += 1;
      return () => {
        runningTasks -= 1;
        planJump();
      };
    },
  };
}
