import { type ArtifactId, type ArtifactRef, artifactRef } from "../../contracts/ids.ts";
import type { Clock } from "../clock.ts";
import { sha256 } from "../digest.ts";
import { CorruptionError, NotFoundError } from "../errors.ts";
import { checkKind, digitsOf } from "../identifiers.ts";
import type { ArtifactStat, ArtifactStore, StoreNotice } from "../ports.ts";
import { checkSecrecy } from "../secret-payload.ts";
import { type MemoryWorld, moveToQuarantine } from "./world.ts";

const WHERE = "memory";

/** Artifacts in a map. Bytes are copied in and out, so that no caller can change them. */
export function memoryArtifacts(
  world: MemoryWorld,
  { clock, notify }: { clock: Clock; notify: (notice: StoreNotice) => void },
): ArtifactStore {
  const statOf = (ref: ArtifactRef): ArtifactStat | undefined => {
    const artifact = world.artifacts.get(ref);
    return artifact && { ref, size: artifact.bytes.length, kinds: [...(world.kinds.get(ref) ?? [])].sort() };
  };

  const setAside = (ref: ArtifactRef, bytes: Uint8Array): void => {
    const why = `its bytes hash to ${sha256(bytes)}`;
    world.artifacts.delete(ref);
    const movedTo = moveToQuarantine(world, { ref, bytes, why, since: clock.now() });
    notify({ kind: "artifact_quarantined", ref, movedTo, why });
  };

  return {
    async put(kind, bytes) {
      checkKind(kind);
      checkSecrecy(kind, bytes);
      const digits = sha256(bytes);
      const ref = artifactRef(digits as ArtifactId);
      const present = world.artifacts.get(ref);
      if (present !== undefined && sha256(present.bytes) !== digits) setAside(ref, present.bytes);
      world.artifacts.set(ref, { bytes: Uint8Array.from(bytes), lastPut: clock.now() });
      world.kinds.set(ref, (world.kinds.get(ref) ?? new Set()).add(kind));
      return ref;
    },
    async get(ref) {
      const bytes = bytesOf(world, ref);
      if (isWhole(ref, bytes)) return Uint8Array.from(bytes);
      setAside(ref, bytes);
      throw damaged(ref, bytes, "it was set aside; putting the right bytes again heals it");
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

/** @throws NotFoundError, InvalidInputError */
export function bytesOf(world: MemoryWorld, ref: ArtifactRef): Uint8Array {
  digitsOf(ref);
  const artifact = world.artifacts.get(ref);
  if (artifact === undefined) throw new NotFoundError(ref, WHERE);
  return artifact.bytes;
}

export function isWhole(ref: ArtifactRef, bytes: Uint8Array): boolean {
  return sha256(bytes) === digitsOf(ref);
}

export function damaged(ref: ArtifactRef, bytes: Uint8Array, remedy: string): CorruptionError {
  const expected = `SHA-256 ${digitsOf(ref)}`;
  return new CorruptionError(ref, { where: WHERE, expected, found: `SHA-256 ${sha256(bytes)}`, remedy });
}
