import type { QueryLanguage, StateMachineType } from "../definition.ts";
import { isObject, type JsonObject } from "../query/json.ts";
import type { Diagnostic, DiagnosticCode } from "./diagnostic.ts";

/** What of `$states` an expression may read besides `input` and `context`. */
export type StatesScope = "result" | "errorOutput" | undefined;

/** What a check needs to know besides the value in hand. */
export interface CheckScope {
  /** The query language that holds for the state the value is part of. */
  readonly language: QueryLanguage;
  /** The query language of the whole definition, which nested states inherit. */
  readonly machineLanguage: QueryLanguage;
  readonly machineType: StateMachineType;
  readonly statesScope: StatesScope;
  report(diagnostic: Diagnostic): void;
}

/** Looks at one value, found at a location, and reports what is wrong with it. */
export type Check = (value: unknown, location: string, scope: CheckScope) => void;

/** One row of a field table. */
export interface Field {
  readonly check: Check;
  /** Must be there: always, or only in states of the named query language. */
  readonly required?: true | QueryLanguage;
  /** The one query language the field belongs to; both if absent. */
  readonly only?: QueryLanguage;
}

/** What an object of the language looks like. */
export interface Shape {
  readonly fields: Readonly<Record<string, Field>>;
  /** Groups of which at most one field may be there. */
  readonly atMostOne?: readonly (readonly string[])[];
  /** Groups of which exactly one field must be there. */
  readonly exactlyOne?: readonly (readonly string[])[];
  /** Rules that look at the object as a whole, after its fields. */
  readonly rules?: readonly Check[];
  /** Fields outside the table are the user's own and are left alone. */
  readonly isOpen?: true;
}

/** The location of a field: the root is `/`, every deeper place starts without it. */
export function fieldAt(location: string, field: string): string {
  return location === "/" ? `/${field}` : `${location}/${field}`;
}

export function reject(
  scope: CheckScope,
  message: string,
  location: string,
  code: DiagnosticCode = "SCHEMA_VALIDATION_FAILED",
): void {
  scope.report({ severity: "ERROR", code, message, location });
}

/** A check that the value is an object of the given shape. */
export function shaped(shape: Shape): Check {
  const names = Object.keys(shape.fields);
  return (value, location, scope) => {
    if (!isObject(value)) {
      reject(scope, "Expected value of type Object", location);
      return;
    }
    for (const name of Object.keys(value)) {
      if (Object.hasOwn(shape.fields, name)) checkField(name, shape.fields[name]!, value, location, scope);
      else if (!shape.isOpen) reject(scope, `Field '${name}' is not supported`, location);
    }
    const missing = names.filter((name) => isRequired(shape.fields[name]!, scope.language) && !(name in value));
    if (missing.length > 0) reject(scope, `These fields are required: [${missing.join(", ")}]`, location);
    checkGroups(shape, value, location, scope);
    for (const rule of shape.rules ?? []) rule(value, location, scope);
  };
}

function checkField(name: string, field: Field, owner: JsonObject, location: string, scope: CheckScope): void {
  if (field.only !== undefined && field.only !== scope.language) {
    const message = `The QueryLanguage is set to '${scope.language}', but field '${name}' is only supported for the '${field.only}' QueryLanguage`;
    reject(scope, message, location);
    return;
  }
  field.check(owner[name], fieldAt(location, name), scope);
}

function isRequired({ required, only }: Field, language: QueryLanguage): boolean {
  return (required === true || required === language) && (only === undefined || only === language);
}

function checkGroups(shape: Shape, value: JsonObject, location: string, scope: CheckScope): void {
  for (const group of shape.atMostOne ?? []) {
    if (presentIn(group, value).length > 1) reject(scope, tooMany(group), location);
  }
  for (const group of shape.exactlyOne ?? []) {
    const usable = group.filter((name) => (shape.fields[name]?.only ?? scope.language) === scope.language);
    const { length } = presentIn(group, value);
    if (length > 1) reject(scope, tooMany(usable), location);
    if (length === 0) reject(scope, `One of the following fields is required: [${usable.join(", ")}]`, location);
  }
}

const presentIn = (group: readonly string[], value: JsonObject) => group.filter((name) => name in value);
const tooMany = (group: readonly string[]) => `There should only be one of the following fields: [${group.join(", ")}]`;
