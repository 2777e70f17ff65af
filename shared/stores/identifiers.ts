import { ArtifactRef, artifactId, PrincipalId, RunId } from "../contracts/ids.ts";
import { InvalidInputError } from "./errors.ts";
import { ARTIFACT_KINDS, type ArtifactKind } from "./ports.ts";
import type { PublishedFile } from "./publications.ts";

/** Checks made again at run time because these become parts of paths. */

/** The 64 digits of a reference. @throws InvalidInputError */
export function digitsOf(ref: ArtifactRef): string {
  if (!ArtifactRef.safeParse(ref).success) {
    throw new InvalidInputError("artifact reference", "artifact://<64 lowercase hexadecimal digits>", show(ref));
  }
  return artifactId(ref);
}

/** @throws InvalidInputError */
export function checkRunId(runId: RunId): RunId {
  if (!isRunId(runId)) throw new InvalidInputError("run id", "a UUID in lowercase", show(runId));
  return runId;
}

export function isRunId(name: string): name is RunId {
  return RunId.safeParse(name).success;
}

/** @throws InvalidInputError */
export function checkHolder(holder: PrincipalId): PrincipalId {
  if (!PrincipalId.safeParse(holder).success) {
    throw new InvalidInputError("lease holder", "a principal: 1 to 128 of A-Z a-z 0-9 . _ : @ / -", show(holder));
  }
  return holder;
}

/** @throws InvalidInputError */
export function checkKind(kind: ArtifactKind): ArtifactKind {
  if (!isArtifactKind(kind)) throw new InvalidInputError("artifact kind", ARTIFACT_KINDS.join(", "), show(kind));
  return kind;
}

export function isArtifactKind(name: unknown): name is ArtifactKind {
  return ARTIFACT_KINDS.some((kind) => kind === name);
}

/** The index of a published bundle stands beside its files. */
export const INDEX_FILE = "bundle.json";

/** @throws InvalidInputError */
export function checkPublishedPaths(files: readonly PublishedFile[]): void {
  const taken = new Set([INDEX_FILE]);
  for (const { path } of files) {
    if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(path)) {
      throw new InvalidInputError("path in a bundle", "a plain name of A-Z a-z 0-9 . _ -", show(path));
    }
    if (taken.has(path)) throw new InvalidInputError("path in a bundle", "a name not taken yet", show(path));
    taken.add(path);
  }
}

function show(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 100) ?? typeof value;
}
