import type { RunId } from "../../contracts/ids.ts";
import { type Attempt, defineCapability, extend } from "./capability.ts";
import type { Viewed } from "./read-back.ts";

/** What attempts at one run's states in this process have at hand. No stage may depend on what another left there. */
export type RunCache = Map<string, unknown>;

export interface Caching {
  readonly cache: RunCache;
}

/** A process works on few runs at a time; the one not seen longest goes first. */
const MOST_RUNS = 4;

/** One cache for each run, in this process alone. A retry, and a state entered again after a crash, begin with an empty one. */
export const runCache = defineCapability<Attempt & Viewed, Caching, Map<RunId, RunCache>>("run_cache", 1, {
  setup: () => new Map(),
  around(attempt, next, caches) {
    const { call, view } = attempt;
    const isRetry = call.attempt > 0 || view.step?.enteredAt !== undefined;
    const cache: RunCache = isRetry ? new Map() : (caches.get(call.run_id) ?? new Map());
    caches.delete(call.run_id);
    caches.set(call.run_id, cache);
    for (const runId of caches.keys()) if (caches.size > MOST_RUNS) caches.delete(runId);
    return next(extend(attempt, { cache }));
  },
  cleanup: (caches) => caches.clear(),
});
