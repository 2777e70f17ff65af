import type { Branch } from "./branch.ts";
import type { CompiledState } from "./machine.ts";
import { runChoice } from "./states/choice.ts";
import { runFail, runSucceed } from "./states/end.ts";
import { runMap } from "./states/map.ts";
import { runParallel } from "./states/parallel.ts";
import { runPass } from "./states/pass.ts";
import { runTask } from "./states/task.ts";
import { runWait } from "./states/wait.ts";

/** States a branch passes in one go before others get their turn. */
const STATES_IN_A_ROW = 5_000;

/** Runs a branch until it waits for something or ends. */
export function runBranch(branch: Branch): void {
  for (let states = 0; states < STATES_IN_A_ROW; states++) {
    if (!branch.isEntered) branch.enter();
    if (!runState(branch, branch.state)) return;
  }
  branch.execution.enqueue(branch);
  branch.execution.yieldToProcess();
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
