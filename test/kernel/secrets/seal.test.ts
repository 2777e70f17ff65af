import fc from "fast-check";
import { CompactEncrypt } from "jose";
import { describe, expect, it } from "vitest";
import { SealedSecretBroken, SecretKeyUnusable } from "../../../shared/kernel/secrets/errors.ts";
import { isSealed, openSecret, sealSecret, secretKeyFrom } from "../../../shared/kernel/secrets/seal.ts";

const KEY = new Uint8Array(32).fill(7);
const OTHER = new Uint8Array(32).fill(8);
const text = new TextEncoder();

describe("sealed secrets", () => {
  it("open with their key to the bytes that were sealed", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        async (secret, key) => {
          const sealed = await sealSecret(secret, key);
          expect(isSealed(sealed)).toBe(true);
          expect([...(await openSecret(sealed, key))]).toEqual([...secret]);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("are JWE compact, say which key opens them, and do not hold what was sealed", async () => {
    const sealed = Buffer.from(await sealSecret(text.encode("correct horse"), KEY)).toString("latin1");
    expect(JSON.parse(Buffer.from(sealed.split(".")[0]!, "base64url").toString())).toEqual({
      alg: "dir",
      enc: "A256GCM",
      typ: "restep-secret+jwe",
      kid: "4bb06f8e4e3a7715",
    });
    expect(sealed).not.toContain(Buffer.from("correct horse").toString("base64url").slice(0, 8));
  });

  it("are sealed anew each time", async () => {
    const [first, second] = await Promise.all([sealSecret(text.encode("a"), KEY), sealSecret(text.encode("a"), KEY)]);
    expect(first).not.toEqual(second);
  });

  it("do not open with another key, and name both by their ids", async () => {
    const opening = openSecret(await sealSecret(text.encode("a"), KEY), OTHER);
    await expect(opening).rejects.toThrow(SecretKeyUnusable);
    await expect(opening).rejects.toThrow(
      /expected the key with id 4bb06f8e4e3a7715, found the one with id [0-9a-f]{16};/,
    );
  });

  it.each([2, 3, 4])("do not open when part %i was changed", async (part) => {
    const parts = Buffer.from(await sealSecret(text.encode("correct horse"), KEY))
      .toString()
      .split(".");
    parts[part] = (parts[part]!.startsWith("A") ? "B" : "A") + parts[part]!.slice(1);
    await expect(openSecret(text.encode(parts.join(".")), KEY)).rejects.toThrow(SealedSecretBroken);
  });

  it("need a key of 32 bytes", async () => {
    await expect(sealSecret(text.encode("a"), new Uint8Array(16))).rejects.toThrow("expected 32 bytes, found 16");
  });
});

describe("what is not sealed", () => {
  const encrypt = (header: { alg: string; enc: string; typ?: string; kid?: string }, key: Uint8Array) =>
    new CompactEncrypt(text.encode("a")).setProtectedHeader(header).encrypt(key);

  it.each([
    ["plaintext", async () => "correct horse battery staple"],
    ["nothing", async () => ""],
    ["five parts of anything", async () => "a.b.c.d.e"],
    ["a header that is no JSON", async () => `${"x".repeat(20)}..${"a".repeat(16)}.YQ.${"a".repeat(22)}`],
    [
      "another algorithm",
      () => encrypt({ alg: "dir", enc: "A128GCM", typ: "restep-secret+jwe", kid: "0".repeat(16) }, KEY.slice(16)),
    ],
    ["another type", () => encrypt({ alg: "dir", enc: "A256GCM", typ: "JWT", kid: "0".repeat(16) }, KEY)],
    ["no key id", () => encrypt({ alg: "dir", enc: "A256GCM", typ: "restep-secret+jwe" }, KEY)],
  ])("%s is known by its structure", async (_, make) => {
    const bytes = text.encode(await make());
    expect(isSealed(bytes)).toBe(false);
    await expect(openSecret(bytes, KEY)).rejects.toThrow(SealedSecretBroken);
  });

  it("is anything with a line behind it", async () => {
    expect(isSealed(Buffer.concat([await sealSecret(text.encode("a"), KEY), text.encode("\nplaintext")]))).toBe(false);
  });
});

describe("keys as text", () => {
  it("are read from hex, base64 and base64url, with blanks around them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
        const bytes = Buffer.from(key);
        for (const encoding of ["hex", "base64", "base64url"] as const) {
          expect([...secretKeyFrom(` ${bytes.toString(encoding)}\n`)]).toEqual([...key]);
        }
        expect([...secretKeyFrom(bytes.toString("hex").toUpperCase())]).toEqual([...key]);
      }),
    );
  });

  it.each(["", "correct horse battery staple", "ab".repeat(31), "ab".repeat(33), `${"A".repeat(42)}*`])(
    "%j is none, and not repeated",
    (value) => {
      expect(() => secretKeyFrom(value)).toThrow(SecretKeyUnusable);
      expect(() => secretKeyFrom(value)).toThrow(`found ${value.length} characters`);
      if (value !== "") expect(() => secretKeyFrom(value)).not.toThrow(value);
    },
  );
});
