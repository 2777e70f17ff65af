import type { ArtifactRef } from "../../contracts/ids.ts";
import type { StepRecord } from "../run/record.ts";
import { readSnapshot, type Snapshot, snapshotOf } from "../snapshots.ts";
import type { StateView } from "../world.ts";
import { type Attempt, defineCapability, extend } from "./capability.ts";
import type { Logged } from "./log.ts";
import type { Measured } from "./metrics.ts";
import type { Guarded } from "./secrets-guard.ts";

export interface Viewed {
  /** What the state begins with. */
  readonly base: Snapshot;
  /** What the log said of the state when the attempt began. */
  readonly view: StateView;
}

/** A state that completed before is not entered again: its output is read back from its snapshot. */
export const readBack = defineCapability<Measured & Guarded & Logged, Viewed>("read_back", 1, {
  async around(attempt, next) {
    const { call, stateId, world, guard } = attempt;
    const viewing = world.log.view(call.run_id, stateId);
    viewing.catch(() => {});
    const base = snapshotOf(attempt.input, guard);
    const view = await viewing;
    if (!hasCompleted(view.step, base.ref)) return next(extend(attempt, { base, view }));
    return outputOf(attempt, view.step);
  },
});

/** The output of a state that was completed by another attempt. */
export function outputOf(
  { world, log, ending }: Pick<Attempt & Measured & Logged, "world" | "log" | "ending">,
  { snapshot }: CompletedStep,
): Promise<unknown> {
  log.info({}, "state completed before, its output read back");
  ending.outcome = "read_back";
  return readSnapshot(world.artifacts, snapshot);
}

type CompletedStep = StepRecord & { readonly snapshot: ArtifactRef };

/** @param base what the state would begin with */
export function hasCompleted(step: StepRecord | undefined, base: ArtifactRef): step is CompletedStep {
  if (step?.snapshot === undefined || step.baseSnapshot !== base) return false;
  return step.state === "succeeded" || step.state === "compensated";
}
