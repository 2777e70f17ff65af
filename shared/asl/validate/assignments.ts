import { isObject } from "../query/json.ts";
import { jsonataTemplate } from "./expressions.ts";
import { payloadTemplate } from "./paths.ts";
import { type Check, reject } from "./shape.ts";

/** Unicode identifiers of at most 80 characters (ASL: Variable names). */
const variableName = /^[\p{ID_Start}][\p{ID_Continue}]*$/u;
const longestName = 80;

/** The object of an `Assign` field: variable names and what they become. */
export const variables: Check = (value, location, scope) => {
  if (!isObject(value)) {
    reject(scope, "Expected value of type Object", location);
    return;
  }
  for (const key of Object.keys(value)) {
    const name = scope.language === "JSONPath" && key.endsWith(".$") ? key.slice(0, -2) : key;
    const fault = faultOfName(name);
    if (fault !== undefined) reject(scope, fault, location);
  }
  if (scope.language === "JSONPath") payloadTemplate(value, location, scope);
  else jsonataTemplate(value, location, scope);
};

function faultOfName(name: string): string | undefined {
  if (name === "states") return "The variable name 'states' is reserved";
  if ([...name].length > longestName) return `The variable name '${name}' is longer than ${longestName} characters`;
  if (!variableName.test(name)) return `'${name}' is not a valid variable name`;
  return undefined;
}
