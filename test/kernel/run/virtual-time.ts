import type { Waiting } from "../../../shared/kernel/run/log-appender.ts";

/** Time that passes only when all that happens at once has happened, and chance from a seed. */
export interface VirtualTime extends Waiting {
  /** Milliseconds since the beginning. */
  now(): number;
  /** Lets time pass until the work is done. */
  until<T>(work: Promise<T>): Promise<T>;
}

export function virtualTime(seed = 1): VirtualTime {
  let now = 0;
  let state = seed;
  const timers: { readonly due: number; readonly ring: () => void }[] = [];
  return {
    now: () => now,
    delay: (milliseconds) => new Promise((ring) => timers.push({ due: now + milliseconds, ring })),
    // Linear congruential, as in Numerical Recipes: the same numbers on every machine.
    random() {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    },
    async until(work) {
      let isDone = false;
      const ended = () => {
        isDone = true;
      };
      work.then(ended, ended);
      for (;;) {
        await new Promise(setImmediate);
        if (isDone) return work;
        timers.sort((a, b) => a.due - b.due);
        const next = timers.shift();
        if (next === undefined) throw new Error("nothing is left to wait for, and the work is not done");
        now = next.due;
        next.ring();
      }
    },
  };
}
