import type { Clock } from "./clock.ts";

/** A signal that may be waited for again and again. */
export interface Changes {
  /** Resolves at the first change after this call. */
  next(): Promise<void>;
  announce(): void;
}

export function changes(): Changes {
  let upcoming = deferred();
  return {
    next: () => upcoming.promise,
    announce() {
      const { resolve } = upcoming;
      upcoming = deferred();
      resolve();
    },
  };
}

export interface Deferred<T = void> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

/** A promise that is settled from outside. */
export function deferred<T = void>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** How often to look where nothing tells, or what tells may miss something. Milliseconds. */
const POLL = 500;

export interface Lookout {
  /** Resolves when it is time to look again. Taken before a look, so that a change during it is not slept through. */
  next(): Promise<void>;
  stop(): void;
}

/**
 * Tells when to look at what others change: twice a second, when the signal aborts, and as soon as `watch` hears of something.
 * @param watch calls `heard` until the function that it returns is called
 */
export function lookout(clock: Clock, signal: AbortSignal, watch?: (heard: () => void) => () => void): Lookout {
  const { next, announce } = changes();
  const stopWatching = watch?.(announce);
  const stopPolling = clock.every(POLL, announce);
  signal.addEventListener("abort", announce);
  return {
    next,
    stop() {
      stopWatching?.();
      stopPolling();
      signal.removeEventListener("abort", announce);
    },
  };
}

/** What is found at last, or undefined when nothing is by the time the signal aborts. Stops the lookout. */
export async function firstFound<T>(
  find: () => Promise<T | undefined>,
  signal: AbortSignal,
  changed: Lookout,
): Promise<T | undefined> {
  try {
    for (;;) {
      const change = changed.next();
      const found = await find();
      if (found !== undefined || signal.aborted) return found;
      await change;
    }
  } finally {
    changed.stop();
  }
}
