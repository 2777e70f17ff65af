import type { Branch } from "../branch.ts";
import type { DataFlow } from "../machine.ts";

/** The input after `InputPath`, which JSONata states do not have. */
export function effectiveInput(branch: Branch, state: DataFlow): unknown {
  return state.inputPath === undefined ? branch.input : state.inputPath(branch.scope.at(branch.input));
}

/** What a state hands to its task or branches: `Parameters` or `Arguments`, or else its input. */
export function argumentsOf(branch: Branch, state: DataFlow): unknown {
  const input = effectiveInput(branch, state);
  return state.parameters === undefined ? input : state.parameters(branch.scope.at(input));
}
