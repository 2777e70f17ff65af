import { StatesError } from "../../errors.ts";
import type { Branch } from "../branch.ts";
import type { Variables } from "../branch-scope.ts";
import type { ChoiceRule, ChoiceState, CompiledState } from "../machine.ts";
import { leaveAsRecorded, leaveShaped, leaveState, queryFailed } from "../transitions.ts";
import { effectiveInput } from "./input.ts";

export function runChoice(branch: Branch, state: ChoiceState): boolean {
  const recorded = recordedChoice(branch, state);
  if (recorded !== undefined) return leaveAsRecorded(branch, recorded.exit, recorded.next);
  const { scope } = branch;
  let effective: unknown;
  let chosen: number | undefined;
  try {
    effective = effectiveInput(branch, state);
    chosen = state.choose(scope.at(effective));
  } catch (error) {
    return queryFailed(branch, error, runChoice, state);
  }
  return leaveBy(branch, state, chosen, effective);
}

function leaveBy(branch: Branch, state: ChoiceState, index: number | undefined, effective: unknown): boolean {
  const rule: Partial<ChoiceRule> | undefined = index === undefined ? defaultRule(state) : state.rules[index];
  if (rule?.next === undefined) return queryFailed(branch, noChoiceMatched(), leaveBy, state, index, effective);
  const { next, assign, output } = rule;
  const { scope } = branch;
  if (state.language === "JSONata") {
    return leaveShaped(branch, { assign, output }, branch.input, next);
  }
  try {
    const assigned = assign?.(scope.at(effective)) as Variables | undefined;
    const value = state.outputPath === undefined ? effective : state.outputPath(scope.at(effective));
    return leaveState(branch, value, assigned, next);
  } catch (error) {
    return queryFailed(branch, error, leaveBy, state, index, effective);
  }
}

/** `Assign` and `Output` of the state itself hold for its `Default` only. */
function defaultRule(state: ChoiceState): ChoiceRule | undefined {
  return state.default === undefined ? undefined : { next: state.default, assign: state.assign, output: state.output };
}

/**
 * As AWS was seen to report it, though its guide and the States Language have States.NoChoiceMatched: nothing can catch it
 * (docs/step-functions.md).
 */
export function noChoiceMatched(): StatesError {
  return new StatesError(
    "States.Runtime",
    "Failed to transition out of the state. The state does not point to a next state.",
  );
}

/** Where the history already says how the choice went, it is not made again: a condition may look at the clock. */
function recordedChoice(branch: Branch, state: ChoiceState) {
  const exit = branch.recordedExit;
  const name = exit && branch.execution.replay?.stateEnteredAfter(exit.id);
  if (exit === undefined || name === undefined) return undefined;
  const next: CompiledState | undefined = [state.default, ...state.rules.map((rule) => rule.next)].find(
    (target) => target?.name === name,
  );
  return next && { exit, next };
}
