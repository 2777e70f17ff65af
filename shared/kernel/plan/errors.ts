import { registered } from "../../contracts/error-registry.ts";
import type { StateId } from "../../contracts/ids.ts";
import { KernelError } from "../errors.ts";

/** What is wrong with a plan. */
export type PlanProblem =
  | { readonly kind: "empty_plan" }
  | { readonly kind: "duplicate_state_id"; readonly state_id: StateId }
  | { readonly kind: "missing_state_for_edge"; readonly missing: StateId; readonly from: StateId; readonly to: StateId }
  /** In order of the edges; the first follows the last. */
  | { readonly kind: "circular_dependency"; readonly cycle: readonly StateId[] }
  | { readonly kind: "dangling_dependency_tag"; readonly state_id: StateId; readonly missing_tag: string }
  | {
      readonly kind: "skipped_dependency";
      readonly state_id: StateId;
      readonly skipped: StateId;
      readonly skip_tag: string;
    }
  | { readonly kind: "unskippable_state"; readonly state_id: StateId; readonly skip_tag: string }
  | { readonly kind: "unknown_skip_tag"; readonly skip_tag: string; readonly known: readonly string[] }
  | { readonly kind: "unknown_retry"; readonly field: string; readonly expected: string; readonly found: string };

/** The plan breaks a rule of its contract: the run does not start. Never retried. */
export class InvalidPlan extends KernelError {
  readonly problem: PlanProblem;
  constructor(problem: PlanProblem) {
    super(registered("InvalidPlan", `plan_${problem.kind}`), `invalid plan: ${describe(problem)}`, {
      details: JSON.parse(JSON.stringify(problem)),
    });
    this.problem = problem;
  }
}

function describe(problem: PlanProblem): string {
  switch (problem.kind) {
    case "empty_plan":
      return "expected at least one state, found none";
    case "duplicate_state_id":
      return `expected every state once, found ${problem.state_id} twice`;
    case "missing_state_for_edge":
      return `edge ${problem.from} -> ${problem.to}: expected both states in the plan, ${problem.missing} is not`;
    case "circular_dependency":
      return `expected no state to wait for itself, found the cycle ${[...problem.cycle, problem.cycle[0]].join(" -> ")}`;
    case "dangling_dependency_tag":
      return `${problem.state_id} depends on tag ${problem.missing_tag}, which no other state of the plan carries`;
    case "skipped_dependency":
      return `skip tag ${problem.skip_tag} takes out ${problem.skipped}, but ${problem.state_id} needs it; skip both or neither`;
    case "unskippable_state":
      return `skip tag ${problem.skip_tag} takes out ${problem.state_id}, which every run goes through; name another tag`;
    case "unknown_skip_tag":
      return `expected skip tags that some state carries (${problem.known.join(", ")}), found ${problem.skip_tag}`;
    case "unknown_retry":
      return `field run.retry_policy.${problem.field}: expected ${problem.expected}, as the state machine has it, found ${problem.found}; write that, or leave the field out`;
  }
}
