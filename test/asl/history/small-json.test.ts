import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NOT_SMALL, writeSmallJson } from "../../../shared/asl/history/small-json.ts";
import { Utf8Text } from "../../../shared/asl/history/utf8-text.ts";
import { oneIn } from "../../support/scale.ts";

function small(value: unknown, room = 512): string | typeof NOT_SMALL {
  const bytes = Buffer.alloc(room + 16, 0xff);
  const end = writeSmallJson(bytes, 3, 3 + room, value);
  expect(bytes.subarray(3 + room).every((byte) => byte === 0xff)).toBe(true);
  return end === NOT_SMALL ? NOT_SMALL : bytes.toString("utf8", 3, end);
}

const added = (value: unknown): string => {
  const text = new Utf8Text(8);
  text.add("«");
  text.addJson(value);
  text.addByte(0x5d);
  return Buffer.from(text.bytes).toString();
};

describe("a small value as bytes", () => {
  it.each([
    0,
    -0,
    9,
    10,
    99,
    100,
    -1,
    2_147_483_647,
    -2_147_483_648,
    2_147_483_648,
    1e21,
    0.1,
    -1.5e-7,
    Number.NaN,
    -Infinity,
    true,
    false,
    null,
    "",
    "a b~!",
    [],
    {},
    [[]],
    [1, [2, null]],
    { a: 1, "b c": [true, { d: "e" }], 7: 0, 1: 0 },
  ])("is %j as JSON.stringify says it", (value) => {
    expect(small(value)).toBe(JSON.stringify(value));
  });

  it.each([
    ["text that needs an escape", ['"', "\\", "\n", "\u0001", "\u007f", { "\t": 1 }]],
    ["text that is not ASCII", ["é", "\ud800", { ü: 1 }]],
    ["what JSON leaves out or cannot say", [undefined, { a: undefined }, [undefined], { a: () => 1 }, 1n]],
    ["what says by itself what it is", [new Date(0), { toJSON: () => 1 }, new Map(), Object.create(null)]],
  ])("is not made of %s", (_, values) => {
    for (const value of values) expect(small(value)).toBe(NOT_SMALL);
  });

  it("never passes the end, wherever that is", () => {
    const value = { list: [1, -20, 3.5, true, null, "text"], more: { a: [], b: {} }, last: "end" };
    const { length } = JSON.stringify(value);
    for (let room = 0; room < length; room++) expect(small(value, room)).toBe(NOT_SMALL);
    expect(small(value, length)).toBe(JSON.stringify(value));
    for (const scalar of ["abc", 12, -12, true, null, 1.5, [], {}]) {
      for (let room = 0; room < JSON.stringify(scalar).length; room++) expect(small(scalar, room)).toBe(NOT_SMALL);
    }
  });
});

describe("JSON that is added to text", () => {
  it("is what JSON.stringify gives, small or not", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
        expect(added(value)).toBe(`«${JSON.stringify(value)}]`);
      }),
      { numRuns: 1_000 / oneIn(5) },
    );
  });

  it.each([
    ["long text", "x".repeat(2_000)],
    ["a long list", Array.from({ length: 600 }, (_, index) => index)],
    ["an object with a long field", { a: 1, b: "é".repeat(900) }],
    ["a date", new Date(0)],
    ["a field that is left out", { a: undefined, b: 1 }],
    ["text that just fits", "y".repeat(510)],
    ["text that just does not", "y".repeat(511)],
  ])("is also %s", (_, value) => {
    expect(added(value)).toBe(`«${JSON.stringify(value)}]`);
  });

  it("is null where JSON cannot say a value", () => {
    expect([undefined, () => 1].map(added)).toEqual(["«null]", "«null]"]);
  });

  it("throws what JSON.stringify throws of a cycle", () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(() => added(cycle)).toThrow(TypeError);
  });
});
