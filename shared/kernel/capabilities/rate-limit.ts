import { AttemptAborted } from "../errors.ts";
import { onAbort } from "../signals.ts";
import { createTokenBucket, type TokenBucket } from "../token-bucket.ts";
import type { World } from "../world.ts";
import { type Attempt, defineCapability } from "./capability.ts";

interface Limits {
  readonly bucketOf: (stage: string) => TokenBucket | undefined;
  readonly stopped: AbortController;
}

/** Lets so many attempts at a stage begin in this process each second; the others wait for their turn, in order. */
export const rateLimit = defineCapability<Attempt, unknown, Limits>("rate_limit", 1, {
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
    const { stage, world, callSignal } = attempt;
    const wait = bucketOf(stage.name)?.take(world.timer.now()) ?? 0;
    if (wait > 0) {
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
