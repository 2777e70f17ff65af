import { StateId } from "../contracts/ids.ts";
import type { StageName } from "../contracts/stages.ts";

/** The machine every state of the lifecycle belongs to. */
export const MACHINE_ID = "run_lifecycle";

/** `<machine>.<step>.<state>`: the step is the stage; a Map's items are its states `shard_<n>`, others have one, `main`. */
export function stateIdOf(stage: StageName, shard?: number): StateId {
  return StateId.parse(`${MACHINE_ID}.${stage}.${shard === undefined ? "main" : `shard_${shard}`}`);
}
