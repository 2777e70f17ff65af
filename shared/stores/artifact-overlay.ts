import { NotFoundError } from "./errors.ts";
import type { ArtifactReader, ArtifactStat, ArtifactStore } from "./ports.ts";

/**
 * One store over several: reads go to the first that has the artifact, in the order given; puts go to the primary.
 * Damage is not papered over: a damaged copy in front throws although one behind it may be whole.
 */
export function overlayArtifacts(primary: ArtifactStore, ...fallbacks: readonly ArtifactReader[]): ArtifactStore {
  const layers: readonly ArtifactReader[] = [primary, ...fallbacks];
  return {
    put: (kind, bytes) => primary.put(kind, bytes),
    async get(ref) {
      for (const layer of layers) {
        try {
          return await layer.get(ref);
        } catch (error) {
          if (!(error instanceof NotFoundError)) throw error;
        }
      }
      throw new NotFoundError(ref, `any of ${layers.length} stores`);
    },
    async has(ref) {
      for (const layer of layers) if (await layer.has(ref)) return true;
      return false;
    },
    async stat(ref) {
      for (const layer of layers) {
        const stat = await layer.stat(ref);
        if (stat !== undefined) return stat;
      }
      return undefined;
    },
    async *list() {
      const all = new Map<string, ArtifactStat>();
      for (const layer of layers) {
        for await (const stat of layer.list()) if (!all.has(stat.ref)) all.set(stat.ref, stat);
      }
      for (const [, stat] of [...all].sort(([a], [b]) => (a < b ? -1 : 1))) yield stat;
    },
  };
}
