import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileIntrinsic } from "../../../shared/asl/query/intrinsics/compile.ts";
import { parseIntrinsic } from "../../../shared/asl/query/intrinsics/parse.ts";
import { fixedEntropy, scopeOf, thrownBy } from "./scopes.ts";

const input = {
  text: "Hello",
  list: [1, 2, 3, 4, 5],
  objects: [{ a: 1 }, { b: 2 }],
  left: { a: { x: 1 }, k: 1 },
  right: { a: { y: 2 }, m: 2 },
  json: '{"foo": [1, null]}',
  long: "a".repeat(10_001),
  nothing: null,
  number: 7,
};
const call = (text: string): unknown =>
  compileIntrinsic(text)(scopeOf(input, { context: { Execution: { Name: "run" } }, variables: { v: { w: "var" } } }));

describe("an intrinsic function", () => {
  it.each([
    ["States.Array()", []],
    ["States.Array($.text, 2.5, true, null, 'x', States.Array(1))", ["Hello", 2.5, true, null, "x", [1]]],
    ["States.Array( $.number ,$$.Execution.Name , $v.w )", [7, "run", "var"]],
    ["States.ArrayPartition($.list, 2)", [[1, 2], [3, 4], [5]]],
    ["States.ArrayPartition($.list, 2.9)", [[1, 2], [3, 4], [5]]],
    ["States.ArrayPartition($.list, 9)", [[1, 2, 3, 4, 5]]],
    ["States.ArrayPartition(States.Array(), 2)", []],
    ["States.ArrayContains($.list, 5)", true],
    ["States.ArrayContains($.list, 6)", false],
    ["States.ArrayContains($.objects, $.objects[1])", true],
    ["States.ArrayContains(States.Array('5'), 5)", true],
    ["States.ArrayContains(States.Array($.nothing), null)", true],
    ["States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9]],
    ["States.ArrayRange(5, 1, -2)", [5, 3, 1]],
    ["States.ArrayRange(3, 3, 1)", [3]],
    ["States.ArrayRange(1.6, 1.4, 1)", [1]],
    ["States.ArrayRange(5.4, -0.6, -2.4)", [5, 3, 1]],
    ["States.ArrayRange(5, 1, 1)", []],
    ["States.ArrayGetItem($.list, 4)", 5],
    ["States.ArrayGetItem($.list, 1.9)", 2],
    ["States.ArrayGetItem(States.Array(), 3)", null],
    ["States.ArrayLength($.list)", 5],
    ["States.ArrayUnique(States.Array(1, 2, 3, 3, 3, 4))", [1, 2, 3, 4]],
    ["States.ArrayUnique(States.Array(true, false, true))", [false, true]],
    ["States.Base64Encode('Data to encode')", "RGF0YSB0byBlbmNvZGU="],
    ["States.Base64Decode('RGVjb2RlZCBkYXRh')", "Decoded data"],
    ["States.Base64Decode(' 4pyT ')", "✓"],
    ["States.Base64Decode('YWJjZA')", "abcd"],
    ["States.Hash('input data', 'SHA-1')", "aaff4a450a104cd177d28d18d74485e8cae074b7"],
    ["States.Hash('hello', 'MD5')", "5d41402abc4b2a76b9719d911017c592"],
    ["States.Hash(123, 'MD5')", "202cb962ac59075b964b07152d234b70"],
    ["States.JsonMerge($.left, $.right, false)", { a: { y: 2 }, k: 1, m: 2 }],
    ["States.StringToJson($.json)", { foo: [1, null] }],
    ["States.StringToJson('')", null],
    ["States.StringToJson('  ')", null],
    ["States.JsonToString($.left)", '{"a":{"x":1},"k":1}'],
    ["States.MathAdd($.number, -1)", 6],
    ["States.MathAdd(2147483646, 1)", 2147483647],
    ["States.MathRandom(1, 999)", 250],
    ["States.MathRandom(1.9, 5.9)", 2],
    ["States.MathRandom(1, 100, 42)", 63],
    ["States.MathRandom(-2147483648, 2147483647, 1)", -2147483648 + Math.floor(0.7308781907032909 * (2 ** 32 - 1))],
    ["States.StringSplit('1,2,3', ',')", ["1", "2", "3"]],
    ["States.StringSplit('This.is+a,test=string', '.+,=')", ["This", "is", "a", "test", "string"]],
    ["States.StringSplit(',a,,b,', ',')", ["a", "b"]],
    ["States.StringSplit('ab', '')", ["ab"]],
    ["States.StringSplit('', ',')", []],
    ["States.UUID()", "00000000-0000-4000-8000-000000000000"],
    ["States.UUID(1, 'ignored')", "00000000-0000-4000-8000-000000000000"],
    ["States.Format('Hello, my name is {}.', $.text)", "Hello, my name is Hello."],
    ["States.Format($.text)", "Hello"],
    ["States.Format('{} {} {} {}', 1, 1.5, true, null)", "1 1.5 true null"],
    ["States.Format('{} {}', $.left, $.list)", "{a={x=1}, k=1} [1, 2, 3, 4, 5]"],
    ["States.Format('\\{\\} \\'{}\\' \\\\', 'x')", "{} 'x' \\"],
    ["States.Format('{}', States.StringToJson('\"x\"'))", '"x"'],
    ["States.ArrayGetItem(States.StringSplit(States.Format('{}/{}', 'a', 'b'), '/'), 1)", "b"],
  ])("%s", (text, expected) => {
    expect(call(text)).toEqual(expected);
  });

  it.each([
    ["1.5", 2],
    ["1.49", 1],
    ["-1.5", -1],
    ["-1.51", -2],
    ["-0.5", 0],
    ["-0.4", 0],
    ["2.5", 3],
  ])("States.MathAdd rounds %s half up to %i", (number, expected) => {
    expect(call(`States.MathAdd(${number}, 0)`)).toBe(expected);
  });

  it.each([
    "States.ArrayContains('x', 1)",
    "States.ArrayContains($.list)",
    "States.ArrayGetItem($.list, 5)",
    "States.ArrayGetItem($.list, -1)",
    "States.ArrayGetItem($.list, '1')",
    "States.ArrayLength(States.JsonToString($.list))",
    "States.ArrayPartition($.list, 0)",
    "States.ArrayPartition($.list, 0.9)",
    "States.ArrayPartition($.list, -1)",
    "States.ArrayPartition($.list, null)",
    "States.ArrayRange(1, 10, 0)",
    "States.ArrayRange(1, 10, 0.49)",
    "States.ArrayRange(1, 1001, 1)",
    "States.ArrayRange('a', 5, 1)",
    "States.ArrayRange(1, 5)",
    "States.ArrayUnique($.left)",
    "States.Base64Decode($.long)",
    "States.Base64Encode($.long)",
    "States.Base64Encode(5)",
    "States.Format(5, 1)",
    "States.Hash('data', 'sha-256')",
    "States.Hash($.long, 'MD5')",
    "States.JsonMerge($.left, $.right, true)",
    "States.JsonMerge($.left, null, false)",
    "States.JsonMerge($.left, $.right)",
    "States.JsonToString()",
    "States.MathAdd('1', 1)",
    "States.MathAdd(2147483647, 1)",
    "States.MathAdd(3000000000, 1)",
    "States.MathAdd(1)",
    "States.MathRandom(1, 1)",
    "States.MathRandom(1.4, 1.6)",
    "States.MathRandom(1, 5, 'seed')",
    "States.StringSplit(5, ',')",
    "States.StringToJson($.number)",
  ])("%s is refused as AWS words it", (text) => {
    const name = text.slice(0, text.indexOf("("));
    const cause = `There was an error while evaluating the intrinsic function: ${text}. Invalid arguments in ${name}`;
    expect(thrownBy(() => call(text))).toMatchObject({ error: "States.Runtime", cause });
  });

  it.each([
    ["States.Format('{', 1)", "Invalid template in States.Format: matching '}' not found for '{'."],
    ["States.Format('{{}}', 1)", "Invalid template in States.Format: matching '}' not found for '{'."],
    ["States.Format('}')", "Invalid template in States.Format: matching '{' not found for '}'."],
    [
      "States.Format('{} {}', 1)",
      "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.",
    ],
    [
      "States.Format('{}', 1, 2)",
      "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.",
    ],
    ["States.StringToJson('{bad}')", "Cannot convert String to Json in States.StringToJson, caused by: "],
  ])("%s says what is wrong", (text, reason) => {
    const cause = `There was an error while evaluating the intrinsic function: ${text}. ${reason}`;
    expect(thrownBy(() => call(text))).toMatchObject({ cause: expect.stringContaining(cause) });
  });

  it.each([
    ["States.Format('{}', $.nope)", "$.nope"],
    ["States.Format('{}', States.Array($.list[9]))", "$.list[9]"],
    ["States.Format('{}', $$.Nope.Deep)", "$.Nope.Deep"],
  ])("%s names the argument that selects nothing, and the whole call", (text, shown) => {
    const scope = scopeOf({ list: [1] });
    const cause = `The function '${text}' had the following error: The JsonPath argument for the field '${shown}' could not be found in the input '{"list":[1]}'`;
    expect(thrownBy(() => compileIntrinsic(text)(scope))).toMatchObject({ error: "States.Runtime", cause });
  });

  it("gives the reason of the path library for an index of something that is no array", () => {
    const cause =
      "The function 'States.Array($.other[0])' had the following error: Filter: [0] can only be applied to arrays. Current context is: 1";
    expect(thrownBy(() => compileIntrinsic("States.Array($.other[0])")(scopeOf({ other: 1 })))).toMatchObject({
      cause,
    });
  });

  it("draws from the execution's entropy, or from the system's", () => {
    const scope = scopeOf({}, { entropy: { ...fixedEntropy(), random: () => 0.999 } });
    expect(compileIntrinsic("States.MathRandom(0, 10)")(scope)).toBe(9);
    const { entropy: _, ...bare } = scope;
    expect(compileIntrinsic("States.UUID()")(bare)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]/);
  });
});

