import type { Branch } from "./branch.ts";
import type { CompiledState } from "./machine.ts";
import { runChoice } from "./states/choice.ts";
import { runFail, runSucceed } from "./states/end.ts";
import { runMap } from "./states/map.ts";
import { runParallel } from "./states/parallel.ts";
import { runPass } from "./states/pass.ts";
import { runTask } from "./states/task.ts";
import { runWait } from "./states/wait.ts";

/** States between two looks at how much was done, less one: a mask. */
const STATES_BETWEEN_LOOKS = 3;

/**
 * Runs a branch until it waits for something or ends, or others have to get their turn.
 *
 * @returns whether it can run on
 */
export function runBranch(branch: Branch): boolean {
  const { execution } = branch;
  const { replay } = execution;
  for (let states = 1; ; states++) {
    if (replay?.isPassedBy(branch) === true) return false;
    if (!branch.isEntered) branch.enter();
    const { state } = branch;
    if (state.work > 0) execution.worked(state.work);
    if (!runState(branch, state)) return false;
    if ((states & STATES_BETWEEN_LOOKS) === 0 && execution.hasSpent) return true;
  }
}

function runState(branch: Branch, state: CompiledState): boolean {
  switch (state.type) {
    case "Pass":
      return runPass(branch, state);
    case "Choice":
      return runChoice(branch, state);
    case "Task":
      return runTask(branch, state);
    case "Wait":
      return runWait(branch, state);
    case "Map":
      return runMap(branch, state);
    case "Parallel":
      return runParallel(branch, state);
    case "Succeed":
      return runSucceed(branch, state);
    case "Fail":
      return runFail(branch, state);
  }
}
