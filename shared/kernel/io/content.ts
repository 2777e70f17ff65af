import type { Content } from "../../contracts/facts.ts";

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
