import type { ExecutionClock } from "../../asl/index.ts";

/** A clock whose timers can all be cancelled at once, so that a server that closes leaves nothing behind. */
export function stoppableClock(from: ExecutionClock): { readonly clock: ExecutionClock; stop(): void } {
  const cancels = new Set<() => void>();
  let isStopped = false;
  const clock: ExecutionClock = {
    now: () => from.now(),
    setTimer(at, callback) {
      if (isStopped) return () => undefined;
      const cancelTimer = from.setTimer(at, () => {
        cancels.delete(cancel);
        callback();
      });
      const cancel = () => {
        cancels.delete(cancel);
        cancelTimer();
      };
      cancels.add(cancel);
      return cancel;
    },
    ...(from.taskStarted === undefined ? {} : { taskStarted: () => from.taskStarted!() }),
    ...(from.hold === undefined ? {} : { hold: () => from.hold!() }),
  };
  return {
    clock,
    stop() {
      isStopped = true;
      for (const cancel of [...cancels]) cancel();
    },
  };
}
