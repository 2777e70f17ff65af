import { describe, expect, it } from "vitest";
import { isOperator } from "../../../shared/asl/query/choice/compile.ts";
import { compileChoice, Suspension } from "../../../shared/asl/query/index.ts";
import { answerTo } from "../../../shared/asl/query/isolation/answer.ts";
import { Evaluations } from "../../../shared/asl/query/isolation/evaluations.ts";
import { evaluateChoice } from "./evaluate.ts";
import { scopeOf, thrownBy } from "./scopes.ts";

const noon = "2020-01-01T12:00:00Z";
const oneInParis = "2020-01-01T13:00:00+01:00";
const later = "2020-01-01T12:00:00.001Z";

/** Operator, value, what it is compared with, and if the rule holds; each row is also run with `Path`. */
const comparisons: readonly (readonly [string, unknown, unknown, boolean])[] = [
  ["BooleanEquals", true, true, true],
  ["BooleanEquals", false, false, true],
  ["BooleanEquals", false, true, false],
  ["BooleanEquals", "true", true, false],
  ["BooleanEquals", null, false, false],
  ["NumericEquals", 1, 1, true],
  ["NumericEquals", 1.5, 1.5, true],
  ["NumericEquals", "1", 1, false],
  ["NumericEquals", true, 1, false],
  ["NumericGreaterThan", 2, 1, true],
  ["NumericGreaterThan", 1, 1, false],
  ["NumericGreaterThanEquals", 1, 1, true],
  ["NumericGreaterThanEquals", 0, 1, false],
  ["NumericLessThan", 0, 1, true],
  ["NumericLessThan", 1, 1, false],
  ["NumericLessThanEquals", 1, 1, true],
  ["NumericLessThanEquals", 2, 1, false],
  ["NumericLessThanEquals", null, 1, false],
  ["StringEquals", "a", "a", true],
  ["StringEquals", "a", "A", false],
  ["StringEquals", "a", "a ", false],
  ["StringEquals", 1, "1", false],
  ["StringGreaterThan", "b", "a", true],
  ["StringGreaterThan", "a", "a", false],
  ["StringGreaterThan", "a", "B", true],
  ["StringGreaterThanEquals", "a", "a", true],
  ["StringGreaterThanEquals", "", "a", false],
  ["StringLessThan", "a", "aa", true],
  ["StringLessThan", "a", "a", false],
  ["StringLessThanEquals", "a", "a", true],
  ["StringLessThanEquals", "b", "a", false],
  ["TimestampEquals", noon, oneInParis, true],
  ["TimestampEquals", noon, later, false],
  ["TimestampEquals", "2020-01-01", noon, false],
  ["TimestampGreaterThan", later, noon, true],
  ["TimestampGreaterThan", noon, oneInParis, false],
  ["TimestampGreaterThanEquals", noon, oneInParis, true],
  ["TimestampGreaterThanEquals", noon, later, false],
  ["TimestampLessThan", noon, later, true],
  ["TimestampLessThan", noon, oneInParis, false],
  ["TimestampLessThanEquals", noon, oneInParis, true],
  ["TimestampLessThanEquals", later, noon, false],
  ["TimestampLessThanEquals", 5, noon, false],
];

const holds = (rule: Record<string, unknown>, input: unknown): boolean =>
  evaluateChoice([{ ...rule, Next: "N" }], scopeOf(input)) === 0;

