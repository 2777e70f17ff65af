import type { QueryLanguage, StateMachineType } from "../definition.ts";
import { atOnce, type Interleaved, inTurns } from "../interleaved.ts";
import { isObject, type JsonObject } from "../query/json.ts";
import { jsonFault, sourceAt } from "../query/json-fault.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { checkingGraph } from "./graph.ts";
import { checkingText, tooDeep } from "./json-text.ts";
import { type Machine, machinesOf, stateLocation, statesOf } from "./machines.ts";
import { checkNames } from "./names.ts";
import { type CheckScope, fieldAt, reject, shaped } from "./shape.ts";
import { stateShapes } from "./state-shapes.ts";
import { checkingVariableScopes } from "./variable-scopes.ts";
import { checkStateLiterals } from "./warnings.ts";

/** Largest definition, in bytes of UTF-8 (Step Functions quota). */
const largestDefinition = 1_048_576;

export interface ValidationOptions {
  /** Express workflows do without some integrations. Default `STANDARD`. */
  readonly type?: StateMachineType;
}

/**
 * Finds what AWS's ValidateStateMachineDefinition finds in a definition: text of JSON, or JSON already parsed (in
 * which names given twice can no longer be seen). Errors come before warnings. Never throws.
 */
export function validateDefinition(definition: unknown, options: ValidationOptions = {}): readonly Diagnostic[] {
  return atOnce(validating(definition, options));
}

/** The same, for a definition that may be large, without holding up the process for longer than one of its states takes. */
export function validateInTurns(definition: unknown, options: ValidationOptions = {}): Promise<readonly Diagnostic[]> {
  return inTurns(validating(definition, options));
}

export function* validating(definition: unknown, options: ValidationOptions): Interleaved<readonly Diagnostic[]> {
  const read = yield* readingDefinition(definition);
  if ("faults" in read) return read.faults;
  const machines = machinesOf(read.value, options.type ?? "STANDARD");
  const found = yield* checkingMachines(machines, languageOf(read.value, "JSONPath"));
  return inOrder([...read.found, ...found]);
}

/** What TestState calls a state that is given without a name. */
export const UNNAMED_STATE = "StateName";

/** Checks one state on its own, as TestState does: its transitions may lead anywhere. It is located as if in a machine. */
export function validateState(state: unknown, options: ValidationOptions = {}): readonly Diagnostic[] {
  const read = atOnce(readingDefinition(state));
  if ("faults" in read) return read.faults;
  const found: Diagnostic[] = [...read.found];
  const type = options.type ?? "STANDARD";
  const location = `/States/${UNNAMED_STATE}`;
  checkState(read.value, location, scopeOf("JSONPath", type, found));
  const [, ...nested] = machinesOf({ States: { [UNNAMED_STATE]: read.value } }, type);
  return inOrder([...found, ...atOnce(checkingMachines(nested, "JSONPath"))]);
}

type Read = { readonly value: JsonObject; readonly found: readonly Diagnostic[] };

function* readingDefinition(definition: unknown): Interleaved<Read | { readonly faults: readonly Diagnostic[] }> {
  if (definition === undefined || isBlank(definition)) return { faults: [noObject] };
  let text: string;
  try {
    text = typeof definition === "string" ? definition : JSON.stringify(definition);
  } catch (error) {
    return { faults: [error instanceof RangeError ? tooDeep : notJson((error as Error).message)] };
  }
  if (Buffer.byteLength(text) > largestDefinition) {
    return { faults: [notJson(`The definition is larger than ${largestDefinition} bytes`)] };
  }
  try {
    const value: unknown = typeof definition === "string" ? JSON.parse(definition) : definition;
    if (!isObject(value)) return { faults: [noObject] };
    const found = yield* checkingText(text);
    return found.some(({ code }) => code === "TOO_DEEPLY_NESTED") ? { faults: found } : { value, found };
  } catch (error) {
    const fault = jsonFault(text);
    if (fault === undefined) return { faults: [notJson((error as Error).message)] };
    const location = sourceAt(text, fault);
    return { faults: [notJson(`${fault.message}\n at ${location}`, location)] };
  }
}

const isBlank = (definition: unknown) => typeof definition === "string" && definition.trim() === "";

const noObject: Diagnostic = {
  severity: "ERROR",
  code: "SCHEMA_VALIDATION_FAILED",
  message: "Definition must be a valid JSON object",
};

function notJson(message: string, location?: string): Diagnostic {
  const fault = { severity: "ERROR", code: "INVALID_JSON_DESCRIPTION", message } as const;
  return location === undefined ? fault : { ...fault, location };
}

function* checkingMachines(
  machines: readonly Machine[],
  machineLanguage: QueryLanguage,
): Interleaved<readonly Diagnostic[]> {
  const found: Diagnostic[] = [];
  for (const machine of machines) {
    const scope = scopeOf(machineLanguage, machine.type, found);
    shaped(machine.shape)(machine.value, machine.location, scope);
    for (const [name, state] of statesOf(machine)) {
      checkState(state, stateLocation(machine, name), scope);
      yield;
    }
  }
  const ofGraphs: (readonly Diagnostic[])[] = [];
  for (const machine of machines) ofGraphs.push(yield* checkingGraph(machine));
  const ofScopes = yield* checkingVariableScopes(machines);
  return [...found, ...checkNames(machines), ...ofScopes, ...ofGraphs.flat()];
}

function scopeOf(machineLanguage: QueryLanguage, machineType: StateMachineType, found: Diagnostic[]): CheckScope {
  const report = (diagnostic: Diagnostic) => void found.push(diagnostic);
  return { language: machineLanguage, machineLanguage, machineType, statesScope: undefined, report };
}

function checkState(state: JsonObject, location: string, outer: CheckScope): void {
  const scope = { ...outer, language: languageOf(state, outer.machineLanguage) };
  if (scope.language === "JSONPath" && outer.machineLanguage === "JSONata") {
    const message = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine";
    reject(scope, message, location);
    return;
  }
  const check = typeof state.Type === "string" ? checks.get(state.Type) : undefined;
  if (check !== undefined) {
    check(state, location, scope);
    checkStateLiterals(state, location, scope);
  } else if (!("Type" in state)) reject(scope, "These fields are required: [Type]", location);
  else {
    const types = [...checks.keys()].join(", ");
    reject(scope, `The field 'Type' should have one of these values: [${types}]`, fieldAt(location, "Type"));
  }
}

const checks = new Map(Object.entries(stateShapes).map(([type, shape]) => [type, shaped(shape)]));

/** Anything but `JSONPath` counts as JSONata, as in AWS; that the word is a known one is checked apart. */
function languageOf(value: unknown, inherited: QueryLanguage): QueryLanguage {
  if (!isObject(value) || !("QueryLanguage" in value)) return inherited;
  return value.QueryLanguage === "JSONPath" ? "JSONPath" : "JSONata";
}

function inOrder(found: readonly Diagnostic[]): readonly Diagnostic[] {
  return [
    ...found.filter(({ severity }) => severity === "ERROR"),
    ...found.filter(({ severity }) => severity === "WARNING"),
  ];
}
