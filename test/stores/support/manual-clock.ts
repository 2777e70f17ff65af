import type { Clock } from "../../../shared/stores/clock.ts";

/** Later than any time a real disk notes by itself. */
const START = Date.UTC(2100, 0, 1);

/** A clock that stands still until told to go. */
export interface ManualClock extends Clock {
  /** Lets time pass, and calls what is due, in order. */
  advance(milliseconds: number): void;
}

export function manualClock(start = START): ManualClock {
  let now = start;
  const timers = new Set<{ due: number; readonly every: number; readonly tick: () => void }>();
  const advance = (milliseconds: number) => {
    const end = now + milliseconds;
    for (;;) {
      const [next] = [...timers].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due);
      if (next === undefined) break;
      now = next.due;
      next.due += next.every;
      next.tick();
    }
    now = end;
  };
  return {
    now: () => now,
    every(milliseconds, tick) {
      const timer = { due: now + milliseconds, every: milliseconds, tick };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    delay: (milliseconds) =>
      new Promise((resolve) =>
        setImmediate(() => {
          advance(milliseconds);
          resolve();
        }),
      ),
    advance,
  };
}
