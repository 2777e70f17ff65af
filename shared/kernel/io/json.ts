import type { Content } from "../../contracts/facts.ts";
import { canonicalBytes, canonicalHash } from "../../stores/digest.ts";
import type { Json } from "../../stores/ports.ts";
import { ValidationFailed } from "../errors.ts";

/**
 * The value as it comes back from its canonical JSON, so that what is used live is what a replay reads.
 * @param what names it in messages
 * @throws {ValidationFailed} when it cannot be written as canonical JSON
 */
export function toJson(value: unknown, what: string): Json {
  try {
    return parseJson(canonicalBytes(value));
  } catch (error) {
    throw new ValidationFailed(`${what}: expected JSON, found a value that is not: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function parseJson(bytes: Uint8Array): Json {
  return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)) as Json;
}

/** SHA-256 of the canonical JSON of what was asked, and of whom. */
export function requestSha256(namespace: string, request: Json): string {
  return canonicalHash({ namespace, request });
}

export interface Difference {
  /** RFC 6901; empty for the whole document. */
  readonly pointer: string;
  readonly left: Json | undefined;
  readonly right: Json | undefined;
}

/** The first place where two documents differ, or undefined where they do not. Keys in the order of their names. */
export function firstDifference(left: Json | undefined, right: Json | undefined, pointer = ""): Difference | undefined {
  if (Object.is(left, right)) return undefined;
  const isSameKind = Array.isArray(left) === Array.isArray(right);
  if (!isContainer(left) || !isContainer(right) || !isSameKind) return { pointer, left, right };
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  if (!Array.isArray(left)) keys.sort();
  for (const key of keys) {
    const found = firstDifference(member(left, key), member(right, key), `${pointer}/${escapePointer(key)}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isContainer(value: Json | undefined): value is readonly Json[] | { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null;
}

function member(container: object, key: string): Json | undefined {
  return Object.hasOwn(container, key) ? (container as Record<string, Json>)[key] : undefined;
}

function escapePointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** Bytes as text where they are UTF-8, and as Base64 where not. */
export function toContent(bytes: Uint8Array): Content {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { base64: Buffer.from(bytes).toString("base64") };
  }
}

export function toBytes(content: Content): Uint8Array<ArrayBuffer> {
  return typeof content === "string"
    ? new TextEncoder().encode(content)
    : Uint8Array.from(Buffer.from(content.base64, "base64"));
}
