import { digitsOf } from "../identifiers.ts";
import type { RetentionStore } from "../retention.ts";
import { bytesOf, damaged, isWhole } from "./artifacts.ts";
import type { MemoryWorld } from "./world.ts";

/** What can be taken from a memory. Nothing in it outlives the process half done. */
export function memoryRetention(world: MemoryWorld): RetentionStore {
  return {
    async *artifacts() {
      for (const [ref, { bytes, lastPut }] of [...world.artifacts].sort(([a], [b]) => (a < b ? -1 : 1))) {
        yield { ref, size: bytes.length, lastPut };
      }
    },
    async inspect(ref) {
      const bytes = bytesOf(world, ref);
      if (isWhole(ref, bytes)) return Uint8Array.from(bytes);
      throw damaged(ref, bytes, "putting the right bytes again heals it");
    },
    async remove({ ref, lastPut }) {
      digitsOf(ref);
      const present = world.artifacts.get(ref);
      if (present === undefined) return "gone";
      if (present.lastPut !== lastPut) return "put_since";
      world.artifacts.delete(ref);
      return "removed";
    },
    async *setAside() {
      for (const [name, { bytes, since }] of [...world.quarantined].sort(([a], [b]) => (a < b ? -1 : 1))) {
        yield { name, size: bytes.length, since };
      }
    },
    removeSetAside: async ({ name }) => world.quarantined.delete(name),
    async *leftovers() {},
    removeLeftover: async () => false,
    record: async (entries) => void world.removals.push(...structuredClone(entries)),
    async *removals() {
      yield* [...world.removals];
    },
  };
}
