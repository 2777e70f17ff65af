import { isObject } from "../query/json.ts";
import { isExpression } from "../query/jsonata/parse.ts";
import { variables } from "./assignments.ts";
import { checkExpression, jsonataTemplate } from "./expressions.ts";
import { referencePath } from "./paths.ts";
import { type Check, type Field, reject, shaped } from "./shape.ts";
import { boolean, listOf, number, string, timestamp } from "./values.ts";

/** The comparison operators (ASL: Data-test expression): what each compares with. */
const comparisons: Readonly<Record<string, Check>> = {
  StringEquals: string,
  StringLessThan: string,
  StringGreaterThan: string,
  StringLessThanEquals: string,
  StringGreaterThanEquals: string,
  NumericEquals: number,
  NumericLessThan: number,
  NumericGreaterThan: number,
  NumericLessThanEquals: number,
  NumericGreaterThanEquals: number,
  BooleanEquals: boolean,
  TimestampEquals: timestamp,
  TimestampLessThan: timestamp,
  TimestampGreaterThan: timestamp,
  TimestampLessThanEquals: timestamp,
  TimestampGreaterThanEquals: timestamp,
};

/** Operators that have no `Path` form. */
const tests: Readonly<Record<string, Check>> = {
  StringMatches: string,
  IsNull: boolean,
  IsPresent: boolean,
  IsNumeric: boolean,
  IsString: boolean,
  IsBoolean: boolean,
  IsTimestamp: boolean,
};

const operators: readonly (readonly [name: string, check: Check])[] = [
  ...Object.entries(comparisons),
  ...Object.keys(comparisons).map((name) => [`${name}Path`, referencePath] as const),
  ...Object.entries(tests),
];

const operatorFields = Object.fromEntries(
  operators.map(([name, check]): [string, Field] => [name, { check, only: "JSONPath" }]),
);

const combiners = ["And", "Or", "Not"] as const;
const tested = [...operators.map(([name]) => name), ...combiners];

/** A test inside And, Or or Not: it says nothing about where to go. */
const nestedTest = test({});

/** One rule of a Choice state. */
export const choiceRule = test({
  Condition: { check: condition, required: "JSONata", only: "JSONata" },
  Next: { check: string, required: true },
  Assign: { check: variables },
  Output: { check: jsonataTemplate, only: "JSONata" },
});

function test(own: Readonly<Record<string, Field>>): Check {
  // Thunks, since tests nest.
  const nested: Check = (value, location, scope) => nestedTest(value, location, scope);
  return shaped({
    fields: {
      Variable: { check: referencePath, only: "JSONPath" },
      ...operatorFields,
      And: { check: listOf(nested, { isNonEmpty: true }), only: "JSONPath" },
      Or: { check: listOf(nested, { isNonEmpty: true }), only: "JSONPath" },
      Not: { check: nested, only: "JSONPath" },
      ...own,
      Comment: { check: string },
    },
    rules: [hasOneTest],
  });
}

/** Fields besides the operator; any other is likely a misspelt operator, and reported as that. */
const expected = new Set(["Variable", "Next", "Assign", "Comment"]);

/** A data test names its variable and one operator; And, Or and Not stand in place of both. */
function hasOneTest(...[value, location, scope]: Parameters<Check>): void {
  if (!isObject(value) || scope.language === "JSONata") return;
  const present = tested.filter((name) => name in value);
  if (present.length > 1) {
    reject(scope, `There should only be one of the following fields: [${present.join(", ")}]`, location);
  } else if (present.length === 0 && Object.keys(value).every((name) => expected.has(name))) {
    reject(scope, "A comparison operator, or one of [And, Or, Not], is required", location);
  }
  const isCombined = combiners.some((name) => name in value);
  if (!isCombined && !("Variable" in value)) reject(scope, "These fields are required: [Variable]", location);
  if (isCombined && "Variable" in value) reject(scope, "Field 'Variable' is not supported", location);
}

function condition(...[value, location, scope]: Parameters<Check>): void {
  if (isExpression(value)) checkExpression(value, location, scope);
  else if (typeof value !== "boolean") reject(scope, "Value must be a JSONata expression or a Boolean", location);
}
