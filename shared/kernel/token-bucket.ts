export interface RateLimit {
  readonly perSecond: number;
  /** How many may begin at once after a pause; at least 1. */
  readonly burst: number;
}

export interface TokenBucket {
  /** Takes the next token there is or will be. @returns milliseconds until it is there */
  take(now: number): number;
}

/** Kept as one number, the time at which the bucket will be full again (the generic cell rate algorithm). */
export function createTokenBucket({ perSecond, burst }: RateLimit): TokenBucket {
  const interval = 1_000 / perSecond;
  const allowance = (burst - 1) * interval;
  let fullAt = Number.NEGATIVE_INFINITY;
  return {
    take(now) {
      const from = Math.max(now, fullAt);
      fullAt = from + interval;
      return Math.max(0, from - allowance - now);
    },
  };
}
