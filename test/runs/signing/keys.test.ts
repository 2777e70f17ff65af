import { createHash, createPublicKey, generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  keyBeside,
  newKeyPair,
  publicPartOf,
  signingKeyFrom,
  verifyingKeyFrom,
} from "../../../shared/runs/signing/keys.ts";

const pair = newKeyPair();

describe("a key", () => {
  it("goes by the SHA-256 of its public part, whichever part is read", () => {
    const der = createPublicKey(pair.publicKey).export({ type: "spki", format: "der" });
    const keyId = `ed25519:${createHash("sha256").update(der).digest("hex")}`;
    expect(pair.keyId).toBe(keyId);
    expect(signingKeyFrom(pair.privateKey, "key").keyId).toBe(keyId);
    expect(verifyingKeyFrom(pair.publicKey, "key").keyId).toBe(keyId);
    expect(publicPartOf(pair.privateKey, "key")).toEqual({ keyId, publicKey: pair.publicKey });
    expect(publicPartOf(pair.publicKey, "key")).toEqual({ keyId, publicKey: pair.publicKey });
  });

  it("signs the same bytes the same way", () => {
    const key = signingKeyFrom(pair.privateKey, "key");
    expect(key.sign(Buffer.from("a"))).toEqual(key.sign(Buffer.from("a")));
    expect(Object.keys(key)).toEqual(["keyId", "publicKey", "sign"]);
    expect(key.publicKey).toBe(pair.publicKey.split("\n")[1]);
  });

  it("may stand in a variable, on one line in base64", () => {
    const variable = Buffer.from(pair.privateKey).toString("base64");
    expect(signingKeyFrom(variable, "RESTEP_SIGNING_KEY").keyId).toBe(pair.keyId);
  });

  const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 });
  it.each([
    ["nothing", "", /^key: expected an ed25519 private key in PEM.*found something else$/],
    ["a text", "correct horse battery staple", /found something else$/],
    ["a public key", pair.publicKey, /found something else$/],
    [
      "a key of another kind",
      rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      /found a key of type rsa$/,
    ],
    ["half a key", pair.privateKey.slice(0, 60), /found something else$/],
  ])("%s does not sign, and is not repeated", (_, text, message) => {
    let said = "";
    try {
      signingKeyFrom(text, "key");
    } catch (error) {
      said = (error as Error).message;
    }
    expect(said).toMatch(message);
    if (text !== "") expect(said).not.toContain(text.split("\n")[1] ?? text);
  });

  it("stands beside what it signed, and is known by its own id alone", () => {
    const { keyId: keyid, publicKey: public_key, sign } = signingKeyFrom(pair.privateKey, "key");
    const bytes = Buffer.from("a");
    expect(keyBeside({ keyid, public_key })?.verifies(bytes, sign(bytes))).toBe(true);
    expect(keyBeside({ keyid, public_key: newKeyPair().publicKey.split("\n")[1]! })).toBeUndefined();
    expect(keyBeside({ keyid, public_key: "" })).toBeUndefined();
  });

  it("of another kind is none, though its id is its hash", () => {
    const der = generateKeyPairSync("x25519").publicKey.export({ type: "spki", format: "der" });
    const keyid = `ed25519:${createHash("sha256").update(der).digest("hex")}` as const;
    expect(keyBeside({ keyid, public_key: der.toString("base64") })).toBeUndefined();
  });

  it("that is private is not taken for a public one", () => {
    expect(() => verifyingKeyFrom(pair.privateKey, "--key a")).toThrow(/found a private key$/);
    expect(() => verifyingKeyFrom("x", "--key a")).toThrow(/expected an ed25519 public key.*found something else$/);
  });
});
