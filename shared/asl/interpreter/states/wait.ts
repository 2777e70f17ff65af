import type { Branch } from "../branch.ts";
import type { WaitState } from "../machine.ts";
import { Timer } from "../timer.ts";
import { completeState, queryFailed } from "../transitions.ts";
import { effectiveInput } from "./input.ts";

export function runWait(branch: Branch, state: WaitState): boolean {
  const { scope, execution } = branch;
  let effective: unknown;
  let until: number;
  try {
    effective = effectiveInput(branch, state);
    until = state.until(scope.at(effective), branch.entered.time);
  } catch (error) {
    return queryFailed(branch, error, runWait, state);
  }
  execution.command(new Timer(branch, until, () => branch.goOn(completeState(branch, effective))));
  return false;
}
