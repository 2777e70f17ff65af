import type { ArtifactRef } from "../../contracts/ids.ts";

/** An artifact that a document names, and the field that names it. */
export interface Reference {
  readonly ref: ArtifactRef;
  readonly field: string;
}

const REFERENCE = /^artifact:\/\/[0-9a-f]{64}$/;
/** `{`, `[` and `"`. */
const STRUCTURED = new Set([0x7b, 0x5b, 0x22]);
const LENGTH = "artifact://".length + 64;

/**
 * Every string of a JSON value that is a reference and nothing else. What stands under `error` only tells of
 * artifacts: it may say that one is missing.
 * @param seen references to leave out; those given back are added
 */
export function referencesIn(value: unknown, seen?: Set<string>): Reference[] {
  const references: Reference[] = [];
  const visit = (item: unknown, field: string): void => {
    if (typeof item === "string") {
      if (item.length !== LENGTH || seen?.has(item) || !REFERENCE.test(item)) return;
      seen?.add(item);
      references.push({ ref: item as ArtifactRef, field });
    } else if (Array.isArray(item)) for (const each of item) visit(each, field);
    else if (typeof item === "object" && item !== null) {
      for (const name in item) if (name !== "error") visit((item as Record<string, unknown>)[name], name);
    }
  };
  visit(value, "");
  return references;
}

/** What an artifact's bytes say, where they say something in JSON: an object, a list or a string, as structured ones do. */
export function documentIn(bytes: Uint8Array): unknown {
  if (!STRUCTURED.has(bytes[0] ?? 0)) return undefined;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
}
