import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstDifference, requestSha256, toJson } from "../../../shared/kernel/io/json.ts";
import type { Json } from "../../../shared/stores/ports.ts";

const json = fc.jsonValue() as fc.Arbitrary<Json>;

describe("what goes through canonical JSON", () => {
  it("comes back the same when it goes through again", () => {
    fc.assert(
      fc.property(json, (value) => {
        const once = toJson(value, "value");
        expect(JSON.stringify(toJson(once, "value"))).toBe(JSON.stringify(once));
        expect(firstDifference(once, toJson(value, "value"))).toBeUndefined();
      }),
    );
  });

  it("keeps a key named __proto__ as a key", () => {
    const text = '{"__proto__":{"a":1}}';
    expect(JSON.stringify(toJson(JSON.parse(text), "value"))).toBe(text);
  });

  it.each([
    ["undefined", undefined],
    ["not a number", Number.NaN],
    ["a bigint", 1n],
    ["half a surrogate pair", "\ud800"],
  ])("%s is refused with the name of the value", (_what, value) => {
    expect(() => toJson(value, "response of fact x")).toThrow(/^response of fact x: expected JSON/);
  });
});

describe("the first difference", () => {
  it.each<[Json, Json, string]>([
    [1, 2, ""],
    [{ a: 1 }, { a: 2 }, "/a"],
    [{ a: 1, b: 2 }, { a: 1 }, "/b"],
    [{ b: 0, a: 0 }, { b: 1, a: 1 }, "/a"],
    [{ a: [1, 2, 3] }, { a: [1, 9, 3] }, "/a/1"],
    [[1], [1, 2], "/1"],
    [[], {}, ""],
    [null, {}, ""],
    [{ "a/b~c": 1 }, { "a/b~c": 2 }, "/a~1b~0c"],
    [{ a: {} }, { a: { toString: 1 } }, "/a/toString"],
  ])("of %j and %j is at %j", (left, right, pointer) => {
    expect(firstDifference(left, right)?.pointer).toBe(pointer);
  });

  it("has nothing on the side where a key is missing, whatever objects inherit", () => {
    const found = firstDifference({ a: {} }, { a: { toString: 1 } });
    expect(found).toEqual({ pointer: "/a/toString", left: undefined, right: 1 });
  });

  it("is there exactly when the hashes differ", () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        const [left, right] = [toJson(a, "left"), toJson(b, "right")];
        const isSame = requestSha256("http", left) === requestSha256("http", right);
        expect(firstDifference(left, right) === undefined).toBe(isSame);
      }),
    );
  });

  it("a request of another namespace has another hash", () => {
    expect(requestSha256("http", {})).not.toBe(requestSha256("exec", {}));
  });
});