describe("an intrinsic call that cannot be read", () => {
  it.each([
    ["States.Nope(1)", 0, "one of States.Array"],
    ["Array(1)", 0, "an intrinsic function"],
    ["States.Array", 12, "'('"],
    ["States.Array(", 13, "a path, a string"],
    ["States.Array(1,)", 15, "a path, a string"],
    ["States.Array(1 2)", 15, "',' or ')'"],
    ["States.Array(1) x", 16, "the end of the call"],
    ["States.Array([1])", 13, "a path, a string"],
    ["States.Array(.5)", 13, "a path, a string"],
    ["States.Array(1.)", 14, "',' or ')'"],
    ["States.Array(yes)", 13, "a path, a string"],
    ["States.Array('x)", 16, "a closing '"],
    ["States.Array('a\\nb')", 16, "after a backslash"],
    ["States.Array($.a[)", 18, "a closing ']'"],
  ])("%j is refused at position %i", (text, position, message) => {
    expect(thrownBy(() => parseIntrinsic(text))).toMatchObject({
      name: "QuerySyntaxError",
      position,
      message: expect.stringContaining(message),
    });
  });

  it("may not nest more than ten deep", () => {
    const nested = (depth: number): string => `${"States.Array(".repeat(depth)}${")".repeat(depth)}`;
    expect(parseIntrinsic(nested(10)).name).toBe("States.Array");
    expect(() => parseIntrinsic(nested(11))).toThrow("at most 10 nested intrinsic functions");
  });
});

describe("pairs of intrinsic functions", () => {
  it("JsonToString and StringToJson are inverse", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = "States.StringToJson(States.JsonToString($.value))";
        expect(JSON.stringify(compileIntrinsic(text)(scopeOf({ value })))).toBe(JSON.stringify(value));
      }),
    );
  });

  it("Base64Encode and Base64Decode are inverse", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        const text = "States.Base64Decode(States.Base64Encode($.value))";
        expect(compileIntrinsic(text)(scopeOf({ value }))).toBe(value);
      }),
    );
  });

  it("ArrayPartition loses and reorders nothing", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 9 }), (list, size) => {
        const chunks = compileIntrinsic("States.ArrayPartition($.list, $.size)")(scopeOf({ list, size })) as number[][];
        expect(chunks.flat()).toEqual(list);
        expect(chunks.slice(0, -1).every((chunk) => chunk.length === size)).toBe(true);
      }),
    );
  });

  it("Format gives back any text that is escaped for it", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const escaped = value.replace(/[\\{}']/g, (character) => `\\${character}`);
        expect(compileIntrinsic(`States.Format('${escaped}')`)(scopeOf({}))).toBe(value);
      }),
    );
  });
});
