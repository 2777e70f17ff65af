import { AttemptAborted, AttemptTimedOut } from "../errors.ts";
import { onAbort } from "../signals.ts";
import { type Attempt, defineCapability, extend } from "./capability.ts";

export interface Bounded {
  /** Aborted when the attempt's time is up, or nobody waits for it any more. */
  readonly signal: AbortSignal;
  /** Ends work that goes on without a pause: looks at the time itself. @throws what the signal is aborted with */
  readonly throwIfAborted: () => void;
}

/** Of an attempt that nobody ends: making one for each would take a tenth of the time of all that stands around a stage. */
const UNBOUNDED: Bounded = { signal: new AbortController().signal, throwIfAborted: () => {} };

/** Ends an attempt before its process is ended from outside, so that there is time to record how it ended. */
export const deadline = defineCapability<Attempt, Bounded>("deadline", 1, {
  async around(attempt, next) {
    const { stateId, world, callSignal, deadline: end } = attempt;
    if (end === undefined && (callSignal ?? world.signal) === undefined) return next(extend(attempt, { ...UNBOUNDED }));
    const ending = new AbortController();
    const ended = new Promise<never>((_resolve, reject) => {
      ending.signal.addEventListener("abort", () => reject(ending.signal.reason), { once: true });
    });
    ended.catch(() => {});
    const expire = () => ending.abort(new AttemptTimedOut(stateId));
    const stopListening = onAbort([world.signal, callSignal], () =>
      ending.abort(new AttemptAborted(`${stateId}: nobody waits for this attempt any more`)),
    );
    const cancel = end === undefined ? () => {} : world.timer.after(end - world.timer.now(), expire);
    const throwIfAborted = () => {
      if (end !== undefined && world.timer.now() >= end) expire();
      ending.signal.throwIfAborted();
    };
    try {
      throwIfAborted();
      // A stage that does not look at the signal is left to itself: nothing it still says is written.
      return await Promise.race([next(extend(attempt, { signal: ending.signal, throwIfAborted })), ended]);
    } finally {
      cancel();
      stopListening();
    }
  },
});
