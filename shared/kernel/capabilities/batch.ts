import { AttemptAborted } from "../errors.ts";
import type { Attempt, BatchMode, Next, NextBatch, Outcome } from "./capability.ts";

/** A capability with its state, which is whatever the builder of the chain has seen to. */
export interface Layer {
  around(attempt: unknown, next: Next<unknown>): Promise<unknown>;
  aroundBatch?(attempts: readonly unknown[], next: NextBatch<unknown>, mode: BatchMode): Promise<readonly Outcome[]>;
}

type RunBatch = (attempts: readonly unknown[], mode: BatchMode) => Promise<readonly Outcome[]>;

/** Lays the layers around `innermost`, the first outermost. */
export function compose(layers: readonly Layer[], innermost: Next<unknown>): Next<unknown> {
  return layers.reduceRight<Next<unknown>>((next, layer) => (attempt) => layer.around(attempt, next), innermost);
}

/**
 * The same for a batch. Down to the last layer that has a batch form, a layer sees every attempt before the layers within see
 * any. Behind it nothing is gained by that: each attempt goes through the rest by itself, in order, so that its time begins
 * when it does and whatever fails there keeps those behind it from beginning.
 */
export function composeBatch(layers: readonly Layer[], innermost: Next<unknown>): RunBatch {
  const cut = layers.findLastIndex(({ aroundBatch }) => aroundBatch !== undefined) + 1;
  const single = compose(layers.slice(cut), innermost);
  return layers.slice(0, cut).reduceRight<RunBatch>(
    (next, layer) => (attempts, mode) => {
      const within: NextBatch<unknown> = (inner) => (inner.length === 0 ? Promise.resolve([]) : next(inner, mode));
      return layer.aroundBatch?.(attempts, within, mode) ?? aroundEach(layer, attempts, within, mode);
    },
    (attempts, mode) => inOrder(attempts, single, mode),
  );
}

interface Arrived {
  readonly inner: unknown;
  resolve(output: unknown): void;
  reject(error: unknown): void;
}

/** Lays a layer around each attempt, and goes on inwards once all of them have arrived there or ended before. */
async function aroundEach(
  layer: Layer,
  attempts: readonly unknown[],
  next: NextBatch<unknown>,
  { errors }: BatchMode,
): Promise<readonly Outcome[]> {
  /** By place in the batch: they may arrive in another order. */
  const arrived = new Map<number, Arrived>();
  let underWay = attempts.length;
  let hasFailed = false;
  const goOn = async (): Promise<void> => {
    const inner = [...arrived].sort(([a], [b]) => a - b).map(([, each]) => each);
    if (hasFailed && errors === "fail_fast") {
      for (const each of inner) each.reject(notBegun(each.inner));
      return;
    }
    try {
      const outcomes = await next(inner.map((each) => each.inner));
      for (const [place, each] of inner.entries()) settle(each, outcomes[place]!);
    } catch (error) {
      for (const each of inner) each.reject(error);
    }
  };
  const hasCome = () => {
    underWay -= 1;
    if (underWay === 0) void goOn();
  };
  return Promise.allSettled(
    attempts.map(async (attempt, place) => {
      const within: Next<unknown> = (inner) =>
        new Promise((resolve, reject) => {
          arrived.set(place, { inner, resolve, reject });
          hasCome();
        });
      try {
        return await layer.around(attempt, within);
      } catch (error) {
        hasFailed ||= !arrived.has(place);
        throw error;
      } finally {
        if (!arrived.has(place)) hasCome();
      }
    }),
  );
}

function settle({ resolve, reject }: Arrived, outcome: Outcome): void {
  if (outcome.status === "fulfilled") resolve(outcome.value);
  else reject(outcome.reason);
}

/** Runs each attempt by itself: so many at once, begun in their order. */
async function inOrder(
  attempts: readonly unknown[],
  run: Next<unknown>,
  { errors, atOnce }: BatchMode,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  let begun = 0;
  let hasFailed = false;
  const work = async (): Promise<void> => {
    while (begun < attempts.length) {
      const place = begun++;
      const attempt = attempts[place];
      const mayBegin = !(hasFailed && errors === "fail_fast");
      const outcome = await outcomeOf(mayBegin ? run(attempt) : Promise.reject(notBegun(attempt)));
      hasFailed ||= outcome.status === "rejected";
      outcomes[place] = outcome;
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, atOnce) }, work));
  return outcomes;
}

/** What a promise settles with. */
export async function outcomeOf(work: Promise<unknown>): Promise<Outcome> {
  const [outcome] = await Promise.allSettled([work]);
  return outcome;
}

/** Of an attempt that was kept from beginning by another that failed. */
export function notBegun(attempt: unknown): AttemptAborted {
  return new AttemptAborted(`${(attempt as Attempt).stateId}: not begun, for another attempt of its batch failed`);
}
