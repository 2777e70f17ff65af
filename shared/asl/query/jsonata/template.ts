import { StatesError } from "../../errors.ts";
import { isObject, type JsonType, jsonType, setOwn } from "../json.ts";
import { shownJson } from "../json-size.ts";
import type { Query } from "../scope.ts";
import { compileExpression } from "./expression.ts";
import { EvaluationFailure, unsupportedResult } from "./failure.ts";
import { expressionText, isExpression } from "./parse.ts";

/** The type that a field takes, where it takes one only. */
const fieldTypes: Readonly<Record<string, JsonType>> = {
  Cause: "string",
  Condition: "boolean",
  Error: "string",
  HeartbeatSeconds: "number",
  Items: "array",
  MaxConcurrency: "number",
  MaxInputBytesPerBatch: "number",
  MaxItems: "number",
  MaxItemsPerBatch: "number",
  Seconds: "number",
  TimeoutSeconds: "number",
  Timestamp: "string",
  ToleratedFailureCount: "number",
  ToleratedFailurePercentage: "number",
};

/**
 * Compiles a field of a JSONata state: any JSON, in which a string `{% ... %}`, at any depth, gives the value of its
 * expression. What holds no expression is shared, not copied.
 *
 * @param field where the field stands in its state, such as `Output`, `Assign` or `Choices[0]/Condition`; the name at
 * its end decides the type that an expression in its place must give.
 * @throws QuerySyntaxError now; the query throws States.QueryEvaluationError if an expression fails, gives nothing or
 * gives another type than the field takes.
 */
export function compileJsonata(template: unknown, field: string): Query {
  const name = field.slice(field.lastIndexOf("/") + 1);
  const expected = Object.hasOwn(fieldTypes, name) ? fieldTypes[name] : undefined;
  return compileNode(template, field, expected) ?? (() => template);
}

/** Undefined if nothing in the template depends on the scope. */
function compileNode(node: unknown, field: string, expected?: JsonType): Query | undefined {
  if (isExpression(node)) return compileField(expressionText(node), field, expected);
  if (Array.isArray(node)) return compileArray(node, field);
  return isObject(node) ? compileObject(node, field) : undefined;
}

function compileField(text: string, field: string, expected: JsonType | undefined): Query {
  const evaluate = compileExpression(text);
  const failure = (what: string): StatesError => {
    const cause = `The JSONata expression '${text}' specified for the field '${field}' ${what}`;
    return new StatesError("States.QueryEvaluationError", cause, { location: field });
  };
  return (scope) => {
    const value = evaluateOrFail(() => evaluate(scope), failure);
    if (value === undefined) throw failure("returned nothing (undefined).");
    if (expected === undefined || jsonType(value) === expected) return value;
    const found = `Expected '${expected}', but was '${jsonType(value)}' for value: ${shownJson(value)}`;
    throw failure(`returned an unexpected result type. ${found}`);
  };
}

function evaluateOrFail(evaluate: () => unknown, failure: (what: string) => StatesError): unknown {
  try {
    return evaluate();
  } catch (error) {
    if (!(error instanceof EvaluationFailure)) throw error;
    const { message } = error;
    throw failure(message === unsupportedResult ? message : `threw an error during evaluation${message}`);
  }
}

function compileArray(items: readonly unknown[], field: string): Query | undefined {
  const queries = items.map((item, index) => compileNode(item, `${field}[${index}]`));
  if (queries.every((query) => query === undefined)) return undefined;
  return (scope) =>
    items.map((item, index) => {
      const query = queries[index];
      return query === undefined ? item : query(scope);
    });
}

function compileObject(node: Readonly<Record<string, unknown>>, field: string): Query | undefined {
  const fields = Object.entries(node).map(([key, value]) => ({
    key,
    value,
    query: compileNode(value, `${field}/${key}`),
  }));
  if (fields.every(({ query }) => query === undefined)) return undefined;
  return (scope) => {
    const made: Record<string, unknown> = {};
    for (const { key, value, query } of fields) setOwn(made, key, query === undefined ? value : query(scope));
    return made;
  };
}
