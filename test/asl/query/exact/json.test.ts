import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonCopy } from "../../../../shared/asl/interpreter/json-copy.ts";
import { parseExact, parsePayload, stringifyExact } from "../../../../shared/asl/query/exact/json.ts";
import { mayChange } from "../../../../shared/asl/query/exact/may-change.ts";
import { ExactNumber } from "../../../../shared/asl/query/exact/number.ts";
import { plainJson } from "../../../../shared/asl/query/exact/plain.ts";
import { isObject, jsonType, withField } from "../../../../shared/asl/query/json.ts";
import { jsonBytes, mostBytes, wasTooDeep } from "../../../../shared/asl/query/json-size.ts";
import { oneIn } from "../../../support/scale.ts";
import { SPELT, speltTexts } from "../../exact-texts.ts";

const numRuns = 4_000 / oneIn(4);

describe("JSON read and written as it was spelt", () => {
  it("is the same text again", () => {
    fc.assert(
      fc.property(speltTexts, (text) => {
        const value = parseExact(text);
        expect(stringifyExact(value)).toBe(text);
        expect(stringifyExact(jsonCopy(value))).toBe(text);
        expect(jsonBytes(value)).toBe(Buffer.byteLength(text));
        expect(mostBytes(value, Number.POSITIVE_INFINITY)).toBeGreaterThanOrEqual(Buffer.byteLength(text));
      }),
      { numRuns },
    );
  });

  it("is made plain in the time of what is there, whatever shares its children", () => {
    const leaf = parseExact('{"a":1.0}') as object;
    const paired = (levels: number, innermost: unknown): unknown =>
      Array.from({ length: levels }).reduce((inner) => [inner, { inner }], innermost);
    // 2^60 of them, one by one.
    const plain = plainJson(paired(60, leaf));
    const ends = (value: unknown): unknown => (Array.isArray(value) ? ends(value[0]) : value);
    expect(ends(plain)).toEqual({ a: 1 });
    const other = paired(60, { a: 1 });
    expect(plainJson(other)).toBe(other);
  });

  it("is plain JSON to those who know nothing of it", () => {
    fc.assert(
      fc.property(speltTexts, (text) => {
        const plain = plainJson(parseExact(text));
        expect(plain).toStrictEqual(JSON.parse(text));
        expect(structuredClone(plain)).toStrictEqual(plain);
        expect(JSON.stringify(plain)).toBe(JSON.stringify(JSON.parse(text)));
      }),
      { numRuns },
    );
  });

  it("is plain at once where JSON.stringify gives the text again", () => {
    fc.assert(
      fc.property(speltTexts, (text) => {
        const isKept = JSON.stringify(JSON.parse(text)) === text;
        if (!isKept) expect(mayChange(text)).toBe(true);
        if (!mayChange(text)) expect(plainJson(parseExact(text))).toStrictEqual(parseExact(text));
      }),
      { numRuns },
    );
  });

  it.each([
    [
      "15 digits, fractions, text and time",
      '{"n":123456789012345,"f":[0.1,-2.5],"t":"1.0","at":"12:00:00.000","id":"8e12"}',
      false,
    ],
    ["a key of digits within a text", '["\\"1\\":", "1"]', false],
    ["a long text that ends in a backslash", JSON.stringify([`${"x".repeat(80)}\\`, `${"y".repeat(80)}"1":`]), false],
    ["-0, the whole number 0", "[-0]", false],
    ["a fraction that ends in 0", "[1.0]", true],
    ["an exponent", "1e2", true],
    ["a whole number that no double is", "9007199254740993", true],
    ["a number behind a long text", JSON.stringify(["\\".repeat(99)]).replace("]", ",1.0]"), true],
    ["a key of digits, with a blank behind it", '{"1" :0}', true],
    ["a key of digits that are escaped", '{"\\u0031":0}', true],
  ])("may change or not: %s", (_what, text, changes) => {
    expect(mayChange(text)).toBe(changes);
  });

  it("may have blanks and escapes in it", () => {
    const text = '{ "b" : 1.0 ,\n\t"1": [ ] , "\\u0030" : { } ,"\\"\\\\": "\\ud83d\\ude00\\n" }';
    expect(stringifyExact(parseExact(text))).toBe('{"b":1.0,"1":[],"0":{},"\\"\\\\":"😀\\n"}');
  });

  it("has the later of two values for one key, in the place of the first", () => {
    expect(stringifyExact(parseExact('{"b":1.0,"1":2,"b":3.0}'))).toBe('{"b":3.0,"1":2}');
  });

  it("is refused as all JSON is", () => {
    expect(() => parsePayload("{1.0}")).toThrow("was expecting double-quote to start field name");
    expect(() => parseExact("[1.0")).toThrow(SyntaxError);
  });

  it("is written by JSON.stringify as doubles", () => {
    expect(JSON.stringify(parseExact("[1.0,1e400,12345678901234567890]"))).toBe("[1,null,12345678901234567000]");
  });

  it("cannot be cloned, so that no spelling is lost unseen", () => {
    expect(() => structuredClone(parseExact(SPELT))).toThrow();
    expect(() => structuredClone(parseExact('{"b":0,"1":0}'))).toThrow();
    expect(() => structuredClone(parseExact("[1.0]"))).toThrow();
  });
});

describe("an exact number", () => {
  it("is no level of what it is in", () => {
    const deepest = `${"[".repeat(1_000)}1.0${"]".repeat(1_000)}`;
    expect(stringifyExact(parsePayload(deepest))).toBe(deepest);
    mostBytes(parsePayload(deepest), Number.POSITIVE_INFINITY);
    expect(wasTooDeep()).toBe(false);
    mostBytes([parsePayload(deepest)], Number.POSITIVE_INFINITY);
    expect(wasTooDeep()).toBe(true);
  });

  it("is a number, and no object", () => {
    const number = parseExact("1.50");
    expect(number).toBeInstanceOf(ExactNumber);
    expect([isObject(number), jsonType(number)]).toEqual([false, "number"]);
  });
});

describe("a field that is set", () => {
  it.each([
    ['{"b":1,"1":2}', "b", '{"b":0,"1":2}'],
    ['{"b":1,"1":2}', "c", '{"b":1,"1":2,"c":0}'],
    ['{"b":1}', "7", '{"b":1,"7":0}'],
    ['{"b":1,"1":2}', "__proto__", '{"b":1,"1":2,"__proto__":0}'],
  ])("keeps the order of %s with %s", (text, key, result) => {
    expect(stringifyExact(withField(parseExact(text) as never, key, 0))).toBe(result);
  });
});
