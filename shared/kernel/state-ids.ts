import { StateId } from "../contracts/ids.ts";

/** Which of the states of one stage: a stage in a loop has one for each round, a sharded one for each shard. */
export interface StateIndex {
  /** From 1. */
  readonly round?: number | undefined;
  /** From 0. */
  readonly shard?: number | undefined;
}

/**
 * `<machine>.<stage>.<local>`. The local part is `main`, or `round_<r>`, `shard_<n>` or `round_<r>_shard_<n>` where a run
 * goes through the stage more than once.
 */
export function stateIdOf(machine: string, stage: string, { round, shard }: StateIndex = {}): StateId {
  const parts = [
    ...(round === undefined ? [] : [`round_${round}`]),
    ...(shard === undefined ? [] : [`shard_${shard}`]),
  ];
  return StateId.parse(`${machine}.${stage}.${parts.join("_") || "main"}`);
}

/** The id under which a stage is planned once, for all its rounds and shards. */
export function plannedStateIdOf(
  machine: string,
  stage: string,
  { isLooped = false, isSharded = false }: { readonly isLooped?: boolean; readonly isSharded?: boolean },
): StateId {
  const parts = [...(isLooped ? ["round"] : []), ...(isSharded ? ["shard"] : [])];
  return StateId.parse(`${machine}.${stage}.${parts.join("_") || "main"}`);
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
