import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileJsonata } from "../../../shared/asl/query/index.ts";
import { evaluateJsonata } from "./evaluate.ts";
import { fixedEntropy, scopeOf } from "./scopes.ts";

const scope = scopeOf({ list: [1, 2, 3, 4, 5], text: "abc", rows: [{ v: 1 }, { v: 2 }, { w: 3 }], one: [{ v: 9 }] });

function evaluate(text: string, from = scope): unknown {
  return evaluateJsonata(`{% ${text} %}`, from, "Output");
}

const nothing = "returned nothing (undefined)";

describe("the functions that Step Functions adds", () => {
  it.each([
    ["$partition($states.input.list, 2)", [[1, 2], [3, 4], [5]]],
    ["$partition($states.input.list, 2.9)", [[1, 2], [3, 4], [5]]],
    ["$partition($states.input.list, 9)", [[1, 2, 3, 4, 5]]],
    ["$partition('abc', 1)", [["abc"]]],
    ["$range(0, 10, 5)", [0, 5, 10]],
    ["$range(3, 1, -1)", [3, 2, 1]],
    ["$range(-1.7, 2, 1)", [-1, 0, 1, 2]],
    ["$range(4, 4, 1)", 4],
    ["$hash($states.input.text, 'MD5')", "900150983cd24fb0d6963f7d28e17f72"],
    ["$hash($states.input.text, 'SHA-1')", "a9993e364706816aba3e25717850c26c9cd0d89d"],
    ["$hash('abc', 'SHA-256')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    ["$random(42)", 0.7275636800328681],
    ["$random(42.9)", 0.7275636800328681],
    ["$random()", 0.25],
    ["$uuid()", "00000000-0000-4000-8000-000000000000"],
    ["$parse('{\"a\": [1, null]}')", { a: [1, null] }],
    ["$parse('5')", 5],
    ["$now()", "2030-06-01T12:00:00.500Z"],
    ["$now('[Y]/[M01]')", "2030/06"],
    ["$millis()", Date.parse("2030-06-01T12:00:00.500Z")],
    ["$count($shuffle($states.input.list))", 5],
  ])("%s", (text, expected) => {
    expect(evaluate(text, { ...scope, entropy: fixedEntropy() })).toEqual(expected);
  });

  it.each([
    "$partition([], 2)",
    "$partition([1], 0)",
    "$partition($states.input.absent, 2)",
    "$range(5, 1, 1)",
    "$range(1, 5)",
    "$range(1, 5, 0)",
    "$hash('abc')",
    "$hash($states.input.absent, 'MD5')",
    "$parse($states.input.absent)",
  ])("%s gives nothing", (text) => {
    expect(() => evaluate(text)).toThrow(nothing);
  });

  it.each([
    ["$eval('1 + 1')", "T1006: Attempted to invoke a non-function"],
    ["$range('a', 2, 1)", 'T0410: Argument 1 of function "range" does not match function signature'],
    ["$hash(5, 'MD5')", 'T0410: Argument 1 of function "hash" does not match function signature'],
    ["$parse(5)", 'T0410: Argument 1 of function "parse" does not match function signature'],
    ["$parse('{')", "threw an error during evaluation: "],
    ["$hash('a', 'CRC')", "threw an error during evaluation: "],
    ["$partition([1], -1)", "threw an error during evaluation: "],
  ])("%s fails", (text, message) => {
    expect(() => evaluate(text)).toThrow(message);
  });

  it("draw from the entropy of each evaluation, not of the first", () => {
    const query = compileJsonata("{% [$random(), $millis()] %}", "Output");
    const later = { random: () => 0.5, uuid: () => "u", now: () => new Date(1) };
    expect(query(scope)).toEqual([0.25, Date.parse("2030-06-01T12:00:00.500Z")]);
    expect(query({ ...scope, entropy: later })).toEqual([0.5, 1]);
  });

  it("shuffles to a permutation, and reaches every place", () => {
    const draws = fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(draws, (numbers) => {
        let index = 0;
        const entropy = { ...fixedEntropy(), random: () => numbers[index++] ?? 0 };
        const shuffled = evaluate("$shuffle($states.input.list)", { ...scope, entropy }) as number[];
        expect([...shuffled].sort()).toEqual([1, 2, 3, 4, 5]);
      }),
    );
    const first = { ...fixedEntropy(), random: () => 0 };
    expect(evaluate("$shuffle([1, 2, 3])", { ...scope, entropy: first })).toEqual([3, 1, 2]);
  });
});

describe("results", () => {
  it.each([
    ["$states.input.rows.v", [1, 2]],
    ["$states.input.rows.w", 3],
    ["$states.input.one.v", 9],
    ["$states.input.one[].v", [9]],
    ["[$states.input.one.v]", [9]],
    ["$states.input.one", [{ v: 9 }]],
    ["$states.input.rows[v = 2]", { v: 2 }],
    ["$filter($states.input.list, function($n) { $n > 4 })", 5],
    ["$map($states.input.list, function($n) { $n * 2 })", [2, 4, 6, 8, 10]],
    ["$states.input.list[[1..2]]", [2, 3]],
    ["$states.input.list[-1]", 5],
    ["$sum($states.input.list)", 15],
  ])("a sequence of one collapses: %s", (text, expected) => {
    expect(evaluate(text)).toEqual(expected);
  });

  it.each([
    ["1 / 0", "Infinity"],
    ["-1 / 0", "-Infinity"],
    ["0 / 0", "NaN"],
    ["[1 / 0]", ["Infinity"]],
    ["{'k': 1 / 0}", { k: "Infinity" }],
  ])("what JSON has no number for is text: %s", (text, expected) => {
    expect(evaluate(text)).toEqual(expected);
  });

  it.each(["$sum", "function($x) { $x }"])("a function is no result: %s (recorded from AWS, November 2024)", (text) => {
    expect(() => evaluate(text)).toThrow("returned an unsupported result type.");
  });

  it.each(["$states.input.rows.v", "[1, [2, 3]]", "$append([1], $states.input.rows.v)", "$states.input.list[$ > 2]"])(
    "%s carries no mark of the library",
    (text) => {
      const value = evaluate(text) as unknown[];
      const own = Object.getOwnPropertyNames(value).filter((key) => !/^\d+$/.test(key));
      expect(own).toEqual(["length"]);
      expect(Object.getOwnPropertySymbols(value)).toEqual([]);
    },
  );

  it("leaves the input as it was", () => {
    const frozen = Object.freeze({ list: Object.freeze([3, 1, 2]), row: Object.freeze({ a: 1 }) });
    const from = scopeOf(frozen);
    expect(evaluate("$sort($states.input.list)", from)).toEqual([1, 2, 3]);
    expect(evaluate("$append($states.input.list, 4)", from)).toEqual([3, 1, 2, 4]);
    expect(evaluate("$states.input ~> |row|{'a': 2}|", from)).toEqual({ list: [3, 1, 2], row: { a: 2 } });
    expect(evaluate("$reverse($states.input.list)", from)).toEqual([2, 1, 3]);
    expect(frozen.row.a).toBe(1);
  });
});
