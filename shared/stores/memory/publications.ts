import { digitsOf } from "../identifiers.ts";
import type { ArtifactReader } from "../ports.ts";
import type { PublicationStore } from "../publications.ts";
import type { MemoryWorld } from "./world.ts";

/** Bundles that are published by being named. */
export function memoryPublications({ published }: MemoryWorld, artifacts: ArtifactReader): PublicationStore {
  const place = (digits: string) => `memory:bundles/${digits}`;
  return {
    async publish(bundle, files) {
      for (const file of files) await artifacts.get(file.artifact);
      published.add(digitsOf(bundle));
      return place(digitsOf(bundle));
    },
    async find(bundle) {
      return published.has(digitsOf(bundle)) ? place(digitsOf(bundle)) : undefined;
    },
  };
}
