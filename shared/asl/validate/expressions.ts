import { isObject } from "../query/json.ts";
import { compileWithLibrary, isExpression } from "../query/jsonata/parse.ts";
import { unsupportedReferences } from "./references.ts";
import { type Check, type CheckScope, fieldAt, reject } from "./shape.ts";

/** Checks the syntax of an expression, and that it reads only what its place offers. */
export const checkExpression: Check = (value, location, scope) => {
  try {
    const tree = compileWithLibrary(String(value).slice(2, -2)).ast();
    for (const name of unsupportedReferences(tree, scope.statesScope)) {
      const where = name.startsWith("$states.") ? "in this field" : "at the top level";
      reject(scope, `Reference to '${name}' ${where} is not supported.`, location, "UNSUPPORTED_JSONATA_EXPRESSION");
    }
  } catch (error) {
    // The parser's own words, which AWS shows too; it throws objects with a message, not always Errors.
    const message = isObject(error) ? String(error.message) : String(error);
    reject(scope, message, location, "INVALID_JSONATA_EXPRESSION");
  }
};

/** Any JSON, whose strings may be expressions at any depth. */
export const jsonataTemplate: Check = (value, location, scope) => {
  if (isExpression(value)) checkExpression(value, location, scope);
  else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) jsonataTemplate(item, `${location}[${index}]`, scope);
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) jsonataTemplate(item, fieldAt(location, key), scope);
  } else checkDelimiters(value, location, scope);
};

function checkDelimiters(value: unknown, location: string, scope: CheckScope): void {
  if (typeof value !== "string" || value.startsWith("{%") === value.endsWith("%}")) return;
  const message = "A JSONata expression must start with '{%' and end with '%}'";
  reject(scope, message, location, "INVALID_JSONATA_EXPRESSION");
}
