import { describe, expect, it } from "vitest";
import { QuerySyntaxError } from "../../../shared/asl/query/index.ts";
import { treatmentOf } from "../../../shared/asl/query/jsonata/classify.ts";
import { compileExpression } from "../../../shared/asl/query/jsonata/expression.ts";
import { compileWithLibrary } from "../../../shared/asl/query/jsonata/parse.ts";
import { evaluateJsonata } from "./evaluate.ts";
import { sharedLevels } from "./hostile.ts";
import { scopeOf } from "./scopes.ts";

const input = {
  shared: sharedLevels(24),
  big: "a".repeat(130_000),
  digits: `${"1".repeat(60)}x`,
  many: Array.from({ length: 20_000 }, (_, index) => index),
  infinite: Number.POSITIVE_INFINITY,
};

const evaluate = (text: string) => compileExpression(text)(scopeOf(input));

const memory = "Expression evaluation memory limit exceeded";
const timeout = "Expression evaluation timeout";

describe("an expression that would never end", () => {
  it.each([
    [
      "a picture that reads one digit after another",
      `$toMillis($states.input.digits, '${"[f1]".repeat(30)}')`,
      timeout,
    ],
    [
      "each with each",
      "$map($states.input.many, function($i) { $map($states.input.many, function($j) { $i }) })",
      timeout,
    ],
  ])("ends: %s", (_, text, reason) => {
    expect(() => evaluate(text)).toThrow(reason);
  });

  it.each([
    ["shared children as text", "$string($states.input.shared)"],
    ["shared children walked", "$count($states.input.**)"],
    ["shared children copied", "$states.input ~> |**|{'q': 1}|"],
    ["text repeated in a list", "$join($map([1..2000], function() { $states.input.big }))"],
    ["text repeated in text", "$replace($states.input.big, 'a', $states.input.big)"],
    ["a wide pad", "$pad('x', -6000000, 'ab')"],
    ["letters for a number without end", "$formatInteger($states.input.infinite, 'A')"],
    ["a wide picture", "$fromMillis(1, '[Y,*-1000000000]')"],
    ["a wide picture from elsewhere", "$states.input.many[1].$fromMillis('[Y,' & 1000000000 & ']')"],
    ["lists doubled", "$reduce([1..100], function($a, $b) { $append($a, $a) })"],
  ])("grows no further: %s", (_, text) => {
    expect(() => evaluate(text)).toThrow(memory);
  });

  it("shows of a value in its failure what may be shown", () => {
    expect(() => evaluate("$states.input.shared + 1")).toThrow(/T2001|memory limit/);
    expect(() => evaluateJsonata("{% $states.input.shared %}", scopeOf(input), "Condition")).toThrow(
      "but was 'object' for value: (more than 262144 bytes of JSON)",
    );
  });
});

describe("an expression that takes many steps", () => {
  it("has the value that it has in the process", () => {
    expect(evaluate("$sum($map($states.input.many, function($n) { $n * 2 }))")).toBe(20_000 * 19_999);
    expect(evaluate("[$map([1..20000], function($n) { $n % 2 = 0 ? {'even': $n} : [$n, null] })][-1]")).toEqual({
      even: 20_000,
    });
  });

  it("sees the variables and the context that it names", () => {
    const scope = scopeOf(input, {
      context: { Execution: { Id: "e-1" } },
      variables: { rate: [1, { a: 2 }], unused: 1 },
    });
    const text = "$count($states.input.many[$ % 2 = 0]) & $rate[1].a & $states.context.Execution.Id & $exists($absent)";
    expect(compileExpression(text)(scope)).toBe("100002e-1false");
  });

  it("takes clock, numbers and identifiers from its execution", () => {
    const text = "$count([1..20000][$ > 0]) > 0 ? {'now': $now(), 'id': $uuid(), 'next': $uuid() != $uuid()}";
    const other = compileExpression(text)(scopeOf(input));
    expect(compileExpression(text)(scopeOf(input))).toEqual(other);
    expect(other).toEqual({
      now: "2030-06-01T12:00:00.500Z",
      id: "00000000-0000-4000-8000-000000000000",
      next: true,
    });
  });

  it("fails as it fails in the process", () => {
    const failing = "($count([1..20000][$ > 0]); 1 + 'a')";
    expect(() => evaluate(failing)).toThrow('. T2002: The right side of the "+" operator must evaluate to a number');
  });
});

describe("where an expression is evaluated", () => {
  it.each([
    ["$sum(items.price)", "stepped"],
    ["[1..10]", "stepped"],
    ["($f := function($n) { $f($n) }; $f(1))", "stepped"],
    ["$split(a, ',')", "stepped"],
    ["$match(a, /^[a-c](xyz)$/)", "stepped"],
    ["$match(a, /(a|a)(a|a)/)", "isolated"],
    ["$match(a, /a?/)", "isolated"],
    ["$match(a, /a+/)", "isolated"],
    ["$now('[Y0001]-[M01]-[D01]')", "stepped"],
    ["$now($states.input.picture)", "stepped"],
    ["a ~> $toMillis()", "stepped"],
    ["a ~> $toMillis('[f1]')", "isolated"],
    ["a ~> $toMillis", "isolated"],
    ["$toMillis(?, '[f1]')", "isolated"],
    ["$toMillis(a)", "stepped"],
    ["$toMillis(a, '[Y]')", "isolated"],
    ["$map(a, $toMillis)", "isolated"],
    ["$now()[$match(a, /b*/)]", "isolated"],
    ["$formatNumber(a, '#,##0.00')", "stepped"],
    ["$parseInteger(a, '#')", "isolated"],
    ["function($a)<n+:n> { $a }", "isolated"],
  ])("%s: %s", (text, treatment) => {
    expect(treatmentOf(compileWithLibrary(text).ast())).toBe(treatment);
  });
});

describe("an expression that takes long to read", () => {
  it.each([
    ["parentheses", "(".repeat(50_000) + 1 + ")".repeat(50_000)],
    ["terms", "1+".repeat(60_000) + 1],
    ["steps", `${"a.".repeat(30_000)}a`],
  ])("is refused: many %s", (_, text) => {
    expect(() => compileExpression(text)).toThrow(new QuerySyntaxError("The expression is too complex", text, 0));
  });

  it("is read in the time of its length: conditions in conditions around much", () => {
    const much = `[${"1,".repeat(128 * 1024)}1]`;
    const text = `${"(".repeat(80)}${much}${" ? 1 : 0)".repeat(80)}`;
    expect(compileWithLibrary(text).ast().type).toBe("block");
  });

  it("is taken with any number of items", () => {
    expect(() => compileExpression(`[${"1,".repeat(130_000)}1]`)).not.toThrow();
  });

  it("is refused as ever where it has operators that are not there", () => {
    expect(() => compileExpression(`${"a ?: ".repeat(40)}a`)).toThrow('":" cannot be used as a unary operator');
  });
});
