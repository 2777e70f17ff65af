import { StateId } from "../contracts/ids.ts";
import type { StageName } from "../contracts/stages.ts";

/** The machine every state of the lifecycle belongs to. */
const MACHINE_ID = "run_lifecycle";

/** `<machine>.<step>.<state>`: the step is the stage; a Map's items are its states `shard_<n>`, others have one, `main`. */
export function stateIdOf(stage: StageName, shard?: number): StateId {
  return StateId.parse(`${MACHINE_ID}.${stage}.${shard === undefined ? "main" : `shard_${shard}`}`);
}

/** The id under which a stage is planned: a Map's is planned once, for all its items. */
export function plannedStateIdOf(stage: StageName, isMap: boolean): StateId {
  return StateId.parse(`${MACHINE_ID}.${stage}.${isMap ? "shard" : "main"}`);
}

/** `run_lifecycle.lift.shard_3` -> `lift`. */
export function stageOf(stateId: string): string {
  const start = stateId.indexOf(".") + 1;
  const end = stateId.indexOf(".", start);
  return start === 0 || end < 0 ? stateId.slice(start) : stateId.slice(start, end);
}

/** `run_lifecycle.lift.shard_3` -> `lift.shard_3`, `run_lifecycle.link.main` -> `link`: the scope of a state's facts. */
export function scopeOf(stateId: string): string {
  const [, step = stateId, local = "main"] = stateId.split(".");
  return local === "main" ? step : `${step}.${local}`;
}
