import type { Interleaved } from "../interleaved.ts";
import { isObject, type JsonObject } from "../query/json.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { type Machine, stateLocation, statesOf } from "./machines.ts";

/**
 * A variable is of a scope if any of the scope's states assigns it, and no state of an inner scope may assign one of that
 * name (ASL: Variable Scope); branches beside each other may. What catchers assign does not count: AWS began an execution of a
 * Parallel whose catcher and branch assign one name (recorded in November 2024). The words are ours.
 */
export function* checkingVariableScopes(machines: readonly Machine[]): Interleaved<readonly Diagnostic[]> {
  const found: Diagnostic[] = [];
  const known = new Map<Machine, ReadonlySet<string>>();
  for (const machine of machines) {
    if (machine.outer === undefined) continue;
    for (const [name, state] of statesOf(machine)) {
      for (const { assigned, location } of assignmentsOf(state, stateLocation(machine, name))) {
        const outer = assigned.filter((variable) => isAssignedAround(machine, variable, known));
        found.push(...outer.map((variable) => assignedOutside(variable, location)));
      }
      yield;
    }
  }
  return found;
}

function isAssignedAround(machine: Machine, name: string, known: Map<Machine, ReadonlySet<string>>): boolean {
  for (let at = machine.outer; at !== undefined; at = at.outer) if (variablesOf(at, known).has(name)) return true;
  return false;
}

function variablesOf(machine: Machine, known: Map<Machine, ReadonlySet<string>>): ReadonlySet<string> {
  const found = known.get(machine);
  if (found !== undefined) return found;
  const assignments = statesOf(machine).flatMap(([, state]) => assignmentsOf(state, ""));
  const names = new Set(assignments.flatMap(({ assigned }) => assigned));
  known.set(machine, names);
  return names;
}

interface Assignment {
  readonly assigned: readonly string[];
  readonly location: string;
}

/** The state's own, and those of its choice rules. */
function assignmentsOf(state: JsonObject, location: string): readonly Assignment[] {
  const choices: readonly unknown[] = Array.isArray(state.Choices) ? state.Choices : [];
  const rules = choices.map((rule, index) => ({ owner: rule, location: `${location}/Choices[${index}]` }));
  return [{ owner: state, location }, ...rules].flatMap(({ owner, location: at }) => {
    if (!isObject(owner) || !isObject(owner.Assign)) return [];
    const assigned = Object.keys(owner.Assign).map((name) => name.replace(/\.\$$/, ""));
    return [{ assigned, location: `${at}/Assign` }];
  });
}

function assignedOutside(name: string, location: string): Diagnostic {
  const message = `The variable '${name}' is assigned in an outer scope, and cannot be assigned in an inner one`;
  return { severity: "ERROR", code: "SCHEMA_VALIDATION_FAILED", message, location };
}
