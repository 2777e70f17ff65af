export interface RateLimit {
  readonly perSecond: number;
  /** How many may begin at once after a pause; at least 1. */
  readonly burst: number;
}

export interface TokenBucket {
  /**
   * Takes the next token there is or will be; none that is there only after `latest`.
   * @returns milliseconds until it is there
   */
  take(now: number, latest?: number): number;
}

/** Kept as one number, the time at which the bucket will be full again (the generic cell rate algorithm). */
export function createTokenBucket({ perSecond, burst }: RateLimit): TokenBucket {
  const interval = 1_000 / perSecond;
  const allowance = (burst - 1) * interval;
  let fullAt = Number.NEGATIVE_INFINITY;
  return {
    take(now, latest = Number.POSITIVE_INFINITY) {
      const from = Math.max(now, fullAt);
      const wait = Math.max(0, from - allowance - now);
      if (now + wait <= latest) fullAt = from + interval;
      return wait;
    },
  };
}
