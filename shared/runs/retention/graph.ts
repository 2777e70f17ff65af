import type { ArtifactRef } from "../../contracts/ids.ts";
import { CorruptionError, NotFoundError } from "../../stores/errors.ts";
import type { RetentionStore } from "../../stores/retention.ts";
import { reachable, refsInArtifact } from "./references.ts";

/** Which artifact names which, read once for all the runs that share it. */
export interface ArtifactGraph {
  /** Every artifact that the roots lead to, themselves included, as far as it can be read. */
  reachable(roots: Iterable<ArtifactRef>): Promise<ReadonlySet<ArtifactRef>>;
  /** The artifacts that these name, not what those name in turn. */
  namedBy(refs: Iterable<ArtifactRef>): Promise<ReadonlySet<ArtifactRef>>;
  /** Why one of these artifacts could not be read, if one could not; retention having removed it is no reason. */
  flawIn(refs: Iterable<ArtifactRef>): string | undefined;
}

/** @param removed what retention has removed: what it named was up to retention then */
export function artifactGraph(
  { inspect }: Pick<RetentionStore, "inspect">,
  removed: { has(ref: ArtifactRef): boolean },
): ArtifactGraph {
  const known = new Map<ArtifactRef, readonly ArtifactRef[]>();
  const flaws = new Map<ArtifactRef, string>();

  const refsOf = async (ref: ArtifactRef): Promise<readonly ArtifactRef[]> => {
    const before = known.get(ref);
    if (before !== undefined) return before;
    const { bytes, flaw, isMissing } = await readIfWhole(inspect, ref);
    flaws.delete(ref);
    if (bytes === undefined) {
      // Not remembered as naming nothing, for it may be put again.
      if (!(isMissing && removed.has(ref))) flaws.set(ref, flaw);
      return [];
    }
    const refs = refsInArtifact(bytes);
    known.set(ref, refs);
    return refs;
  };

  return {
    reachable: (roots) => reachable(roots, refsOf),
    async namedBy(refs) {
      const named = new Set<ArtifactRef>();
      for (const ref of refs) for (const next of await refsOf(ref)) named.add(next);
      return named;
    },
    flawIn(refs) {
      for (const ref of refs) {
        const flaw = flaws.get(ref);
        if (flaw !== undefined) return flaw;
      }
      return undefined;
    },
  };
}

/** An artifact's bytes, or why there are none to be had. Anything else that fails is thrown. */
export async function readIfWhole(
  inspect: RetentionStore["inspect"],
  ref: ArtifactRef,
): Promise<
  | { readonly bytes: Uint8Array; readonly flaw?: never; readonly isMissing?: never }
  | { readonly bytes?: never; readonly flaw: string; readonly isMissing: boolean }
> {
  try {
    return { bytes: await inspect(ref) };
  } catch (error) {
    if (!(error instanceof NotFoundError || error instanceof CorruptionError)) throw error;
    return { flaw: error.message, isMissing: error instanceof NotFoundError };
  }
}
