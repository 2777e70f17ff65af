import type { Interleaved } from "../interleaved.ts";
import { isObject, type JsonObject } from "../query/json.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { type Machine, stateLocation, statesOf } from "./machines.ts";
import { fieldAt } from "./shape.ts";

interface Transition {
  readonly target: unknown;
  readonly location: string;
}

/**
 * Checks where the states of one machine lead: every target exists in the same machine, something ends it, and
 * something leads to every state. A machine without an end is not searched for states that nothing leads to, as in AWS.
 */
export function* checkingGraph(machine: Machine): Interleaved<readonly Diagnostic[]> {
  const states = statesOf(machine);
  if (states.length === 0 || !isObject(machine.value)) return [];
  const names = new Set(states.map(([name]) => name));
  const targets = new Set<unknown>();
  const missing: Diagnostic[] = [];
  const lead = ({ target, location }: Transition) => {
    if (typeof target !== "string") return;
    targets.add(target);
    if (!names.has(target)) missing.push(missingTarget(`Missing 'Next' target: ${target}`, location));
  };
  lead({ target: machine.value.StartAt, location: fieldAt(machine.location, "StartAt") });
  for (const [name, state] of states) {
    for (const transition of transitionsOf(state, stateLocation(machine, name))) lead(transition);
    yield;
  }
  if (!states.some(([, state]) => isTerminal(state))) return [...missing, noTerminalState(machine)];

  if (typeof machine.value.StartAt !== "string") return missing;

  const unreachable = states
    .filter(([name]) => !targets.has(name))
    .map(([name]) => missingTarget(`State "${name}" is not reachable.`, stateLocation(machine, name)));
  return [...missing, ...unreachable];
}

function transitionsOf(state: JsonObject, location: string): readonly Transition[] {
  const own = ["Next", "Default"].map((field) => ({ target: state[field], location: `${location}/${field}` }));
  const listed = ["Choices", "Catch"].flatMap((field) => {
    const rules = Array.isArray(state[field]) ? (state[field] as readonly unknown[]) : [];
    return rules.map((rule, index) => ({
      target: isObject(rule) ? rule.Next : undefined,
      location: `${location}/${field}[${index}]/Next`,
    }));
  });
  return [...own, ...listed];
}

function isTerminal(state: JsonObject): boolean {
  return state.End === true || state.Type === "Succeed" || state.Type === "Fail";
}

function missingTarget(message: string, location: string): Diagnostic {
  return { severity: "ERROR", code: "MISSING_TRANSITION_TARGET", message, location };
}

/** AWS gives no location for the whole workflow; for a nested one the location says which. */
function noTerminalState({ location }: Machine): Diagnostic {
  const finding = { severity: "ERROR", code: "MISSING_END_STATE", message: "Workflow has no terminal state" } as const;
  return location === "/" ? finding : { ...finding, location };
}
