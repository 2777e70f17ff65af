import type { ExecutionPlan } from "../../contracts/execution-plan.ts";
import type { StateId } from "../../contracts/ids.ts";
import type { Tag } from "../../contracts/run-config.ts";
import { InvalidPlan, type PlanProblem } from "./errors.ts";

/** @throws {InvalidPlan} with the first problem, before anything of the run happens */
export function validatePlan(plan: ExecutionPlan): void {
  const problem = findPlanProblem(plan);
  if (problem !== undefined) throw new InvalidPlan(problem);
}

export function findPlanProblem({ states, edges }: ExecutionPlan): PlanProblem | undefined {
  if (states.length === 0) return { kind: "empty_plan" };
  const ids = new Set<StateId>();
  for (const { id } of states) {
    if (ids.has(id)) return { kind: "duplicate_state_id", state_id: id };
    ids.add(id);
  }
  for (const { from, to } of edges) {
    const missing = [from, to].find((id) => !ids.has(id));
    if (missing !== undefined) return { kind: "missing_state_for_edge", missing, from, to };
  }
  return findDanglingTag(states) ?? findCycle(states, edges) ?? findSkippedDependency(states, edges);
}

function findDanglingTag(states: ExecutionPlan["states"]): PlanProblem | undefined {
  const carriers = new Map<Tag, number>();
  for (const tag of states.flatMap((state) => [...new Set(state.meta.tags)])) {
    carriers.set(tag, (carriers.get(tag) ?? 0) + 1);
  }
  for (const { id, meta } of states) {
    // A state does not wait for itself, so its own tag is no answer.
    const missing = meta.depends_on.find((tag) => (carriers.get(tag) ?? 0) === (meta.tags.includes(tag) ? 1 : 0));
    if (missing !== undefined) return { kind: "dangling_dependency_tag", state_id: id, missing_tag: missing };
  }
  return undefined;
}

/** Depth first with a stack of its own: a plan may be as deep as it is long. */
function findCycle(states: ExecutionPlan["states"], edges: ExecutionPlan["edges"]): PlanProblem | undefined {
  const successors = new Map<StateId, StateId[]>(states.map(({ id }) => [id, []]));
  for (const { from, to } of edges) successors.get(from)?.push(to);
  const finished = new Set<StateId>();
  for (const { id: root } of states) {
    const path: StateId[] = [root];
    const onPath = new Set(path);
    const todo = [[...(successors.get(root) ?? [])]];
    while (path.length > 0) {
      const next = todo.at(-1)?.pop();
      if (next === undefined) {
        const done = path.pop()!;
        todo.pop();
        onPath.delete(done);
        finished.add(done);
      } else if (onPath.has(next)) {
        return { kind: "circular_dependency", cycle: path.slice(path.indexOf(next)) };
      } else if (!finished.has(next)) {
        path.push(next);
        onPath.add(next);
        todo.push([...(successors.get(next) ?? [])]);
      }
    }
  }
  return undefined;
}

function findSkippedDependency(
  states: ExecutionPlan["states"],
  edges: ExecutionPlan["edges"],
): PlanProblem | undefined {
  const skipped = new Map(states.map(({ id, skipped_by }) => [id, skipped_by]));
  for (const { from, to } of edges) {
    const tag = skipped.get(from);
    if (tag !== undefined && skipped.get(to) === undefined) {
      return { kind: "skipped_dependency", state_id: to, skipped: from, skip_tag: tag };
    }
  }
  return undefined;
}
