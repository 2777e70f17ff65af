import { systemClock } from "../clock.ts";
import { DEFAULT_LEASE_TIME } from "../lease-policy.ts";
import type { Stores, StoresOptions } from "../ports.ts";
import { memoryArtifacts } from "./artifacts.ts";
import { memoryCancellations } from "./cancellations.ts";
import { memoryLeases } from "./leases.ts";
import { memoryEvents, memoryHistory } from "./logs.ts";
import { memoryPublications } from "./publications.ts";
import { memoryRetention } from "./retention.ts";
import { memoryRuns } from "./runs.ts";
import { memorySignatures } from "./signatures.ts";
import { createMemoryWorld, type MemoryWorld } from "./world.ts";

export interface MemoryStoresOptions extends Pick<StoresOptions, "onNotice" | "leaseTime" | "clock"> {
  /** What is stored; stores that share one see each other as two processes on one disk do. Default: a new one. */
  readonly world?: MemoryWorld;
}

/** Stores that forget everything with the process: for tests and dry runs. */
export function createMemoryStores(options: MemoryStoresOptions = {}): Stores {
  const world = options.world ?? createMemoryWorld();
  const clock = options.clock ?? systemClock;
  const notify = options.onNotice ?? (() => undefined);
  const leases = memoryLeases(world, { clock, leaseTime: options.leaseTime ?? DEFAULT_LEASE_TIME, notify });
  const artifacts = memoryArtifacts(world, { clock, notify });
  return {
    artifacts,
    events: memoryEvents(world, leases),
    history: memoryHistory(world, leases),
    runs: memoryRuns(world, leases, clock),
    leases: { acquire: leases.acquire, inspect: leases.inspect },
    cancellations: memoryCancellations(world),
    signatures: memorySignatures(world),
    publications: memoryPublications(world, { artifacts, clock, notify }),
    retention: memoryRetention(world),
    close: leases.releaseAll,
  };
}
