import { createPublicKey, verify } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DsseEnvelope } from "../../../shared/contracts/signature.ts";
import {
  IN_TOTO,
  payloadSignedBy,
  preAuthenticationEncoding,
  signEnvelope,
} from "../../../shared/runs/signing/dsse.ts";
import { newKeyPair, signingKeyFrom, type VerifyingKey, verifyingKeyFrom } from "../../../shared/runs/signing/keys.ts";

const pair = newKeyPair();
const key = signingKeyFrom(pair.privateKey, "key");
const publicKey = verifyingKeyFrom(pair.publicKey, "key");
const payload = Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}');

/** The example of the protocol's own page: https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md#test-vectors */
const TYPE = "http://example.com/HelloWorld";
const EXAMPLE: DsseEnvelope = {
  payload: "aGVsbG8gd29ybGQ=",
  payloadType: TYPE,
  signatures: [
    {
      keyid: "",
      sig: "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==",
    },
  ],
};
const coordinate = (decimal: bigint) =>
  Buffer.from(decimal.toString(16).padStart(64, "0"), "hex").toString("base64url");

describe("a signed envelope", () => {
  it("is encoded as the protocol's example", () => {
    const encoded = preAuthenticationEncoding(TYPE, Buffer.from("hello world"));
    expect(Buffer.from(encoded).toString()).toBe("DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  });

  it("of the protocol's example holds, and none of another text or type", () => {
    const jwk = {
      kty: "EC",
      crv: "P-256",
      x: coordinate(46950820868899156662930047687818585632848591499744589407958293238635476079160n),
      y: coordinate(5640078356564379163099075877009565129882514886557779369047442380624545832820n),
    };
    const ecdsa = createPublicKey({ key: jwk, format: "jwk" });
    const example: VerifyingKey = {
      keyId: publicKey.keyId,
      verifies: (bytes, signature) => verify("sha256", bytes, { key: ecdsa, dsaEncoding: "ieee-p1363" }, signature),
    };
    expect(Buffer.from(payloadSignedBy(example, TYPE, EXAMPLE)!).toString()).toBe("hello world");
    expect(payloadSignedBy(example, TYPE, { ...EXAMPLE, payload: "aGVsbG8gd29ybGQh" })).toBeUndefined();
    expect(payloadSignedBy(example, IN_TOTO, { ...EXAMPLE, payloadType: IN_TOTO })).toBeUndefined();
  });

  it("holds for the key that signed it, and for no other", () => {
    const envelope = signEnvelope(IN_TOTO, payload, key);
    expect(payloadSignedBy(publicKey, IN_TOTO, envelope)).toEqual(payload);
    const other = verifyingKeyFrom(newKeyPair().publicKey, "key");
    expect(payloadSignedBy(other, IN_TOTO, envelope)).toBeUndefined();
  });

  it("does not hold by the id of a key alone, and holds whatever id stands there", () => {
    const envelope = signEnvelope(IN_TOTO, payload, key);
    const sig = envelope.signatures[0]?.sig ?? "";
    expect(payloadSignedBy(publicKey, IN_TOTO, { ...envelope, signatures: [{ keyid: "x", sig }] })).toEqual(payload);
    const forged = { ...envelope, signatures: [{ keyid: key.keyId, sig: `${"A".repeat(86)}==` }] };
    expect(payloadSignedBy(publicKey, IN_TOTO, forged)).toBeUndefined();
  });

  it("may be written in either alphabet of base64", () => {
    const envelope = signEnvelope(IN_TOTO, Buffer.from([0xfb, 0xff, 0xfe]), key);
    const urlSafe = (text: string) => text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    const { keyid, sig } = envelope.signatures[0]!;
    const written = { ...envelope, payload: urlSafe(envelope.payload), signatures: [{ keyid, sig: urlSafe(sig) }] };
    expect(payloadSignedBy(publicKey, IN_TOTO, written)).toEqual(Buffer.from([0xfb, 0xff, 0xfe]));
  });

  it("encodes no two types and payloads alike", () => {
    const text = fc.stringMatching(/^[ 0-9a-c]{0,6}$/);
    fc.assert(
      fc.property(text, text, text, text, (typeA, bodyA, typeB, bodyB) => {
        const [a, b] = [
          preAuthenticationEncoding(typeA, Buffer.from(bodyA)),
          preAuthenticationEncoding(typeB, Buffer.from(bodyB)),
        ];
        expect(Buffer.compare(a, b) === 0).toBe(typeA === typeB && bodyA === bodyB);
      }),
    );
  });
});
