import { hash } from "node:crypto";
import canonicalize from "canonicalize";
import { InvalidInputError } from "./errors.ts";

/** SHA-256, 64 lowercase hexadecimal digits. */
export function sha256(bytes: Uint8Array | string): string {
  return hash("sha256", bytes, "hex");
}

/** SHA-256 of a value's RFC 8785 canonical JSON. @throws InvalidInputError for what is not JSON */
export function canonicalHash(value: unknown): string {
  return sha256(canonicalText(value));
}

/** RFC 8785 canonical JSON as UTF-8: the only form in which structured data is hashed or stored as an artifact. @throws as its text */
export function canonicalBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(canonicalText(value));
}

/** RFC 8785 canonical JSON. @throws InvalidInputError for what is not JSON */
export function canonicalText(value: unknown): string {
  const text = attemptCanonical(value);
  if (text === undefined) throw new InvalidInputError("value", "JSON", "something JSON cannot say");
  return text;
}

function attemptCanonical(value: unknown): string | undefined {
  try {
    return canonicalize(value);
  } catch (error) {
    throw new InvalidInputError("value", "JSON", error instanceof Error ? error.message : String(error));
  }
}
