import * as z from "zod";
import { sha256 } from "../../stores/digest.ts";
import { SealedSecretBroken, SecretKeyUnusable } from "./errors.ts";

/** The protected header of a sealed secret. `kid` tells which key opens it without telling the key. */
const SealHeader = z.strictObject({
  alg: z.literal("dir"),
  enc: z.literal("A256GCM"),
  typ: z.literal("restep-secret+jwe"),
  kid: z.string().regex(/^[0-9a-f]{16}$/),
});
type SealHeader = z.infer<typeof SealHeader>;

/** Few runs have a secret to seal. */
const library = () => import("./jwe.ts");

const KEY_BYTES = 32;
/** JWE compact with `dir`: no encrypted key, 96-bit IV, 128-bit tag (RFC 7516, section 7.1). */
const COMPACT = /^[\w-]+\.\.[\w-]{16}\.[\w-]*\.[\w-]{22}$/;

/**
 * Encrypts a secret for an artifact of kind `secret_payload`: JWE compact (RFC 7516), `dir` with A256GCM, as ASCII bytes.
 * Each sealing draws its own IV, so the same secret gives other bytes each time.
 * @param key 32 bytes
 * @throws {SecretKeyUnusable} for a key of another length
 */
export async function sealSecret(plaintext: Uint8Array, key: Uint8Array): Promise<Uint8Array> {
  const { CompactEncrypt } = await library();
  const header: SealHeader = { alg: "dir", enc: "A256GCM", typ: "restep-secret+jwe", kid: keyId(key) };
  return new TextEncoder().encode(await new CompactEncrypt(plaintext).setProtectedHeader(header).encrypt(key));
}

/**
 * @param key 32 bytes
 * @throws {SealedSecretBroken} when the bytes are not sealed, or were changed since
 * @throws {SecretKeyUnusable} when they were sealed with another key, naming both by their ids
 */
export async function openSecret(sealed: Uint8Array, key: Uint8Array): Promise<Uint8Array> {
  const header = headerOf(sealed);
  if (header === undefined) {
    throw new SealedSecretBroken(
      `sealed secret: expected JWE compact with dir and A256GCM, found ${sealed.length} bytes of something else`,
    );
  }
  const found = keyId(key);
  if (header.kid !== found) {
    throw new SecretKeyUnusable(
      `sealed secret: expected the key with id ${header.kid}, found the one with id ${found}; set RESTEP_SECRET_KEY to the key it was sealed with`,
    );
  }
  const { compactDecrypt } = await library();
  try {
    const { plaintext } = await compactDecrypt(new TextDecoder().decode(sealed), key, {
      keyManagementAlgorithms: ["dir"],
      contentEncryptionAlgorithms: ["A256GCM"],
    });
    return plaintext;
  } catch (error) {
    throw new SealedSecretBroken(
      `sealed secret (key ${header.kid}): its bytes were changed after it was sealed`,
      error,
    );
  }
}

/** Whether bytes are a sealed secret by their structure. Needs no key, so a store can refuse plaintext. */
export function isSealed(bytes: Uint8Array): boolean {
  return headerOf(bytes) !== undefined;
}

/**
 * The key in RESTEP_SECRET_KEY: 32 bytes as 64 hex digits, or as base64 or base64url.
 * @throws {SecretKeyUnusable} for anything else, without repeating it
 */
export function secretKeyFrom(text: string): Uint8Array {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return new Uint8Array(Buffer.from(trimmed, "hex"));
  const isBase64 = /^[\w+/-]{43}=?$/.test(trimmed);
  if (isBase64) return new Uint8Array(Buffer.from(trimmed, "base64"));
  throw new SecretKeyUnusable(
    `RESTEP_SECRET_KEY: expected ${KEY_BYTES} bytes as 64 hex digits or 43 characters of base64 (44 with padding), found ${trimmed.length} characters; make one with: openssl rand -hex 32`,
  );
}

/** The key in this environment, if there is one. @throws {SecretKeyUnusable} */
export function secretKeyIn(environment: (name: string) => string | undefined): Uint8Array | undefined {
  const text = environment("RESTEP_SECRET_KEY");
  return text === undefined || text.trim() === "" ? undefined : secretKeyFrom(text);
}

/** Id of the key that bytes were sealed with; undefined when they are not sealed. */
export function sealKeyId(bytes: Uint8Array): string | undefined {
  return headerOf(bytes)?.kid;
}

/** First 16 hex digits of the key's SHA-256. */
function keyId(key: Uint8Array): string {
  if (key.length !== KEY_BYTES) {
    throw new SecretKeyUnusable(`secret key: expected ${KEY_BYTES} bytes, found ${key.length}`);
  }
  return sha256(key).slice(0, 16);
}

function headerOf(bytes: Uint8Array): SealHeader | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  if (!COMPACT.test(text)) return undefined;
  try {
    const header: unknown = JSON.parse(Buffer.from(text.slice(0, text.indexOf(".")), "base64url").toString("utf8"));
    return SealHeader.safeParse(header).data;
  } catch {
    return undefined;
  }
}
