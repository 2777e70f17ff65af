import { type ArtifactId, type ArtifactRef, artifactRef } from "../../contracts/ids.ts";
import type { Clock } from "../clock.ts";
import { sha256 } from "../digest.ts";
import { CorruptionError, IoError, NotFoundError } from "../errors.ts";
import { checkKind, digitsOf } from "../identifiers.ts";
import type { ArtifactStore, StoreNotice } from "../ports.ts";
import { checkSecrecy } from "../secret-payload.ts";
import { type ArtifactIndex, type IndexEntry, KEYS_AT_ONCE } from "./artifact-index.ts";
import { PREFIXES } from "./layout.ts";
import type { Objects, WholeObject } from "./objects.ts";
import type { Quarantine } from "./quarantine.ts";

export interface AwsArtifacts {
  readonly objects: Objects;
  readonly index: ArtifactIndex;
  readonly quarantine: Quarantine;
  readonly clock: Clock;
  /** For messages. */
  readonly where: string;
  readonly notify: (notice: StoreNotice) => void;
}

/** As a store's folder has them. */
export function artifactKey(digits: string): string {
  return `${PREFIXES.artifacts}${digits.slice(0, 2)}/${digits.slice(2)}`;
}

/** The digits of an artifact whose key, behind the first part, is this; undefined where it is none. */
export function digitsIn(name: string): string | undefined {
  return /^[0-9a-f]{2}\/[0-9a-f]{62}$/.test(name) ? name.replace("/", "") : undefined;
}

async function* artifactsListed(objects: Objects): AsyncGenerator<{ readonly digits: string; readonly size: number }> {
  for await (const { name, size } of objects.list(PREFIXES.artifacts)) {
    const digits = digitsIn(name);
    if (digits !== undefined) yield { digits, size };
  }
}

/** A put that meets a removal ends it and tries again; each time another removal must have begun. */
const ATTEMPTS = 20;

/**
 * Artifacts as objects that S3 takes only when there are none of that name and when their bytes hash to it. What a put
 * finds there is compared by the hash that S3 keeps.
 */
export function awsArtifacts({ objects, index, quarantine, clock, where, notify }: AwsArtifacts): ArtifactStore {
  const setAside = async (ref: ArtifactRef, found: WholeObject): Promise<void> => {
    const digits = digitsOf(ref);
    const why = `its bytes hash to ${sha256(found.bytes)}`;
    const movedTo = `${where}${await quarantine.setAside(digits, { ...found, key: artifactKey(digits) }, why)}`;
    notify({ kind: "artifact_quarantined", ref, movedTo, why });
  };

  /** Whether what is there now is whole. What is not is set aside. */
  const isWhole = async (ref: ArtifactRef, digits: string): Promise<boolean> => {
    if ((await objects.head(artifactKey(digits)))?.sha256 === digits) return true;
    const found = await objects.get(artifactKey(digits));
    if (found === undefined) return false;
    if (sha256(found.bytes) === digits) return true;
    await setAside(ref, found);
    return false;
  };

  return {
    async put(kind, given) {
      checkKind(kind);
      checkSecrecy(kind, given);
      const bytes = Uint8Array.from(given);
      const digits = sha256(bytes);
      const ref = artifactRef(digits as ArtifactId);
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        // First the index: who removes it now sees that it was put since, or is seen.
        const { removing } = await index.put(digits, kind, clock.now());
        if (removing !== undefined) {
          await objects.remove(artifactKey(digits), removing);
          await index.endRemoval(digits, removing);
        }
        if (await objects.putNew(artifactKey(digits), bytes, digits)) return ref;
        if (await isWhole(ref, digits)) return ref;
      }
      throw new IoError("put an artifact", where, `${ref} is removed as often as it is put`, undefined, "try again");
    },
    async get(ref) {
      const digits = digitsOf(ref);
      const found = await objects.get(artifactKey(digits));
      if (found === undefined) throw new NotFoundError(ref, where);
      if (sha256(found.bytes) === digits) return found.bytes;
      await setAside(ref, found);
      throw damaged(ref, found, where, "it was set aside; putting the right bytes again heals it");
    },
    has: async (ref) => (await objects.head(artifactKey(digitsOf(ref)))) !== undefined,
    async stat(ref) {
      const digits = digitsOf(ref);
      const [head, entry] = await Promise.all([objects.head(artifactKey(digits)), index.get(digits)]);
      return head && { ref, size: head.size, kinds: entry?.kinds ?? [] };
    },
    async *list() {
      for await (const { ref, size, entry } of indexedArtifacts(objects, index)) {
        yield { ref, size, kinds: entry?.kinds ?? [] };
      }
    },
  };
}

export function damaged(ref: ArtifactRef, { bytes }: WholeObject, where: string, remedy: string): CorruptionError {
  const expected = `SHA-256 ${digitsOf(ref)}`;
  return new CorruptionError(ref, { where, expected, found: `SHA-256 ${sha256(bytes)}`, remedy });
}

/** Every artifact in order of address, with what is known of it. */
export async function* indexedArtifacts(
  objects: Objects,
  index: ArtifactIndex,
): AsyncGenerator<{ readonly ref: ArtifactRef; readonly size: number; readonly entry: IndexEntry | undefined }> {
  for await (const page of pagesOf(artifactsListed(objects), KEYS_AT_ONCE)) {
    const entries = await index.getAll(page.map(({ digits }) => digits));
    for (const { digits, size } of page) {
      yield { ref: artifactRef(digits as ArtifactId), size, entry: entries.get(digits) };
    }
  }
}

async function* pagesOf<T>(items: AsyncIterable<T>, length: number): AsyncGenerator<readonly T[]> {
  let page: T[] = [];
  for await (const item of items) {
    page.push(item);
    if (page.length < length) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
