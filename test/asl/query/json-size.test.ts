import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonBytes, shownJson } from "../../../shared/asl/query/index.ts";
import { sharedLevels } from "./hostile.ts";

describe("the size of JSON text", () => {
  it("is what the text has in UTF-8", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: "binary" }), (value, text) => {
        const both = { [text]: value, list: [text, value] };
        return jsonBytes(both) === Buffer.byteLength(JSON.stringify(both));
      }),
    );
  });

  it.each([[Number.NaN], [-0], [undefined], [[undefined, 1]], [{ a: undefined }], [[]], [{}], ["\ud800"], [1e21]])(
    "is right of what JSON writes otherwise: %s",
    (value) => {
      expect(jsonBytes(value)).toBe(Buffer.byteLength(JSON.stringify(value) ?? "null"));
    },
  );

  it("is counted no further than the limit, whatever the value shares", () => {
    expect(jsonBytes(sharedLevels(60), 1000)).toBeGreaterThan(1000);
    expect(shownJson(sharedLevels(60))).toBe("(more than 262144 bytes of JSON)");
    expect(shownJson({ a: [1] })).toBe('{"a":[1]}');
  });
});
