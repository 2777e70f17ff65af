import type { ArtifactRef } from "../../contracts/ids.ts";
import type { RemovalEntry, RetentionStore } from "../../stores/retention.ts";

/**
 * The artifacts that retention has removed, each with its last removal: for telling one that is missing because its time was
 * over from one that was lost. One that was put again since is among them too.
 */
export async function removalsOnRecord(
  retention: Pick<RetentionStore, "removals">,
): Promise<ReadonlyMap<ArtifactRef, RemovalEntry>> {
  const last = new Map<ArtifactRef, RemovalEntry>();
  for await (const entry of retention.removals()) {
    if (entry.outcome === "removed") last.set(entry.artifact, entry);
    else last.delete(entry.artifact);
  }
  return last;
}
