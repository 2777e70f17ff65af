import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePath, compileResultPath } from "../../../shared/asl/query/index.ts";
import { parseReferencePath } from "../../../shared/asl/query/result-path.ts";
import { applyResultPath } from "./evaluate.ts";
import { scopeOf } from "./scopes.ts";

describe("ResultPath", () => {
  it.each([
    [null, { a: 1 }, { a: 1 }],
    [undefined, { a: 1 }, "result"],
    ["$", { a: 1 }, "result"],
    ["$.b", { a: 1 }, { a: 1, b: "result" }],
    ["$.a", { a: { deep: 1 }, b: 2 }, { a: "result", b: 2 }],
    ["$.x.y.z", { a: 1 }, { a: 1, x: { y: { z: "result" } } }],
    ["$.a.c", { a: { b: 1 } }, { a: { b: 1, c: "result" } }],
    ["$.list[1]", { list: [1, 2, 3] }, { list: [1, "result", 3] }],
    ["$.list[0].done", { list: [{ id: 1 }] }, { list: [{ id: 1, done: "result" }] }],
    ["$['a b']", {}, { "a b": "result" }],
  ])("%s puts the result into the input", (path, input, expected) => {
    expect(applyResultPath(path, input, "result")).toEqual(expected);
  });

  it.each([
    ["$.a.b", { a: 5 }, "b", '{"a":5}'],
    ["$.list[3]", { list: [1, 2, 3] }, "3", '{"list":[1,2,3]}'],
    ["$.a[0]", { a: {} }, "0", '{"a":{}}'],
  ])("%s does not fit %j", (path, input, step, shown) => {
    expect(() => applyResultPath(path, input, 1)).toThrow(
      expect.objectContaining({
        error: "States.ReferencePathConflict",
        cause: `Unable to apply step "${step}" to input ${shown}`,
      }),
    );
  });

  it.each([
    ["$.a", "text", '"text"'],
    ["$.a.b", [1], "[1]"],
    ["$['a']", null, "null"],
  ])("%s does not fit %j, which is no object (reported from AWS: qiita 2020, aws-cdk 29473)", (path, input, shown) => {
    expect(() => applyResultPath(path, input, 1)).toThrow(
      expect.objectContaining({
        error: "States.ReferencePathConflict",
        cause: `Unable to apply ReferencePath ${path} to input ${shown}`,
      }),
    );
  });

  it.each([
    "$.a[*]",
    "$..a",
    "$.a[1:2]",
    "$.a[?(@.b)]",
    "$['a','b']",
    "$.a.length()",
    "$['a()']",
    "$$.a",
    "$variable",
    "a",
  ])("refuses %s, which names no single place in the input", (path) => {
    expect(() => compileResultPath(path)).toThrow(expect.objectContaining({ name: "QuerySyntaxError" }));
  });

  it("keeps a __proto__ key a field", () => {
    const input = JSON.parse('{"__proto__": {"a": 1}}');
    const output = applyResultPath("$['__proto__'].b", input, 2);
    expect(JSON.stringify(output)).toBe('{"__proto__":{"a":1,"b":2}}');
    expect(Object.getPrototypeOf(output)).toBe(Object.prototype);
  });

  // The dialect has no way to write quotes and brackets in a name, and reads one that ends in "()" as a function.
  const name = fc.string({ minLength: 1, maxLength: 4 }).filter((text) => !/['[\]]|\(\)$/.test(text));
  const names = fc.array(name, { minLength: 1, maxLength: 4 });
  const pathOf = (steps: readonly string[]): string => `$${steps.map((step) => `['${step}']`).join("")}`;

  it("puts a value where the same path then finds it, and leaves the input as it was", () => {
    fc.assert(
      fc.property(names, fc.dictionary(name, fc.jsonValue()), fc.jsonValue(), (steps, input, value) => {
        const [first = ""] = steps;
        // Only a path into what is not there, or that replaces a field, always fits.
        const target = steps.length > 1 ? { ...input, [first]: {} } : input;
        const before = JSON.stringify(target);
        const output = applyResultPath(pathOf(steps), target, value);
        expect(compilePath(pathOf(steps), "InputPath")(scopeOf(output))).toBe(value);
        expect(JSON.stringify(target)).toBe(before);
      }),
    );
  });

  it("shares every field that is not on the way", () => {
    const input = { big: { list: [1] }, way: { other: { x: 1 } } };
    const output = applyResultPath("$.way.result", input, 1) as typeof input;
    expect(output.big).toBe(input.big);
    expect(output.way.other).toBe(input.way.other);
    expect(output.way).not.toBe(input.way);
  });

  it("is a path of names and indexes", () => {
    expect(parseReferencePath("$.a['b'][0]").segments.map((segment) => segment.kind)).toEqual([
      "name",
      "name",
      "index",
    ]);
  });
});
