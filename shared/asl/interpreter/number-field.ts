import type { QueryLanguage } from "../definition.ts";
import { StatesError } from "../errors.ts";
import { compileValue, type Fields } from "./data-flow.ts";
import type { NumberQuery } from "./machine.ts";

/**
 * Compiles a field that takes a number: a literal, in JSONPath a path under the name with `Path`, in JSONata an
 * expression. What a path selects may also be the text of a number.
 *
 * @param kind what AWS calls the number in its error.
 */
export function compileNumber(
  fields: Fields,
  field: string,
  language: QueryLanguage,
  kind: "integer" | "float" = "integer",
): NumberQuery | undefined {
  const query = compileValue(fields, field, language);
  if (query === undefined) return undefined;
  const path = fields[`${field}Path`];
  const isPath = language === "JSONPath" && typeof path === "string";
  return (scope) => {
    const value = query(scope);
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (typeof number === "number" && !Number.isNaN(number) && (kind === "float" || Number.isInteger(number)))
      return number;
    const error = language === "JSONata" ? "States.QueryEvaluationError" : "States.Runtime";
    const cause = isPath
      ? `The ${field}Path field refers to value ${JSON.stringify(value)} which is not a valid ${kind}: ${path}`
      : `The ${field} field is not a valid ${kind}: ${JSON.stringify(value)}`;
    throw new StatesError(error, cause, language === "JSONata" ? { location: field } : {});
  };
}
