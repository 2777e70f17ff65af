import { isObject, type JsonObject } from "../query/json.ts";
import { type Check, type CheckScope, fieldAt, reject } from "./shape.ts";
import { faultOfIntrinsic, faultOfPath, faultOfReferencePath } from "./syntax.ts";
import { warnOfMissingDollar } from "./warnings.ts";

/** A path into the state input, the context object (`$$`) or a variable (`$name`), or null for none of it. */
export const statePath: Check = (value, location, scope) => {
  if (value === null) return;
  if (typeof value !== "string") reject(scope, "Expected value of type String", location);
  else if (faultOfPath(value) !== undefined) reject(scope, "Value must be a valid JSONPath.", location);
};

/** The same without null: there is always something to go over. */
export const itemsPath: Check = (value, location, scope) => {
  if (value === null) reject(scope, "Expected value of type String", location);
  else statePath(value, location, scope);
};

/** A path that selects exactly one place; it may start at the input, the context object or a variable. */
export const referencePath: Check = (value, location, scope) => {
  if (typeof value !== "string") reject(scope, "Expected value of type String", location);
  else checkReference(value, location, scope);
};

/** Where a result goes: a reference path into the input, or null to throw the result away. */
export const resultPath: Check = (value, location, scope) => {
  if (value === null) return;
  if (typeof value !== "string") reject(scope, "Expected value of type String", location);
  else if (/^\$[^.[]/.test(value)) {
    reject(scope, "Value is not a Reference Path: a result can only be placed in the input", location);
  } else checkReference(value, location, scope);
};

/** Where a state looks up a number or a time: not in the context object. */
export const scalarPath: Check = (value, location, scope) => {
  if (typeof value === "string" && value.startsWith("$$")) reject(scope, "Value is not a Reference Path", location);
  else referencePath(value, location, scope);
};

/** A reference path, or the call of an intrinsic function (ASL: Fail state). */
export const pathOrIntrinsic: Check = (value, location, scope) => {
  if (typeof value === "string" && value.startsWith("States.")) {
    const fault = faultOfIntrinsic(value);
    if (fault !== undefined) reject(scope, `Value must be a valid intrinsic function call: ${fault}`, location);
  } else referencePath(value, location, scope);
};

/** Any JSON; the fields whose names end in `.$` hold paths or intrinsic functions (ASL: Payload template). */
export const payloadTemplate: Check = (value, location, scope) => {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) payloadTemplate(item, `${location}[${index}]`, scope);
  } else if (isObject(value)) {
    for (const key of Object.keys(value)) checkTemplateField(key, value, location, scope);
  }
};

function checkTemplateField(key: string, template: JsonObject, location: string, scope: CheckScope): void {
  const value = template[key];
  if (!key.endsWith(".$")) {
    warnOfMissingDollar(value, fieldAt(location, key), scope);
    payloadTemplate(value, fieldAt(location, key), scope);
    return;
  }
  if (key.slice(0, -2) in template) reject(scope, `Duplicate field '${key.slice(0, -2)}'`, location);
  if (typeof value !== "string" || faultOfEvaluated(value) !== undefined) {
    const message = `The value for the field '${key}' must be a valid JSONPath or a valid intrinsic function call`;
    reject(scope, message, location);
  }
}

function faultOfEvaluated(text: string): string | undefined {
  return text.startsWith("$") ? faultOfPath(text) : faultOfIntrinsic(text);
}

function checkReference(value: string, location: string, scope: CheckScope): void {
  const fault = faultOfReferencePath(value);
  if (fault !== undefined) reject(scope, `Value is not a Reference Path: ${fault}`, location);
}
