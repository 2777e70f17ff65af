import type * as z from "zod";
import type { ArtifactRef } from "../contracts/ids.ts";
import { frozen, parseDocument } from "../kernel/documents.ts";
import type { ArtifactReader } from "../stores/ports.ts";

/** Where a stage reads from: the store, and what this process has read for the run already. Stage contexts are that. */
export interface Source {
  readonly artifacts: ArtifactReader;
  readonly cache: Map<string, unknown>;
}

/** What something was made from, in bytes as stored: the measure of how much is kept. */
export interface Made<T> {
  readonly value: T;
  readonly bytes: number;
}

/** What is kept for one run was made from at most so many bytes; what was not asked for longest goes first. */
const MOST_BYTES = 128 << 20;

interface Kept {
  readonly value: Promise<unknown>;
  /** 0 until it is made. */
  bytes: number;
}

/**
 * What `make` gives, made once in a process for each run and shared from then on: nobody may change it. What fails is
 * made again with the next call.
 * @param key names all that the value follows from, by reference
 */
export async function once<T>({ cache }: Source, key: string, make: () => Promise<Made<T>>): Promise<T> {
  const all = keptIn(cache);
  const known = all.get(key);
  if (known !== undefined) {
    all.delete(key);
    all.set(key, known);
    return known.value as Promise<T>;
  }
  const made = make();
  const kept: Kept = { value: made.then(({ value }) => value), bytes: 0 };
  all.set(key, kept);
  try {
    kept.bytes = (await made).bytes;
    limit(all);
  } catch {
    all.delete(key);
  }
  return kept.value as Promise<T>;
}

/** By key, that which was not asked for longest first. */
function keptIn(cache: Source["cache"]): Map<string, Kept> {
  const known = cache.get("read_once") as Map<string, Kept> | undefined;
  const all = known ?? new Map<string, Kept>();
  cache.set("read_once", all);
  return all;
}

function limit(all: Map<string, Kept>): void {
  let bytes = 0;
  for (const kept of all.values()) bytes += kept.bytes;
  for (const [key, kept] of all) {
    if (bytes <= MOST_BYTES) return;
    bytes -= kept.bytes;
    all.delete(key);
  }
}

/**
 * A JSON artifact, read and checked when it is first asked for; frozen.
 * @param what names the document in messages, such as `module manifest`
 * @throws {ContractInputMissing} when it is not JSON or not of that schema
 */
export function readDocument<S extends z.ZodType>(
  source: Source,
  ref: ArtifactRef,
  schema: S,
  what: string,
): Promise<z.infer<S>> {
  return once(source, `${what} ${ref}`, async () => {
    const bytes = await source.artifacts.get(ref);
    return { value: frozen(parseDocument(bytes, schema, `${what} (${ref})`)), bytes: bytes.length };
  });
}
