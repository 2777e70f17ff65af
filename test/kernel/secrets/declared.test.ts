import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findSecrets } from "../../../shared/kernel/secrets/detect.ts";
import { DeclaredSecretUnusable } from "../../../shared/kernel/secrets/errors.ts";
import { redact } from "../../../shared/kernel/secrets/redact.ts";
import { planted } from "./arbitraries.ts";

/** Values people choose: no shape and no telling name gives them away. */
const declaredValue = fc
  .string({ minLength: 6, maxLength: 40, unit: "grapheme" })
  .filter((value) => value.trim().length >= 6);

const ENCODINGS: [name: string, encode: (value: string, shift: number) => string][] = [
  ["as it is", (value) => `before ${value} after`],
  ["JSON-escaped", (value) => JSON.stringify({ output: value })],
  ["JSON-escaped twice", (value) => JSON.stringify({ output: JSON.stringify([value]) })],
  ["with every character escaped", (value) => escapeAll(value)],
  ["URL-encoded", (value) => `https://example.com/?q=${encodeURIComponent(value)}&r=1`],
  ["URL-encoded to the last byte", (value) => Buffer.from(value).toString("hex").replace(/../g, "%$&")],
  ["form-encoded", (value) => new URLSearchParams({ q: value }).toString()],
  ["in base64", (value, shift) => Buffer.from(`${"x".repeat(shift)}${value}yz`).toString("base64")],
  ["in base64url", (value, shift) => Buffer.from(`${"x".repeat(shift)}${value}`).toString("base64url")],
  ["in hex", (value) => Buffer.from(value).toString("hex")],
];

function escapeAll(value: string): string {
  return value.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

describe("declared values", () => {
  it.each(ENCODINGS)("%s are found and redacted wherever they stand", (_, encode) => {
    const hidden = declaredValue.chain((value) =>
      fc
        .nat(2)
        .chain((shift) => planted(fc.constant(encode(value, shift))))
        .map((document) => ({ value, document })),
    );
    fc.assert(
      fc.property(hidden, ({ value, document }) => {
        const declared = [value];
        expect(findSecrets(document, { declared }).map(({ rule }) => rule)).toContain("declared-value");
        const clean = redact(document, { declared });
        expect(findSecrets(clean, { declared })).toEqual([]);
        expect(JSON.stringify(clean)).not.toContain(JSON.stringify(value).slice(1, -1));
      }),
      { numRuns: 300 },
    );
  });

  it("are redacted from base64 with the characters that share their bits", () => {
    const declared = ["plain old secret"];
    const text = Buffer.from("a plain old secret, b").toString("base64");
    const redacted = redact(text, { declared });
    expect(redacted).toMatch(/^[A-Za-z0-9+/]{0,2}\[redacted:declared-value\][A-Za-z0-9+/]{0,3}$/);
    expect(Buffer.from(redacted.replace(/\[.*\]/, "")).toString()).not.toMatch(/plain|secret/);
  });

  it("are redacted from plain text without the characters beside them", () => {
    const declared = ["plain old secret"];
    expect(redact("id_plain old secretx", { declared })).toBe("id_[redacted:declared-value]x");
  });

  it("are found as a key, and the pointer does not tell them", () => {
    const declared = ["correct horse"];
    expect(findSecrets({ "my correct horse": { x: 1 } }, { declared })).toEqual([
      { pointer: "/my [redacted:declared-value]", rule: "declared-value" },
    ]);
  });

  it("are looked for again in a key that was clean for another declaration", () => {
    const document = { "battery staple": 1 };
    expect(findSecrets(document)).toEqual([]);
    expect(findSecrets(document, { declared: ["something else"] })).toEqual([]);
    expect(findSecrets(document, { declared: ["battery staple"] })).toHaveLength(1);
  });

  it("give no finding where they do not stand", () => {
    expect(findSecrets({ a: "correct", b: "horse" }, { declared: ["correct horse"] })).toEqual([]);
  });

  it.each(["", "abcde", "      ", " vwxyz "])(
    "%j is refused without being repeated, for it stands everywhere",
    (value) => {
      const look = () => findSecrets({}, { declared: ["long enough", value] });
      expect(look).toThrow(DeclaredSecretUnusable);
      expect(look).toThrow(/declared secret 2 of 2: expected at least 6 characters, found [05];/);
      if (value.trim() !== "") expect(look).not.toThrow(value.trim());
    },
  );
});
