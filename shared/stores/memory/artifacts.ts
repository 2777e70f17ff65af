import { type ArtifactId, type ArtifactRef, artifactRef } from "../../contracts/ids.ts";
import { sha256 } from "../digest.ts";
import { CorruptionError, NotFoundError } from "../errors.ts";
import { checkKind, digitsOf } from "../identifiers.ts";
import type { ArtifactStat, ArtifactStore, StoreNotice } from "../ports.ts";
import type { MemoryWorld } from "./world.ts";

const WHERE = "memory";

/** Artifacts in a map. Bytes are copied in and out, so that no caller can change them. */
export function memoryArtifacts(world: MemoryWorld, notify: (notice: StoreNotice) => void): ArtifactStore {
  const statOf = (ref: ArtifactRef): ArtifactStat | undefined => {
    const artifact = world.artifacts.get(ref);
    return artifact && { ref, size: artifact.bytes.length, kinds: [...artifact.kinds].sort() };
  };
  return {
    async put(kind, bytes) {
      checkKind(kind);
      const digits = sha256(bytes);
      const ref = artifactRef(digits as ArtifactId);
      const present = world.artifacts.get(ref);
      if (present !== undefined && sha256(present.bytes) !== digits) setAside(world, ref, present.bytes, notify);
      const kinds = present?.kinds ?? new Set();
      world.artifacts.set(ref, { bytes: Uint8Array.from(bytes), kinds: kinds.add(kind) });
      return ref;
    },
    async get(ref) {
      const digits = digitsOf(ref);
      const artifact = world.artifacts.get(ref);
      if (artifact === undefined) throw new NotFoundError(ref, WHERE);
      const found = sha256(artifact.bytes);
      if (found === digits) return Uint8Array.from(artifact.bytes);
      setAside(world, ref, artifact.bytes, notify);
      throw new CorruptionError(ref, {
        where: WHERE,
        expected: `SHA-256 ${digits}`,
        found: `SHA-256 ${found}`,
        remedy: "it was set aside; put the right bytes again to heal it",
      });
    },
    async has(ref) {
      digitsOf(ref);
      return world.artifacts.has(ref);
    },
    async stat(ref) {
      digitsOf(ref);
      return statOf(ref);
    },
    async *list() {
      for (const ref of [...world.artifacts.keys()].sort()) {
        const stat = statOf(ref);
        if (stat !== undefined) yield stat;
      }
    },
  };
}

function setAside(
  world: MemoryWorld,
  ref: ArtifactRef,
  bytes: Uint8Array,
  notify: (notice: StoreNotice) => void,
): void {
  const why = `its bytes hash to ${sha256(bytes)}`;
  world.artifacts.delete(ref);
  world.quarantined.push({ ref, bytes, why });
  notify({ kind: "artifact_quarantined", ref, movedTo: `${WHERE}:quarantine`, why });
}
