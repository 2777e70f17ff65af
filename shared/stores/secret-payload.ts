import * as z from "zod";
import { InvalidInputError } from "./errors.ts";
import type { ArtifactKind } from "./ports.ts";

/** What a JWE's protected header must say at the least (RFC 7516, section 4.1). */
const Header = z.object({ alg: z.string().min(1), enc: z.string().min(1) });

/**
 * Header, encrypted key, initialisation vector, ciphertext, tag (RFC 7516, section 3.1). The key is empty when it is agreed
 * on directly, the ciphertext when the text is empty.
 */
const COMPACT = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]+)$/;

/**
 * Only ciphertext is kept as a `secret_payload`. Looks at the form alone, for stores have no keys.
 * @throws InvalidInputError, which says nothing of the bytes
 */
export function checkSecrecy(kind: ArtifactKind, bytes: Uint8Array): void {
  if (kind !== "secret_payload") return;
  const flaw = flawOf(Buffer.from(bytes).toString("latin1"));
  if (flaw === undefined) return;
  throw new InvalidInputError(
    "artifact of kind secret_payload",
    "ciphertext as a JWE in compact serialisation (RFC 7516); encrypt it first",
    flaw,
  );
}

function flawOf(text: string): string | undefined {
  const parts = COMPACT.exec(text)?.slice(1);
  if (parts === undefined) return "bytes that are not five base64url parts between dots";
  // A group of four digits is three bytes; one digit alone is none.
  if (parts.some((part) => part.length % 4 === 1)) return "a part that is not whole base64url";
  return isHeader(parts[0] ?? "") ? undefined : "a header that is not a JSON object with alg and enc";
}

function isHeader(encoded: string): boolean {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(encoded, "base64url"));
    return Header.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}
