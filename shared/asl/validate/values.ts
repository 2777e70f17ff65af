import { isExpression } from "../query/jsonata/parse.ts";
import { checkExpression } from "./expressions.ts";
import { type Check, reject } from "./shape.ts";

/** RFC 3339 with an upper-case `T`, and `Z` or an offset (ASL: Timestamps). */
const timestampPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

export const anything: Check = () => {};

export const string: Check = (value, location, scope) => {
  if (typeof value !== "string") reject(scope, "Expected value of type String", location);
};

export const boolean: Check = (value, location, scope) => {
  if (typeof value !== "boolean") reject(scope, "Expected value of type Boolean", location);
};

export const number: Check = (value, location, scope) => {
  if (typeof value !== "number") reject(scope, "Expected value of type Number", location);
};

export const timestamp: Check = (value, location, scope) => {
  if (typeof value !== "string") reject(scope, "Expected value of type String", location);
  else if (!timestampPattern.test(value) || Number.isNaN(Date.parse(value))) {
    reject(scope, "String does not match RFC3339 timestamp", location);
  }
};

/** A whole number between the bounds, both included. */
export function integer(minimum: number, maximum?: number): Check {
  return (value, location, scope) => {
    if (!Number.isInteger(value)) reject(scope, "Expected value of type Integer", location);
    else checkBounds(value as number, String(minimum), String(maximum), location, scope);
  };
}

/** A number between the bounds, both included; AWS prints these bounds with a decimal. */
export function decimal(minimum: number, maximum?: number): Check {
  return (value, location, scope) => {
    if (typeof value !== "number") reject(scope, "Expected value of type Number", location);
    else checkBounds(value, minimum.toFixed(1), String(maximum?.toFixed(1)), location, scope);
  };
}

function checkBounds(value: number, minimum: string, maximum: string, location: string, scope: Parameters<Check>[2]) {
  if (value < Number(minimum)) reject(scope, `Minimum value is ${minimum}`, location);
  if (value > Number(maximum)) reject(scope, `Maximum value is ${maximum}`, location);
}

/** One of a few words. */
export function word(...allowed: readonly string[]): Check {
  return (value, location, scope) => {
    if (typeof value !== "string") reject(scope, "Expected value of type String", location);
    else if (!allowed.includes(value)) {
      const field = location.slice(location.lastIndexOf("/") + 1);
      reject(scope, `The field '${field}' should have one of these values: [${allowed.join(", ")}]`, location);
    }
  };
}

/** An array whose elements all pass the check. */
export function listOf(element: Check, options: { readonly isNonEmpty?: true } = {}): Check {
  return (value, location, scope) => {
    if (!Array.isArray(value)) {
      reject(scope, "Expected value of type Array", location);
      return;
    }
    if (options.isNonEmpty && value.length === 0) reject(scope, "Value cannot be empty", location);
    for (const [index, item] of value.entries()) element(item, `${location}[${index}]`, scope);
  };
}

/** The literal check, or, in a JSONata state, an expression in its place. */
export function orExpression(literal: Check): Check {
  return (value, location, scope) => {
    if (scope.language === "JSONata" && isExpression(value)) checkExpression(value, location, scope);
    else literal(value, location, scope);
  };
}
