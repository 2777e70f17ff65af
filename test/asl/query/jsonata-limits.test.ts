import { describe, expect, it } from "vitest";
import { evaluateJsonata } from "./evaluate.ts";
import { scopeOf } from "./scopes.ts";

function evaluate(text: string): unknown {
  return evaluateJsonata(`{% ${text} %}`, scopeOf({ text: `${"a".repeat(40)}b`, list: [1, 2] }), "Output");
}

const tooDeep =
  "threw an error during evaluation: Stack overflow error: Check for non-terminating recursive function. " +
  "Consider rewriting as tail-recursive.";
const tooLarge =
  "threw an error during evaluation: Expression evaluation memory limit exceeded: Check for excessive memory usage";
const tooLong = "threw an error during evaluation: Expression evaluation timeout: Check for infinite loop";

const countdown = (from: number) => `($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(${from}))`;
const doubledText = (times: number) =>
  `($p := function($s, $n) { $n = 0 ? $s : $p($s & $s, $n - 1) }; $length($p("x", ${times})))`;
const sum = (terms: number) => new Array(terms).fill("1").join("+");
const nested = (open: string, close: string, levels: number) => open.repeat(levels) + 1 + close.repeat(levels);

describe("an evaluation", () => {
  it.each([
    [sum(100), 100],
    [nested("(", ")", 99), 1],
    [countdown(31), 31],
    ["$count([1..873782])", 873_782],
    ["$count($range(1, 360145, 1))", 360_145],
    [doubledText(22), 2 ** 22],
    ["($f := function($n, $sum) { $n = 0 ? $sum : $f($n - 1, $sum + $n) }; $f(1000, 0))", 500_500],
  ])("may come up to its bounds: %.60s", (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });

  it.each([
    [sum(101)],
    [nested("(", ")", 100)],
    [nested("[", "]", 100)],
    [countdown(32)],
    ["($f := function($n) { 1 + $f($n) }; $f(1))"],
  ])("may not nest deeper: %.60s", (text) => {
    expect(() => evaluate(text)).toThrow(tooDeep);
  });

  it.each([
    ["[1..873783]"],
    ["$sum([1..9999999])"],
    ["$range(1, 360146, 1)"],
    [doubledText(23)],
    ["$pad('x', 100000000)"],
    ["($d := function($a, $n) { $n = 0 ? $a : $d($append($a, $a), $n - 1) }; $d([1], 40))"],
    ["($d := function($a, $n) { $n = 0 ? $a : $d([$a, $a], $n - 1) }; $string($d([1], 40)))"],
  ])("may not grow larger: %.60s", (text) => {
    expect(() => evaluate(text)).toThrow(tooLarge);
  });

  it.each([
    ["($f := function($x) { $f($x + 1) }; $f(1))"],
    ["$match($states.input.text, /^(a+)+$/)"],
    ["$replace($states.input.text, /(a|aa)+$/, '')"],
  ])("may not go on without end: %s", (text) => {
    expect(() => evaluate(text)).toThrow(tooLong);
  });

  it("leaves the next one alone after it was stopped", () => {
    expect(() => evaluate("$match($states.input.text, /^(a+)+$/)")).toThrow(tooLong);
    expect(evaluate("$match('aab', /^(a+)+b$/).match")).toBe("aab");
    expect(evaluate(sum(100))).toBe(100);
  });
});
