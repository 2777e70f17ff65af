import { plainJson } from "../exact/plain.ts";
import type { Scope } from "../scope.ts";

/** The reserved variable `$states`; a state has a result, an error output or neither. */
export function statesValue(scope: Scope): Readonly<Record<string, unknown>> {
  const states: Record<string, unknown> = { input: scope.input, context: scope.context };
  if (scope.result !== undefined) states.result = scope.result;
  if (scope.errorOutput !== undefined) states.errorOutput = scope.errorOutput;
  return states;
}

/** What an expression may look up, of what there is, as the library knows it: its numbers are doubles. */
export function bindingsOf(scope: Scope, names: ReadonlySet<string>): Readonly<Record<string, unknown>> {
  const bindings: Record<string, unknown> = Object.create(null);
  for (const name of names) {
    if (name === "states") bindings.states = plainJson(statesValue(scope));
    else if (Object.hasOwn(scope.variables, name)) bindings[name] = plainJson(scope.variables[name]);
  }
  return bindings;
}
