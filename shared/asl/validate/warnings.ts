import { isObject, type JsonObject } from "../query/json.ts";
import { type Check, type CheckScope, fieldAt } from "./shape.ts";

/** Text that looks as if it were meant to be evaluated: a path, or the call of an intrinsic function. */
const looksEvaluated = /^(\$\$?(\.|\[|$)|States\.[A-Z]\w*\()/;

/** Fields that hold text as it stands, and have a `Path` form for text that is looked up. */
const literalFields = ["Error", "Cause", "Timestamp", "TimeoutSeconds", "HeartbeatSeconds", "Seconds"] as const;

function warn(
  scope: CheckScope,
  code: "NO_DOLLAR" | "NO_PATH" | "PASS_RESULT_IS_STATIC",
  message: string,
  location: string,
) {
  scope.report({ severity: "WARNING", code, message, location });
}

/** Warns of a template field that holds a path but is not named `….$`. */
export const warnOfMissingDollar: Check = (value, location, scope) => {
  if (typeof value !== "string" || !looksEvaluated.test(value)) return;
  warn(scope, "NO_DOLLAR", "No '.$' on a field that appears to be a JSONPath or Intrinsic Function", location);
};

/** Warns of paths in the literal fields of a JSONPath state, and in the result of a Pass. */
export function checkStateLiterals(state: JsonObject, location: string, scope: CheckScope): void {
  if (scope.language !== "JSONPath") return;
  for (const field of literalFields) {
    const value = state[field];
    if (typeof value !== "string" || !looksEvaluated.test(value)) continue;
    const message = `Field value looks like a path, but field name '${field}' does not end with 'Path'`;
    warn(scope, "NO_PATH", message, fieldAt(location, field));
  }
  if (state.Type === "Pass" && holdsPath(state.Result)) {
    const message = "Attempt to use a path in the result of a Pass state, which is taken as it stands";
    warn(scope, "PASS_RESULT_IS_STATIC", message, fieldAt(location, "Result"));
  }
}

function holdsPath(value: unknown): boolean {
  if (typeof value === "string") return looksEvaluated.test(value);
  if (Array.isArray(value)) return value.some(holdsPath);
  return isObject(value) && Object.values(value).some(holdsPath);
}
