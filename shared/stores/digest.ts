import { hash } from "node:crypto";
import canonicalize from "canonicalize";
import { InvalidInputError } from "./errors.ts";
import type { Json } from "./ports.ts";

/** SHA-256, 64 lowercase hexadecimal digits. */
export function sha256(bytes: Uint8Array | string): string {
  return hash("sha256", bytes, "hex");
}

/** SHA-256 of a value's RFC 8785 canonical JSON. @throws InvalidInputError for what is not JSON */
export function canonicalHash(value: Json): string {
  return sha256(canonicalText(value));
}

/** RFC 8785 canonical JSON. @throws InvalidInputError for what is not JSON */
export function canonicalText(value: Json): string {
  const text = attemptCanonical(value);
  if (text === undefined) throw new InvalidInputError("value", "JSON", "something JSON cannot say");
  return text;
}

function attemptCanonical(value: Json): string | undefined {
  try {
    return canonicalize(value);
  } catch (error) {
    throw new InvalidInputError("value", "JSON", error instanceof Error ? error.message : String(error));
  }
}
