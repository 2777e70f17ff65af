import { type Clock, rfc3339 } from "../../stores/clock.ts";
import type { Stores } from "../../stores/ports.ts";
import type { AgedArtifact, RemovalEntry } from "../../stores/retention.ts";
import type { RemoveReason } from "./policy.ts";

/** An artifact that is to go. */
export interface Doomed extends AgedArtifact {
  readonly why: RemoveReason;
}

export interface Sweeping {
  readonly clock: Clock;
  /** Those of a batch that are still to go, now that it comes to it. */
  stillDoomed(batch: readonly Doomed[]): Promise<readonly Doomed[]>;
  removed(artifact: Doomed): void;
  kept(artifact: Doomed): void;
}

/** So many share an entry in the record's log, and one look at the runs. */
const BATCH = 64;

/** Removes artifacts, each of them on record before it goes. */
export async function sweep(stores: Stores, doomed: readonly Doomed[], sweeping: Sweeping): Promise<void> {
  const { retention } = stores;
  for (let at = 0; at < doomed.length; at += BATCH) {
    const batch = doomed.slice(at, at + BATCH);
    const going = await sweeping.stillDoomed(batch);
    for (const artifact of batch) if (!going.includes(artifact)) sweeping.kept(artifact);

    const entries = going.map((artifact) => entryOf(artifact, sweeping.clock));
    await retention.record(entries);
    /** Those that are on record and may still be there. */
    const inDoubt = new Set(entries);
    try {
      for (const [index, artifact] of going.entries()) {
        const outcome = await retention.remove(artifact);
        if (outcome === "put_since") sweeping.kept(artifact);
        else inDoubt.delete(entries[index]!);
        if (outcome === "removed") sweeping.removed(artifact);
      }
    } catch (error) {
      // The first failure is the one to report.
      await takeBack(stores, inDoubt).catch(() => undefined);
      throw error;
    }
    await takeBack(stores, inDoubt);
  }
}

/** Says of what is still there that it was not removed after all. */
async function takeBack({ artifacts, retention }: Stores, entries: Iterable<RemovalEntry>): Promise<void> {
  const kept: RemovalEntry[] = [];
  for (const entry of entries) if (await artifacts.has(entry.artifact)) kept.push({ ...entry, outcome: "kept" });
  await retention.record(kept);
}

function entryOf({ ref, size, why }: Doomed, clock: Clock): RemovalEntry {
  return { at: rfc3339(clock.now()), artifact: ref, size, why, outcome: "removed" };
}
