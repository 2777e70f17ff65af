import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonCopy } from "../../../shared/asl/interpreter/json-copy.ts";

/** Values of JavaScript of which JSON says something, if not always the same. */
const values = fc.anything({
  key: fc.oneof(fc.string(), fc.constantFrom("__proto__", "toJSON", "constructor")),
  withDate: true,
  withNullPrototype: true,
  withSparseArray: true,
  withTypedArray: true,
  values: [fc.boolean(), fc.double(), fc.string(), fc.constantFrom(undefined, null)],
});

describe("a copy as JSON gives it back", () => {
  it("is what JSON.parse makes of what JSON.stringify writes", () => {
    fc.assert(
      fc.property(values, (value) => {
        const text = JSON.stringify(value);
        if (text === undefined) expect(() => jsonCopy(value)).toThrow(TypeError);
        else {
          const copy = jsonCopy(value);
          expect(copy).toEqual(JSON.parse(text));
          expect(JSON.stringify(copy)).toBe(text);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    { what: "-0", value: [-0], copy: [0] },
    { what: "what is no number", value: [Number.NaN, Number.NEGATIVE_INFINITY], copy: [null, null] },
  ])("makes of $what what JSON has instead", ({ value, copy }) => {
    expect(jsonCopy(value)).toStrictEqual(copy);
  });

  it("is nobody else's", () => {
    const value = { list: [{ a: 1 }] };
    const copy = jsonCopy(value) as typeof value;
    expect(copy).toEqual(value);
    expect(copy.list[0]).not.toBe(value.list[0]);
  });

  it.each([
    { what: "a BigInt", value: [1n] },
    { what: "a cycle", value: cyclic() },
    { what: "a function", value: () => 1 },
  ])("cannot be made of $what", ({ value }) => {
    expect(() => jsonCopy(value)).toThrow(TypeError);
  });

  it("may be deep", () => {
    const deep = JSON.parse(`${"[".repeat(1_000)}${"]".repeat(1_000)}`);
    expect(JSON.stringify(jsonCopy(deep))).toBe(JSON.stringify(deep));
  });
});

function cyclic(): unknown[] {
  const list: unknown[] = [];
  list.push(list);
  return list;
}