describe("a comparison", () => {
  it.each(comparisons)("%s of %j with %j is %s", (operator, value, wanted, expected) => {
    expect(holds({ Variable: "$.value", [operator]: wanted }, { value })).toBe(expected);
  });

  it.each(comparisons)("%sPath of %j with %j is %s", (operator, value, wanted, expected) => {
    expect(holds({ Variable: "$.value", [`${operator}Path`]: "$.wanted" }, { value, wanted })).toBe(expected);
  });

  it.each([
    ["*", "", true],
    ["*", "anything", true],
    ["a*", "abc", true],
    ["a*", "ba", false],
    ["*.log", "x.log", true],
    ["*.log", "x.log.gz", false],
    ["a*b*c", "a-b-b-c", true],
    ["a*b*c", "acb", false],
    ["ab*ba", "aba", false],
    ["foo\\*", "foo*", true],
    ["foo\\*", "food", false],
    ["back\\\\*", "back\\slash", true],
    ["exact", "exact", true],
    ["exact", "exactly", false],
    ["", "", true],
  ])("StringMatches %j on %j is %s", (pattern, value, expected) => {
    expect(holds({ Variable: "$.value", StringMatches: pattern }, { value })).toBe(expected);
  });

  it.each(["a\\", "a\\b", "\\\\\\x", "*\\"])("StringMatches %j fails with its open escape (ASL)", (pattern) => {
    const evaluated = () => holds({ Variable: "$.value", StringMatches: pattern }, { value: pattern });
    expect(evaluated).toThrow(/^States\.Runtime: The pattern .* of StringMatches has a backslash before neither/);
  });

  it.each([
    ["StringMatches", "*a*", true],
    ["StringMatches", `*${"ba".repeat(50)}*`, false],
    ["StringEquals", "a".repeat(250_000), true],
    ["StringLessThan", `${"a".repeat(249_999)}b`, true],
  ])("%s of long texts is counted, and left to another thread where it is too much", (operator, wanted, expected) => {
    const choose = compileChoice([{ Variable: "$.value", [operator]: wanted, Next: "N" }]);
    const scope = scopeOf({ value: "a".repeat(250_000) });
    const plenty = new Evaluations(200_000);
    const isHere = wanted !== `*${"ba".repeat(50)}*`;
    if (isHere) expect(choose({ ...scope, evaluations: plenty }) === 0).toBe(expected);
    expect(plenty.steps < 200_000).toBe(isHere);
    const suspended = thrownBy(() => choose({ ...scope, evaluations: new Evaluations(10) })) as Suspension;
    expect(suspended).toBeInstanceOf(Suspension);
    expect(answerTo(suspended.job)).toEqual({ json: JSON.stringify(expected) });
  });

  it("costs nothing to speak of for a short text, and needs no thread when nothing is left", () => {
    const evaluations = new Evaluations(0);
    expect(
      compileChoice([{ Variable: "$.v", StringEquals: "a", Next: "N" }])({ ...scopeOf({ v: "a" }), evaluations }),
    ).toBe(0);
  });

  it("StringMatches is false for a value that is no string", () => {
    expect(holds({ Variable: "$.value", StringMatches: "*" }, { value: 5 })).toBe(false);
  });
});

describe("a type test", () => {
  const values: readonly (readonly [unknown, string | undefined])[] = [
    [null, "IsNull"],
    [true, "IsBoolean"],
    [0, "IsNumeric"],
    [1.5, "IsNumeric"],
    ["", "IsString"],
    [[], undefined],
    [{}, undefined],
  ];
  const tests = ["IsBoolean", "IsNull", "IsNumeric", "IsString"];

  it.each(tests)("%s tells its own type from the others, and false inverts it", (test) => {
    for (const [value, kind] of values) {
      expect(holds({ Variable: "$.value", [test]: true }, { value })).toBe(kind === test);
      expect(holds({ Variable: "$.value", [test]: false }, { value })).toBe(kind !== test);
    }
  });

  it.each([
    [noon, true],
    [oneInParis, true],
    ["2020-01-01T12:00:00", false],
    ["2020-01-01", false],
    [1577880000, false],
  ])("IsTimestamp of %j is %s", (value, expected) => {
    expect(holds({ Variable: "$.value", IsTimestamp: true }, { value })).toBe(expected);
    expect(holds({ Variable: "$.value", IsTimestamp: false }, { value })).toBe(!expected);
  });

  it.each([
    ["$.value", { value: null }, true],
    ["$.value", {}, false],
    ["$.list[0]", { list: [] }, false],
    ["$.list[0]", { list: [0] }, true],
    ["$.a.b", {}, false],
    ["$undefined", {}, false],
    ["$$.Task.Token", {}, false],
  ])("IsPresent of %s in %j is %s", (path, input, expected) => {
    expect(holds({ Variable: path, IsPresent: true }, input)).toBe(expected);
    expect(holds({ Variable: path, IsPresent: false }, input)).toBe(!expected);
  });
});

