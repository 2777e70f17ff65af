import type { ExecutionPlan, PlannedState } from "../../contracts/execution-plan.ts";
import type { Backoff, RunConfig } from "../../contracts/run-config.ts";
import type { Flow, FlowStage } from "../flow.ts";
import { plannedStateIdOf, stageOf } from "../state-ids.ts";
import { InvalidPlan, type PlanProblem } from "./errors.ts";
import { makePlan } from "./make-plan.ts";

/** The machine contract's vocabulary; not every flow has a state for each. */
const STANDARD_TAGS = ["config", "fetch_data", "compute", "execute", "report", "apply_side_effect", "impure"];

/** A config never changes, and neither does a flow: the plan of both is made once in a process. */
const made = new WeakMap<RunConfig, Map<Flow, ExecutionPlan>>();

/**
 * The plan of a run of this flow with this config. It says the same as the flow's state machine, in terms of what needs what.
 * @throws {InvalidPlan} when a skip tag is nobody's, takes out what the rest needs or what the state machine has no way
 *   around, or when the config asks for retries that the state machine does not have
 */
export function planFlow(flow: Flow, config: RunConfig): ExecutionPlan {
  const before = made.get(config)?.get(flow);
  if (before !== undefined) return before;
  const problem = unknownSkipTag(flow, config) ?? unknownRetry(flow, config);
  if (problem !== undefined) throw new InvalidPlan(problem);
  const stages = flow.stages.filter(({ meta }) => meta.isAskedFor?.(config) ?? true);
  const plan = makePlan(
    flow.name,
    stages.map((stage) => toPlannedState(flow, stage)),
    config.skip_tags,
  );
  for (const [index, { id, skipped_by: tag }] of plan.states.entries()) {
    const isRequired = tag !== undefined && stages[index]?.meta.mayBeBypassed !== true;
    if (isRequired) throw new InvalidPlan({ kind: "unskippable_state", state_id: id, skip_tag: tag });
  }
  made.set(config, (made.get(config) ?? new Map()).set(flow, plan));
  return plan;
}

/** Stages of the plan that no skip tag takes out. */
export function stagesToEnter({ states }: ExecutionPlan): ReadonlySet<string> {
  return new Set(states.filter((state) => state.skipped_by === undefined).map(({ id }) => stageOf(id)));
}

/** A tag that is misspelt must not make a dry run a wet one. */
function unknownSkipTag({ stages }: Flow, { skip_tags }: RunConfig): PlanProblem | undefined {
  const known = new Set([...STANDARD_TAGS, ...stages.flatMap(({ meta }) => meta.tags)]);
  const unknown = skip_tags.find((tag) => !known.has(tag));
  if (unknown === undefined) return undefined;
  return { kind: "unknown_skip_tag", skip_tag: unknown, known: [...known].sort() };
}

/** Nobody would wait otherwise than the state machine does, or try once more than it does. */
function unknownRetry({ stages }: Flow, { retry_policy }: RunConfig): PlanProblem | undefined {
  const { max_attempts, backoff } = retry_policy;
  const most = Math.max(...stages.map(({ meta }) => meta.retry.maxAttempts));
  if (max_attempts > most) {
    return { kind: "unknown_retry", field: "max_attempts", expected: `at most ${most}`, found: String(max_attempts) };
  }
  if (backoff === undefined) return undefined;
  const found = describeBackoff(backoff);
  const other = stages.find(({ meta }) => describeBackoff(meta.retry.backoff) !== found);
  if (other === undefined) return undefined;
  const expected = `${describeBackoff(other.meta.retry.backoff)} for ${other.name}`;
  return { kind: "unknown_retry", field: "backoff", expected, found };
}

function describeBackoff(backoff: Backoff): string {
  if (backoff.kind === "fixed") return `fixed, ${backoff.delay_ms} ms`;
  return `exponential, ${backoff.base_delay_ms} to ${backoff.max_delay_ms} ms`;
}

function toPlannedState({ machine }: Flow, { name, meta }: FlowStage): Omit<PlannedState, "skipped_by"> {
  return {
    id: plannedStateIdOf(machine, name, meta),
    meta: {
      tags: [...meta.tags],
      side_effects: meta.sideEffects,
      idempotency: meta.idempotency === undefined ? { kind: "none" } : { kind: "key", key: meta.idempotency.from },
      depends_on: [...meta.dependsOn],
      depends_on_strategy: meta.dependsOnStrategy ?? "latest",
    },
    ...(meta.gate === undefined ? {} : { gate: meta.gate.kind }),
    is_compensable: meta.isCompensable === true,
  };
}
