import type { ArtifactRef } from "../../contracts/ids.ts";

const REF = /artifact:\/\/[0-9a-f]{64}/g;

/** The artifacts that a text names, in order, as often as it names them. */
export function refsIn(text: string): ArtifactRef[] {
  return (text.match(REF) ?? []) as ArtifactRef[];
}

/** The artifacts that an artifact names. Only structured ones name any; of other bytes nothing is read. */
export function refsInArtifact(bytes: Uint8Array): ArtifactRef[] {
  return isStructured(bytes) ? refsIn(Buffer.from(bytes).toString("utf8")) : [];
}

/** Structured artifacts are canonical JSON: an object, a list or a string begins it, with no space before. */
function isStructured(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7b || bytes[0] === 0x5b || bytes[0] === 0x22;
}

/**
 * Every artifact that the roots lead to, themselves included, each asked about once.
 * @param refsOf the artifacts that one names; none for one that cannot be read, if the walk is to go on
 */
export async function reachable(
  roots: Iterable<ArtifactRef>,
  refsOf: (ref: ArtifactRef) => Promise<readonly ArtifactRef[]>,
): Promise<Set<ArtifactRef>> {
  const seen = new Set<ArtifactRef>();
  const queue = [...roots];
  for (let ref = queue.pop(); ref !== undefined; ref = queue.pop()) {
    if (seen.has(ref)) continue;
    seen.add(ref);
    for (const next of await refsOf(ref)) queue.push(next);
  }
  return seen;
}
