import type { DependencyStrategy, ExecutionPlan, PlannedState } from "../../contracts/execution-plan.ts";
import type { OpId } from "../../contracts/ids.ts";
import type { Tag } from "../../contracts/run-config.ts";
import { validatePlan } from "./validate.ts";

/**
 * The plan of a run: the states in order, those with a skip tag marked, and an edge for each dependency hint.
 * @throws {InvalidPlan} when the hints or the skip tags do not add up
 */
export function makePlan(
  opId: OpId,
  states: readonly Omit<PlannedState, "skipped_by">[],
  skipTags: readonly Tag[],
): ExecutionPlan {
  const planned = states.map((state): PlannedState => {
    const skippedBy = state.meta.tags.find((tag) => skipTags.includes(tag));
    return skippedBy === undefined ? { ...state } : { ...state, skipped_by: skippedBy };
  });
  const plan: ExecutionPlan = {
    schema_version: 1,
    op_id: opId,
    states: planned,
    edges: planned.flatMap((state) => edgesInto(state, planned)),
  };
  validatePlan(plan);
  return plan;
}

function edgesInto({ id, meta }: PlannedState, states: readonly PlannedState[]): ExecutionPlan["edges"] {
  const sources = meta.depends_on.flatMap((tag) => {
    const candidates = states.filter((state) => state.id !== id && state.meta.tags.includes(tag));
    return CHOICES[meta.depends_on_strategy](candidates);
  });
  return [...new Set(sources.map((source) => source.id))].map((from) => ({ from, to: id }));
}

const CHOICES: Readonly<Record<DependencyStrategy, (candidates: PlannedState[]) => PlannedState[]>> = {
  latest: (candidates) => candidates.slice(-1),
  earliest: (candidates) => candidates.slice(0, 1),
  // Which of them that will be only the run can tell, so all come first.
  latest_successful: (candidates) => candidates,
};
