import { withField } from "../json.ts";
import type { Scope } from "../scope.ts";

/** The reserved variable `$states`; a state has a result, an error output or neither. */
export function statesValue(scope: Scope): Readonly<Record<string, unknown>> {
  const states: Record<string, unknown> = { input: scope.input, context: scope.context };
  if (scope.result !== undefined) states.result = scope.result;
  if (scope.errorOutput !== undefined) states.errorOutput = scope.errorOutput;
  return states;
}

export function bindingsOf(scope: Scope): Readonly<Record<string, unknown>> {
  return withField(scope.variables, "states", statesValue(scope));
}
