import type { ArtifactKind, ArtifactStore } from "../stores/ports.ts";
import type { DocumentSink } from "./documents.ts";
import { ValidationFailed } from "./errors.ts";
import { isSealed } from "./secrets/seal.ts";
import type { Guard } from "./secrets-guard.ts";

const BRACE = 0x7b;
const BRACKET = 0x5b;

/**
 * An artifact store that takes no structured data with a secret in it: looks at the document where it comes along, else at
 * what the bytes say. Other bytes are not looked into.
 */
export function guardedArtifacts(artifacts: ArtifactStore, guard: Guard): ArtifactStore & DocumentSink {
  return {
    ...artifacts,
    async put(kind: ArtifactKind, bytes: Uint8Array, document?: unknown) {
      if (kind === "secret_payload" && !isSealed(bytes)) {
        throw new ValidationFailed("secret_payload artifact: expected sealed bytes, found others; seal them first");
      }
      if (bytes[0] === BRACE || bytes[0] === BRACKET) guard.refuse(`${kind} artifact`, document ?? parse(bytes));
      return artifacts.put(kind, bytes);
    },
  };
}

function parse(bytes: Uint8Array): unknown {
  const text = new TextDecoder().decode(bytes);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
