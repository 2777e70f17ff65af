import { describe, expect, it } from "vitest";
import * as z from "zod";
import { frozen, parseDocument } from "../../shared/kernel/documents.ts";

const Schema = z.strictObject({ n: z.int() });
const parse = (text: string | Uint8Array) => parseDocument(Buffer.from(text), Schema, "config manifest");
const token = `ghp_${"a1B2c3D4e5F6".repeat(3)}`;

describe("a document", () => {
  it("is what its schema says", () => {
    expect(parse('{"n":1}')).toEqual({ n: 1 });
  });

  it.each<[string, string | Uint8Array, string | RegExp]>([
    ["no text", Uint8Array.of(0xff, 0xfe), "config manifest: expected JSON, found bytes that are no UTF-8 text"],
    ["no JSON", "{", "config manifest: expected JSON, found text that is not: "],
    ["of another kind", '{"n":"one"}', "config manifest: field n: expected "],
    // Node 26 reads what is as deep as this, and a schema refuses it then; before, nothing could look at it.
    [
      "deeper than any is",
      "[".repeat(100_000) + "]".repeat(100_000),
      /: (the document: )?expected (object|a document that can be)/,
    ],
    [
      "deeper in a field",
      `{"n":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
      /: (field n: expected number|expected a document that can be)/,
    ],
    ["of one field too many", '{"n":1,"m":2}', "config manifest: "],
  ])("that is %s is refused, with its name and what was expected", (_, text, message) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({
        name: "ContractInputMissing",
        message: typeof message === "string" ? expect.stringContaining(message) : expect.stringMatching(message),
      }),
    );
  });

  it.each([`{"n":"${token}"}`, `${token} is no JSON`, `{"${token}":1}`])(
    "tells no secret that it holds: %#",
    (text) => {
      const error = (() => {
        try {
          return parse(text);
        } catch (thrown) {
          return thrown as Error;
        }
      })() as Error;
      expect(error).toBeInstanceOf(Error);
      expect(error.message).not.toContain(token);
    },
  );

  it("that is frozen cannot be changed anywhere", () => {
    const document = frozen({ list: [{ n: 1 }], none: null, text: "x" });
    expect(Object.isFrozen(document)).toBe(true);
    expect(Object.isFrozen(document.list[0])).toBe(true);
    expect(frozen(7)).toBe(7);
    expect(frozen(null)).toBe(null);
  });
});
