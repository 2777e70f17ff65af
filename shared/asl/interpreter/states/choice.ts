import { StatesError } from "../../errors.ts";
import type { Branch, Variables } from "../branch.ts";
import type { ChoiceRule, ChoiceState, CompiledState } from "../machine.ts";
import { failState, leaveShaped, leaveState, queryFailed } from "../transitions.ts";
import { effectiveInput } from "./input.ts";

export function runChoice(branch: Branch, state: ChoiceState): boolean {
  const recorded = recordedChoice(branch, state);
  if (recorded !== undefined) return leaveState(branch, recorded.output, recorded.assigned, recorded.next);
  const { scope } = branch;
  let effective: unknown;
  let chosen: number | undefined;
  try {
    effective = effectiveInput(branch, state);
    chosen = state.choose(scope.at(effective));
  } catch (error) {
    return queryFailed(branch, error);
  }
  return leaveBy(branch, state, chosen, effective);
}

function leaveBy(branch: Branch, state: ChoiceState, index: number | undefined, effective: unknown): boolean {
  const rule: Partial<ChoiceRule> | undefined = index === undefined ? defaultRule(state) : state.rules[index];
  if (rule?.next === undefined) return failState(branch, noChoiceMatched(branch));
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
    return queryFailed(branch, error);
  }
}

/** `Assign` and `Output` of the state itself hold for its `Default` only. */
function defaultRule(state: ChoiceState): ChoiceRule | undefined {
  return state.default === undefined ? undefined : { next: state.default, assign: state.assign, output: state.output };
}

function noChoiceMatched(branch: Branch): StatesError {
  const where = `An error occurred while executing the state '${branch.state.name}' (entered at the event id #${branch.enteredId}).`;
  return new StatesError(
    "States.NoChoiceMatched",
    `${where} Failed to transition out of the state. The state ended without a matching choice rule or Default.`,
  );
}

/** Where the history already says how the choice went, it is not made again: a condition may look at the clock. */
function recordedChoice(branch: Branch, state: ChoiceState) {
  const { replay } = branch.execution;
  const record = replay?.find(state.exited, branch.cursor, state.name);
  const name = record === undefined ? undefined : replay?.stateEnteredAfter(record.id);
  if (record === undefined || name === undefined) return undefined;
  const next: CompiledState | undefined = [state.default, ...state.rules.map((rule) => rule.next)].find(
    (target) => target?.name === name,
  );
  return next && { next, output: record.value, assigned: record.extra as Variables | undefined };
}
