import type { DsseEnvelope } from "../../contracts/signature.ts";
import type { SigningKey, VerifyingKey } from "./keys.ts";

/** The payload type of in-toto statements. */
export const IN_TOTO = "application/vnd.in-toto+json";

/**
 * What is signed of a document of a type: no two types and documents give the same bytes.
 * https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md
 */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType);
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload]);
}

export function signEnvelope(payloadType: string, payload: Uint8Array, key: SigningKey): DsseEnvelope {
  const sig = Buffer.from(key.sign(preAuthenticationEncoding(payloadType, payload))).toString("base64");
  return { payloadType, payload: Buffer.from(payload).toString("base64"), signatures: [{ keyid: key.keyId, sig }] };
}

/** The bytes that a key has signed as a document of this type; undefined where it has not. */
export function payloadSignedBy(
  key: VerifyingKey,
  payloadType: string,
  envelope: DsseEnvelope,
): Uint8Array | undefined {
  if (envelope.payloadType !== payloadType) return undefined;
  // Either alphabet is allowed; Node reads both.
  const payload = Buffer.from(envelope.payload, "base64");
  const signed = preAuthenticationEncoding(payloadType, payload);
  // The id of a key is a hint that anybody can write: each signature is tried.
  return envelope.signatures.some(({ sig }) => key.verifies(signed, Buffer.from(sig, "base64"))) ? payload : undefined;
}
