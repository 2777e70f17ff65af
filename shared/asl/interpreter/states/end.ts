import { StatesError } from "../../errors.ts";
import { shownJson } from "../../query/index.ts";
import type { Branch } from "../branch.ts";
import type { FailState, SucceedState } from "../machine.ts";
import { completeState, failBranch, queryFailed } from "../transitions.ts";
import { effectiveInput } from "./input.ts";

export function runSucceed(branch: Branch, state: SucceedState): boolean {
  let effective: unknown;
  try {
    effective = effectiveInput(branch, state);
  } catch (error) {
    return queryFailed(branch, error, runSucceed, state);
  }
  return completeState(branch, effective);
}

export function runFail(branch: Branch, state: FailState): boolean {
  const { scope } = branch;
  let error: unknown;
  let cause: unknown;
  try {
    error = state.error?.(scope.at(branch.input));
    cause = state.cause?.(scope.at(branch.input));
  } catch (thrown) {
    return queryFailed(branch, thrown, runFail, state);
  }
  failBranch(branch, new StatesError(text(error), text(cause)));
  return false;
}

const text = (value: unknown): string =>
  typeof value === "string" ? value : value === undefined ? "" : shownJson(value);
