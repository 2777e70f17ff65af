import type { RunId } from "../contracts/ids.ts";
import type { RunState } from "../contracts/status.ts";
import { systemClock } from "../stores/clock.ts";
import { CorruptionError } from "../stores/errors.ts";
import { DEFAULT_LEASE_TIME } from "../stores/lease-policy.ts";
import type { Stores } from "../stores/ports.ts";
import { elsewhereOf } from "./elsewhere.ts";

/** Who works on a run now. It follows from its lease, and from its log only where Step Functions does. */
export interface Standing {
  readonly holder?: {
    readonly by: string;
    /** In the store's words: a process, a function's instance; or an execution. */
    readonly place: string;
    /** RFC 3339 */
    readonly since: string;
  };
  /** It has not ended and waits for no person, and yet nobody works on it: it is to be resumed. */
  readonly interrupted?: true;
}

/** @param now milliseconds since 1970 */
export async function standingOf(
  stores: Pick<Stores, "leases" | "events">,
  runId: RunId,
  state: RunState,
  now: number = systemClock.now(),
): Promise<Standing> {
  if (state === "succeeded" || state === "failed") return {};
  // Where somebody has removed the lease nobody holds the run, and whoever goes on with it makes another.
  const lease = await stores.leases.inspect(runId).catch((error) => {
    if (error instanceof CorruptionError) return undefined;
    throw error;
  });
  const isSilent = lease !== undefined && now - Date.parse(lease.lastSeen) > DEFAULT_LEASE_TIME;
  const isWorking = lease?.purpose === "run" && lease.isAlive !== false && !isSilent;
  if (isWorking) return { holder: { by: lease.holder, place: lease.place, since: lease.since } };
  if (state === "blocked") return {};
  // Nobody holds a run of Step Functions: its stages append one beside the other.
  const elsewhere = await elsewhereOf(stores, runId);
  if (elsewhere === undefined) return { interrupted: true };
  return { holder: { by: "Step Functions", place: elsewhere.executionArn, since: elsewhere.since } };
}
