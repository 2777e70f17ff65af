/** Time as the stores see it: for leases, waiting and information, never for order. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Calls `tick` every `milliseconds` until the returned function is called. Does not keep the process alive. */
  every(milliseconds: number, tick: () => void): () => void;
  delay(milliseconds: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  every(milliseconds, tick) {
    const timer = setInterval(tick, milliseconds);
    timer.unref();
    return () => clearInterval(timer);
  },
  delay: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

export function rfc3339(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
