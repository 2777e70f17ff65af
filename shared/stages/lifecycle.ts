import type { ExecutionPlan, PlannedState } from "../contracts/execution-plan.ts";
import { OpId } from "../contracts/ids.ts";
import type { RunConfig } from "../contracts/run-config.ts";
import { InvalidPlan } from "../kernel/plan/errors.ts";
import { makePlan } from "../kernel/plan/make-plan.ts";
import { plannedStateIdOf, stageOf } from "../kernel/state-ids.ts";
import { type PlannedStageName, STAGE_METAS } from "./stage-metas.ts";

const RECOMPILE = OpId.parse("recompile");
/** The machine contract's vocabulary; not every lifecycle has a state for each. */
const STANDARD_TAGS = ["config", "fetch_data", "compute", "execute", "report", "apply_side_effect", "impure"];
/** The state machine has a way around these alone. */
const BYPASSED: ReadonlySet<string> = new Set(["override", "approve", "publish"]);

/**
 * The plan of a run with this config. It says the same as the state machine, in terms of what needs what.
 * @throws {InvalidPlan} when a skip tag is nobody's, or takes out what the rest needs, or what the state machine has no way around
 */
export function planLifecycle(config: RunConfig): ExecutionPlan {
  const names = Object.keys(STAGE_METAS) as PlannedStageName[];
  // A tag that is misspelt must not make a dry run a wet one.
  const known = new Set([...STANDARD_TAGS, ...names.flatMap((name) => STAGE_METAS[name].tags)]);
  const unknown = config.skip_tags.find((tag) => !known.has(tag));
  if (unknown !== undefined) {
    throw new InvalidPlan({ kind: "unknown_skip_tag", skip_tag: unknown, known: [...known].sort() });
  }
  const states = names.filter((name) => isAskedFor(name, config)).map(toPlannedState);
  const plan = makePlan(RECOMPILE, states, config.skip_tags);
  for (const { id, skipped_by: tag } of plan.states) {
    const isRequired = tag !== undefined && !BYPASSED.has(stageOf(id));
    if (isRequired) throw new InvalidPlan({ kind: "unskippable_state", state_id: id, skip_tag: tag });
  }
  return plan;
}

/** Which of the states that not every run has are in this plan: what the state machine's choices look at. */
export function routeOf({ states }: ExecutionPlan): { override: boolean; approve: boolean; publish: boolean } {
  const planned = new Set(states.filter((state) => state.skipped_by === undefined).map(({ id }) => stageOf(id)));
  return { override: planned.has("override"), approve: planned.has("approve"), publish: planned.has("publish") };
}

/** States that wait for a person are planned where the policy asks for them. */
function isAskedFor(stage: PlannedStageName, { gates }: RunConfig): boolean {
  if (stage === "override") return gates.overridable.includes("validation");
  if (stage === "approve") return gates.manual.includes("publish");
  return true;
}

function toPlannedState(name: PlannedStageName): Omit<PlannedState, "skipped_by"> {
  const meta = STAGE_METAS[name];
  return {
    id: plannedStateIdOf(name, meta.isMap === true),
    meta: {
      tags: [...meta.tags],
      side_effects: meta.sideEffects,
      idempotency: meta.idempotency ?? { kind: "none" },
      depends_on: [...meta.dependsOn],
      depends_on_strategy: meta.dependsOnStrategy ?? "latest",
    },
    ...(meta.gate === undefined ? {} : { gate: meta.gate }),
    is_compensable: meta.isCompensable === true,
  };
}
