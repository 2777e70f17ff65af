import { AttemptAborted } from "../errors.ts";
import { onAbort } from "../signals.ts";
import { createTokenBucket, type TokenBucket } from "../token-bucket.ts";
import type { World } from "../world.ts";
import { type Attempt, defineCapability } from "./capability.ts";

interface Limits {
  readonly bucketOf: (stage: string) => TokenBucket | undefined;
  readonly stopped: AbortController;
}

/** Of the time that an attempt has, what it may wait: the rest is its stage's, which is not retried when it runs out. */
const LONGEST_WAIT = 0.5;

/**
 * Lets so many attempts at a stage begin in this process each second; the others wait for their turn, in order. One whose turn
 * comes too late for its deadline does not wait for it: it is retried.
 */
export const rateLimit = defineCapability<Attempt, unknown, Limits>("rate_limit", 2, {
  setup({ rateLimit: limit }: World) {
    const buckets = new Map<string, TokenBucket>();
    const bucketOf = (stage: string) => {
      if (limit === undefined) return undefined;
      const bucket = buckets.get(stage) ?? createTokenBucket(limit);
      buckets.set(stage, bucket);
      return bucket;
    };
    return { bucketOf, stopped: new AbortController() };
  },
  async around(attempt, next, { bucketOf, stopped }) {
    const { stage, stateId, world, callSignal, deadline = Number.POSITIVE_INFINITY } = attempt;
    const now = world.timer.now();
    const latest = now + Math.max(0, deadline - now) * LONGEST_WAIT;
    const wait = bucketOf(stage.name)?.take(now, latest) ?? 0;
    if (wait > 0) {
      if (now + wait > latest) throw new AttemptAborted(`${stateId}: its turn would come too late for its time`);
      world.metrics.observe("restep_rate_limit_wait_seconds", { stage: stage.name }, wait / 1_000);
      await turn(attempt, wait, [world.signal, callSignal, stopped.signal]);
    }
    return next(attempt);
  },
  cleanup: ({ stopped }) => stopped.abort(),
});

/** @throws {AttemptAborted} when one of the signals is aborted first */
async function turn(
  { stateId, world }: Attempt,
  wait: number,
  signals: readonly (AbortSignal | undefined)[],
): Promise<void> {
  let cancel = () => {};
  let stopListening = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      cancel = world.timer.after(wait, resolve);
      const refuse = () => reject(new AttemptAborted(`${stateId}: aborted while it waited for its turn`));
      stopListening = onAbort(signals, refuse);
    });
  } finally {
    cancel();
    stopListening();
  }
}
