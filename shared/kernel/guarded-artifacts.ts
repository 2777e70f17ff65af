import type { ArtifactStore } from "../stores/ports.ts";
import { ValidationFailed } from "./errors.ts";
import { isSealed } from "./secrets/seal.ts";
import type { Guard } from "./secrets-guard.ts";

const BRACE = 0x7b;
const BRACKET = 0x5b;

/** An artifact store that takes no structured data with a secret in it. Other bytes are not looked into. */
export function guardedArtifacts(artifacts: ArtifactStore, guard: Guard): ArtifactStore {
  return {
    ...artifacts,
    async put(kind, bytes) {
      if (kind === "secret_payload" && !isSealed(bytes)) {
        throw new ValidationFailed("secret_payload artifact: expected sealed bytes, found others; seal them first");
      }
      if (bytes[0] === BRACE || bytes[0] === BRACKET) guard.refuse(`${kind} artifact`, parse(bytes));
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
