import type { StateMachineType } from "../definition.ts";
import { isObject, type JsonObject } from "../query/json.ts";
import { processorConfig } from "./map-shapes.ts";
import { type Check, fieldAt, reject, type Shape } from "./shape.ts";
import { integer, string, word } from "./values.ts";

/** A set of states with a place to start: the whole definition, a branch of Parallel, or what Map runs for each item. */
export interface Machine {
  readonly value: unknown;
  readonly location: string;
  readonly shape: Shape;
  readonly type: StateMachineType;
  /** The machine that this one is nested in a state of; absent of the outermost. */
  readonly outer?: Machine;
}

const entry: Shape["fields"] = {
  States: { check: states, required: true },
  StartAt: { check: string, required: true },
  Comment: { check: string },
};

const rootShape: Shape = {
  fields: {
    ...entry,
    Version: { check: word("1.0") },
    TimeoutSeconds: { check: integer(1, 99_999_999) },
    QueryLanguage: { check: word("JSONPath", "JSONata") },
  },
};

const branchShape: Shape = { fields: entry };

const processorShape: Shape = { fields: { ...entry, ProcessorConfig: { check: processorConfig } } };

/** Longest name of a state (ASL: States). */
const longestName = 80;

function states(...[value, location, scope]: Parameters<Check>): void {
  if (!isObject(value)) {
    reject(scope, "Expected value of type Object", location);
    return;
  }
  const names = Object.keys(value);
  if (names.length === 0) reject(scope, "Object must have at least 1 field", location);
  for (const name of names) {
    if (!isObject(value[name])) reject(scope, "Expected value of type Object", fieldAt(location, name));
    const isTooLong = [...name].length > longestName;
    if (name !== "" && !isTooLong) continue;
    const fault = isTooLong ? `is longer than ${longestName} characters` : "is empty";
    reject(scope, `State name '${name}' ${fault}`, fieldAt(location, name), "INVALID_STATE_NAME");
  }
}

/** The whole definition as a machine, and every machine nested in it, outermost first. */
export function machinesOf(definition: unknown, type: StateMachineType): readonly Machine[] {
  const found: Machine[] = [{ value: definition, location: "/", shape: rootShape, type }];
  // The list grows while it is walked.
  for (const machine of found) {
    for (const [name, state] of statesOf(machine)) found.push(...machinesIn(state, name, machine));
  }
  return found;
}

/** The machines nested directly in a state. */
function machinesIn(state: JsonObject, name: string, outer: Machine): readonly Machine[] {
  const location = stateLocation(outer, name);
  const branches = state.Type === "Parallel" && Array.isArray(state.Branches) ? state.Branches : [];
  const found = branches.map((value, index): Machine => {
    return { value, location: `${location}/Branches[${index}]`, shape: branchShape, type: outer.type, outer };
  });
  for (const field of state.Type === "Map" ? ["ItemProcessor", "Iterator"] : []) {
    const value = state[field];
    if (value === undefined) continue;
    const type = childType(value, outer.type);
    found.push({ value, location: `${location}/${field}`, shape: processorShape, type, outer });
  }
  return found;
}

/** The states of a machine that are objects; others are reported by its shape. */
export function statesOf({ value }: Machine): readonly (readonly [name: string, state: JsonObject])[] {
  if (!isObject(value) || !isObject(value.States)) return [];
  return Object.entries(value.States).filter((pair): pair is [string, JsonObject] => isObject(pair[1]));
}

export function stateLocation(machine: Machine, name: string): string {
  return `${fieldAt(machine.location, "States")}/${name}`;
}

/** Distributed maps may run their child executions as Express workflows. */
function childType(processor: unknown, type: StateMachineType): StateMachineType {
  const config = isObject(processor) ? processor.ProcessorConfig : undefined;
  const isDistributed = isObject(config) && config.Mode === "DISTRIBUTED";
  return isDistributed && config.ExecutionType === "EXPRESS" ? "EXPRESS" : type;
}
