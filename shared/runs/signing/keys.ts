import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import type { KeyId } from "../../contracts/signature.ts";
import { sha256 } from "../../stores/digest.ts";
import { InvalidInputError } from "../../stores/errors.ts";

/** Signs; what it signs with does not come out of it. */
export interface SigningKey {
  readonly keyId: KeyId;
  /** SubjectPublicKeyInfo in DER, in base64: what stands beside a signature. */
  readonly publicKey: string;
  sign(bytes: Uint8Array): Uint8Array;
}

export interface VerifyingKey {
  readonly keyId: KeyId;
  verifies(bytes: Uint8Array, signature: Uint8Array): boolean;
}

export interface KeyPair {
  readonly keyId: KeyId;
  /** PKCS #8 in PEM, not encrypted. */
  readonly privateKey: string;
  /** SubjectPublicKeyInfo in PEM. */
  readonly publicKey: string;
}

export function newKeyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return {
    keyId: keyIdOf(publicKey),
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    publicKey: publicPem(publicKey),
  };
}

/**
 * @param pem a private key in PEM, or that in base64 on one line, as variables take it
 * @param what names it in messages: a file or a variable
 * @throws InvalidInputError for what is no ed25519 private key, without repeating it
 */
export function signingKeyFrom(pem: string, what: string): SigningKey {
  const key = privateKeyOf(pem, what);
  const publicKey = createPublicKey(key);
  return {
    keyId: keyIdOf(publicKey),
    publicKey: derOf(publicKey).toString("base64"),
    sign: (bytes) => sign(null, bytes, key),
  };
}

/** @param pem a public key in PEM. @throws InvalidInputError for what is no ed25519 public key; for a private one */
export function verifyingKeyFrom(pem: string, what: string): VerifyingKey {
  return verifying(publicKeyOf(pem, what));
}

/** The key that stands beside a signature; undefined where it is not the one that the signature names. */
export function keyBeside({
  keyid,
  public_key,
}: {
  readonly keyid: KeyId;
  readonly public_key: string;
}): VerifyingKey | undefined {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(public_key, "base64"), type: "spki", format: "der" });
  } catch {
    return undefined;
  }
  return key.asymmetricKeyType === "ed25519" && keyIdOf(key) === keyid ? verifying(key) : undefined;
}

function verifying(key: KeyObject): VerifyingKey {
  return { keyId: keyIdOf(key), verifies: (bytes, signature) => verify(null, bytes, key, signature) };
}

/** What may be shown of a key file, public or private. @throws InvalidInputError */
export function publicPartOf(pem: string, what: string): Omit<KeyPair, "privateKey"> {
  const isPrivate = pem.includes("PRIVATE KEY");
  const key = isPrivate ? createPublicKey(privateKeyOf(pem, what)) : publicKeyOf(pem, what);
  return { keyId: keyIdOf(key), publicKey: publicPem(key) };
}

function privateKeyOf(text: string, what: string): KeyObject {
  const pem = text.includes("-----BEGIN") ? text : Buffer.from(text, "base64").toString("latin1");
  return keyOf(what, "an ed25519 private key in PEM, as `restep keys new` writes it", pem, createPrivateKey);
}

function publicKeyOf(pem: string, what: string): KeyObject {
  const expected = "an ed25519 public key in PEM, as `restep keys new` writes it beside the private one";
  // Node would take the public part of a private key, which is not to be handed around.
  if (pem.includes("PRIVATE KEY")) throw new InvalidInputError(what, expected, "a private key");
  return keyOf(what, expected, pem, createPublicKey);
}

/** What a library says of a key that it cannot read may hold parts of it. */
function keyOf(what: string, expected: string, pem: string, read: (pem: string) => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = read(pem);
  } catch {
    throw new InvalidInputError(what, expected, pem.includes("ENCRYPTED") ? "an encrypted key" : "something else");
  }
  if (key.asymmetricKeyType === "ed25519") return key;
  throw new InvalidInputError(what, expected, `a key of type ${key.asymmetricKeyType}`);
}

function keyIdOf(publicKey: KeyObject): KeyId {
  return `ed25519:${sha256(derOf(publicKey))}`;
}

function derOf(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: "spki", format: "der" });
}

function publicPem(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}
