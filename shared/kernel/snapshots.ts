import { type ArtifactId, type ArtifactRef, artifactRef } from "../contracts/ids.ts";
import { canonicalBytes, sha256 } from "../stores/digest.ts";
import type { ArtifactReader } from "../stores/ports.ts";
import type { NamedDocument } from "./recorder.ts";
import type { Guard } from "./secrets-guard.ts";

/** A context, as the event that names it takes it along. */
export interface Snapshot {
  readonly ref: ArtifactRef;
  readonly document: NamedDocument;
}

/** @throws {SecretRefused} when the context holds a secret */
export function snapshotOf(context: unknown, guard: Guard): Snapshot {
  guard.refuse("context_snapshot artifact", context);
  const bytes = canonicalBytes(context);
  return { ref: artifactRef(sha256(bytes) as ArtifactId), document: { kind: "context_snapshot", bytes } };
}

export async function readSnapshot(artifacts: ArtifactReader, ref: ArtifactRef): Promise<unknown> {
  return JSON.parse(new TextDecoder().decode(await artifacts.get(ref)));
}