describe("rules", () => {
  const isA = { Variable: "$.a", BooleanEquals: true };
  const isB = { Variable: "$.b", BooleanEquals: true };

  it.each([
    [{ And: [isA, isB] }, true, true, true],
    [{ And: [isA, isB] }, true, false, false],
    [{ Or: [isA, isB] }, false, true, true],
    [{ Or: [isA, isB] }, false, false, false],
    [{ Not: isA }, false, false, true],
    [{ Not: { Or: [isA, { And: [isB, { Not: isA }] }] } }, false, true, false],
    [{ Not: { Or: [isA, { And: [isB, { Not: isA }] }] } }, false, false, true],
  ])("%j with a=%s, b=%s is %s", (rule, a, b, expected) => {
    expect(holds(rule, { a, b })).toBe(expected);
  });

  it("stop at the first that holds, and give its index", () => {
    const choice = compileChoice([
      { Variable: "$.n", NumericEquals: 1, Next: "One" },
      { Variable: "$.n", NumericEquals: 2, Next: "Two" },
      { Variable: "$.absent", NumericEquals: 3, Next: "Never" },
    ]);
    expect(choice(scopeOf({ n: 2 }))).toBe(1);
    expect(thrownBy(() => choice(scopeOf({ n: 3 })))).toMatchObject({ error: "States.Runtime" });
    expect(evaluateChoice([{ Variable: "$.n", NumericEquals: 1, Next: "One" }], scopeOf({ n: 3 }))).toBeUndefined();
  });

  it("do not look at what And and Or have already decided", () => {
    const missing = { Variable: "$.absent", BooleanEquals: true };
    expect(holds({ Or: [isA, missing] }, { a: true })).toBe(true);
    expect(holds({ And: [{ Variable: "$.absent", IsPresent: true }, missing] }, {})).toBe(false);
  });

  it.each([
    [{ Variable: "$.a", IsNull: true }, "$.a"],
    [{ Variable: "$.a", IsTimestamp: true }, "$.a"],
    [{ Variable: "$.n", NumericEqualsPath: "$.other" }, "$.other"],
    [{ Not: { Variable: "$x", StringEquals: "" } }, "$x"],
  ])("%j fails where a path selects nothing", (rule, path) => {
    expect(thrownBy(() => holds(rule, { n: 1 }))).toMatchObject({
      error: "States.Runtime",
      cause: `Invalid path '${path}': The choice state's condition path references an invalid value.`,
    });
  });

  it.each([
    [{ Variable: "$.a" }],
    [{ Variable: "$.a", StringMatchesPath: "$.b" }],
    [{ Variable: 5, IsNull: true }],
    ["x"],
  ])("%j is refused when compiled", (rule) => {
    expect(() => compileChoice([rule])).toThrow(expect.objectContaining({ name: "QuerySyntaxError" }));
  });

  it("know 39 operators", () => {
    const plain = new Set(comparisons.map(([operator]) => operator));
    const all = [...plain].flatMap((operator) => [operator, `${operator}Path`]);
    const others = ["StringMatches", "IsBoolean", "IsNull", "IsNumeric", "IsPresent", "IsString", "IsTimestamp"];
    expect([...all, ...others].every(isOperator)).toBe(true);
    expect([...all, ...others]).toHaveLength(39);
    expect(["Next", "Variable", "And", "StringMatchesPath", "IsNullPath", "toString"].some(isOperator)).toBe(false);
  });
});

describe("a JSONata condition", () => {
  it("is an expression or a constant", () => {
    const rules = [
      { Condition: "{% $states.input.n > 5 %}", Next: "A" },
      { Condition: true, Next: "B" },
    ];
    expect(evaluateChoice(rules, scopeOf({ n: 6 }))).toBe(0);
    expect(evaluateChoice(rules, scopeOf({ n: 5 }))).toBe(1);
    expect(evaluateChoice([{ Condition: false, Next: "A" }], scopeOf({}))).toBeUndefined();
  });

  it("must give a boolean, and names the rule where it does not", () => {
    const rules = [
      { Condition: "{% false %}", Next: "A" },
      { Condition: "{% $states.input.n %}", Next: "B" },
    ];
    const subject = "The JSONata expression '$states.input.n' specified for the field 'Choices[1]/Condition'";
    expect(thrownBy(() => evaluateChoice(rules, scopeOf({ n: 1 })))).toMatchObject({
      error: "States.QueryEvaluationError",
      cause: `${subject} returned an unexpected result type. Expected 'boolean', but was 'number' for value: 1`,
    });
    expect(thrownBy(() => evaluateChoice(rules, scopeOf({})))).toMatchObject({
      cause: `${subject} returned nothing (undefined).`,
    });
  });
});
