import type { ConfigManifest } from "../contracts/config-manifest.ts";
import type { ExecutionPlan } from "../contracts/execution-plan.ts";
import { OpId } from "../contracts/ids.ts";
import { type Flow, flowNamed } from "../kernel/flow.ts";
import { stagesToEnter } from "../kernel/plan/plan-flow.ts";
import { DECLARATIONS, declared, STAGE_NAMES, type StageWith } from "./declarations.ts";

/** From a submission to a published bundle. */
export const RECOMPILE: Flow = {
  name: OpId.parse("recompile"),
  version: "3",
  machine: "run_lifecycle",
  stateMachine: "run-lifecycle",
  stages: STAGE_NAMES.filter((name) => name !== "record_failure").map(declared),
  failureBranch: declared("record_failure"),
};

/** Every flow there is. */
export const FLOWS: readonly Flow[] = [RECOMPILE];

/** The flow that a run of this config is carried out by: it is named like the goal. */
export function flowFor({ goal }: Pick<ConfigManifest, "goal">): Flow {
  return flowNamed(FLOWS, goal);
}

/** Which of the states that not every run enters this plan has: what the state machine's choices look at. */
export function routeOf(plan: ExecutionPlan): Record<StageWith<"mayBeBypassed">, boolean> {
  const entered = stagesToEnter(plan);
  const names = STAGE_NAMES.filter((name) => "mayBeBypassed" in DECLARATIONS[name]);
  return Object.fromEntries(names.map((name) => [name, entered.has(name)])) as ReturnType<typeof routeOf>;
}
