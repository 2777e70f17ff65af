import type { Branch } from "../branch.ts";
import type { PassState } from "../machine.ts";
import { completeState, leaveState, queryFailed } from "../transitions.ts";

export function runPass(branch: Branch, state: PassState): boolean {
  if (state.isPlain) return leaveState(branch, branch.input, undefined, state.next);
  if (state.language === "JSONata") return completeState(branch, branch.input);
  let result: unknown;
  try {
    result = state.result === undefined ? effectiveInput(branch, state) : state.result.value;
  } catch (error) {
    return queryFailed(branch, error, runPass, state);
  }
  return completeState(branch, result);
}

function effectiveInput({ scope, input }: Branch, state: PassState): unknown {
  let effective = input;
  if (state.inputPath !== undefined) effective = state.inputPath(scope.at(effective));
  if (state.parameters !== undefined) effective = state.parameters(scope.at(effective));
  return effective;
}
