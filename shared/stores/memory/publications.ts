import type { ArtifactRef } from "../../contracts/ids.ts";
import type { Clock } from "../clock.ts";
import { CorruptionError, NotFoundError } from "../errors.ts";
import { checkPublishedPaths, checkRunId, digitsOf } from "../identifiers.ts";
import type { ArtifactReader, StoreNotice } from "../ports.ts";
import type { PublicationStore } from "../publications.ts";
import { type MemoryWorld, moveToQuarantine } from "./world.ts";

export interface MemoryPublications {
  readonly artifacts: Pick<ArtifactReader, "get">;
  readonly clock: Clock;
  readonly notify: (notice: StoreNotice) => void;
}

/** Bundles that are published by being named. */
export function memoryPublications(
  world: MemoryWorld,
  { artifacts, clock, notify }: MemoryPublications,
): PublicationStore {
  const { published, claims } = world;
  const locationOf = (bundle: ArtifactRef) => `memory:bundles/${digitsOf(bundle)}`;

  const setAside = (bundle: ArtifactRef, why: string): string => {
    const movedTo = moveToQuarantine(world, { ref: bundle, bytes: new Uint8Array(), why, since: clock.now() });
    notify({ kind: "bundle_set_aside", bundle, movedTo, why });
    return movedTo;
  };

  return {
    async publish(bundle, files, claimant) {
      checkPublishedPaths(files);
      const location = locationOf(bundle);
      claims.set(bundle, new Set(claims.get(bundle)).add(checkRunId(claimant)));
      if (published.has(bundle)) return { location, isNew: false };
      try {
        for (const artifact of [bundle, ...files.map((file) => file.artifact)]) await artifacts.get(artifact);
      } catch (error) {
        const isEvidence = error instanceof NotFoundError || error instanceof CorruptionError;
        if (isEvidence) setAside(bundle, `publishing failed: ${error.message}`);
        throw error;
      }
      // Another client may have published it while this one read.
      const isNew = !published.has(bundle);
      published.add(bundle);
      return { location, isNew };
    },
    async confirm(bundle, claimant) {
      digitsOf(bundle);
      return claims.get(bundle)?.has(checkRunId(claimant)) === true && published.has(bundle);
    },
    async find(bundle) {
      const location = locationOf(bundle);
      return published.has(bundle) ? location : undefined;
    },
    async withdraw(bundle, claimant, reason) {
      digitsOf(bundle);
      checkRunId(claimant);
      const left = claims.get(bundle);
      left?.delete(claimant);
      if (left !== undefined && left.size > 0) return undefined;
      claims.delete(bundle);
      return published.delete(bundle) ? setAside(bundle, reason) : undefined;
    },
  };
}
