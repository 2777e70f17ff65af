import { describe, expect, it } from "vitest";
import { someOf } from "../../support/scale.ts";
import { evaluateJsonata } from "./evaluate.ts";
import { scopeOf } from "./scopes.ts";

function evaluate(text: string, more: object = {}): unknown {
  return evaluateJsonata(
    `{% ${text} %}`,
    scopeOf({ text: `${"a".repeat(40)}b`, list: [1, 2], long: "x".repeat(10_000), ...more }),
    "Output",
  );
}

const tooDeep =
  "threw an error during evaluation: Stack overflow error: Check for non-terminating recursive function. " +
  "Consider rewriting as tail-recursive.";
const tooLarge =
  "threw an error during evaluation: Expression evaluation memory limit exceeded: Check for excessive memory usage";
const tooLong = "threw an error during evaluation: Expression evaluation timeout: Check for infinite loop";

const countdown = (from: number) => `($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(${from}))`;
/** Compared, which is done in a moment: to count four million characters takes as long as a busy machine has for all of it. */
const doubledText = (times: number) =>
  `($p := function($s, $n) { $n = 0 ? $s : $p($s & $s, $n - 1) }; $p("x", ${times}) = $states.input.doubled)`;
const sum = (terms: number) => new Array(terms).fill("1").join("+");
const nested = (open: string, close: string, levels: number) => open.repeat(levels) + 1 + close.repeat(levels);

/** Two values that share their children this many levels deep: as text twice as long with each. */
const shared = (levels: number, last: string) =>
  `($a := [1]; $b := [1]; ${"$a := { 'l': $a, 'r': $a }; $b := { 'l': $b, 'r': $b }; ".repeat(levels)} ${last})`;

describe("an evaluation", () => {
  it.each([
    [sum(100), 100],
    [nested("(", ")", 99), 1],
    [countdown(31), 31],
    ["$count([1..873782])", 873_782],
    ["$count($range(1, 360145, 1))", 360_145],
    ["($f := function($n, $sum) { $n = 0 ? $sum : $f($n - 1, $sum + $n) }; $f(1000, 0))", 500_500],
  ])("may come up to its bounds: %.60s", (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });

  it("may make a text as long as that", () => {
    expect(evaluate(doubledText(22), { doubled: "x".repeat(2 ** 22) })).toBe(true);
    expect(evaluate(doubledText(22), { doubled: "x".repeat(2 ** 22 - 1) })).toBe(false);
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
    [shared(24, "$a")],
    [shared(60, "[$a, $b]")],
    ["$reduce([1..60], function($all, $one) { [$all, $all] }, [1])"],
    ["$map([1..5000], function($x) { $states.input.long })"],
    [`($a := [1]; ${"$a := [$a, $a]; ".repeat(60)} $a)`],
  ])("may not grow larger: %.60s", (text) => {
    expect(() => evaluate(text)).toThrow(tooLarge);
  });

  // Each of them takes the time that an expression may take, all of it of the processor's.
  const endless = [
    ["($f := function($x) { $f($x + 1) }; $f(1))"],
    ["$match($states.input.text, /^(a+)+$/)"],
    ["$replace($states.input.text, /(a|aa)+$/, '')"],
    [`$match($states.input.text, /${"a?".repeat(40)}${"a".repeat(42)}/)`],
    [`$toMillis("${"1".repeat(60)}x", "${"[f1]".repeat(40)}")`],
    ["$map([1..800000], function($x) { $map([1..800000], function($y) { $y }) })"],
    [shared(30, "$a = $b")],
    ["$distinct([1..300000])"],
    ["$count($spread([1..300000].{ 'a': $ }))"],
  ];
  it.each(someOf(endless, endless.length))("may not go on without end: %.80s", (text) => {
    expect(() => evaluate(text)).toThrow(tooLong);
  });

  it("draws from the execution's own clock and randomness wherever it runs", () => {
    const drawn: string[] = [];
    const draw = <Value>(what: string, value: Value): Value => {
      drawn.push(what);
      return value;
    };
    const entropy = {
      random: () => draw("random", 0.25),
      uuid: () => draw("uuid", "00000000-0000-4000-8000-000000000000"),
      now: () => draw("now", new Date(5)),
    };
    const scope = { ...scopeOf({}), entropy };
    const text = "($f := function($n) { $n = 0 ? [$millis(), $random(), $uuid()] : $f($n - 1) }; $f(3))";

    expect(evaluateJsonata(`{% ${text} %}`, scope, "Output")).toEqual([
      5,
      0.25,
      "00000000-0000-4000-8000-000000000000",
    ]);
    expect(drawn).toEqual(["now", "random", "uuid"]);
  });

  it("leaves the next one alone after it was stopped", () => {
    expect(() => evaluate("$match($states.input.text, /^(a+)+$/)")).toThrow(tooLong);
    expect(evaluate("$match('aab', /^(a+)+b$/).match")).toBe("aab");
    expect(evaluate(sum(100))).toBe(100);
  });
});
