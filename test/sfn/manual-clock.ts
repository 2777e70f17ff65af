import type { ExecutionClock } from "../../shared/asl/index.ts";

export interface ManualClock extends ExecutionClock {
  /** Lets time pass: timers that become due fire, in order, each at its time. */
  advance(milliseconds: number): void;
  /** How many timers are set. */
  pending(): number;
}

/** A clock that stands still until it is told otherwise. */
export function manualClock(start = Date.parse("2030-01-01T00:00:00Z")): ManualClock {
  let time = start;
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  return {
    now: () => time,
    pending: () => timers.size,
    setTimer(at, callback) {
      const timer = { at, callback };
      timers.add(timer);
      // Its time may have passed while what it waits for was being written.
      if (at <= time) setImmediate(() => timers.delete(timer) && callback());
      return () => timers.delete(timer);
    },
    advance(milliseconds) {
      const end = time + milliseconds;
      for (;;) {
        const due = [...timers].filter(({ at }) => at <= end).toSorted((one, other) => one.at - other.at)[0];
        if (due === undefined) break;
        timers.delete(due);
        time = Math.max(time, due.at);
        due.callback();
      }
      time = end;
    },
  };
}
