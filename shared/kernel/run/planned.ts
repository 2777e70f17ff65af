import type { StateId } from "../../contracts/ids.ts";

/** What an id stands for in the plan. */
export interface PlannedState {
  /** The id it is planned as: its own, or that of the template that stands for it. */
  readonly planned: StateId;
  /** Which round of a loop it belongs to, from 1. */
  readonly round?: number;
}

const TEMPLATE = /\.(?:shard|round|round_shard)$/;
/** Without leading zeros: else one state would have many ids. */
const MEMBER = /^(.+)\.(?:round_([1-9]\d*)(_shard_(?:0|[1-9]\d*))?|shard_(?:0|[1-9]\d*))$/;

/** Whether a planned id stands for states that are told apart only as they are entered: a Map's items, a loop's rounds. */
export function isTemplate(planned: StateId): boolean {
  return TEMPLATE.test(planned);
}

/** `x.lift.shard_3` -> `x.lift.shard`; `x.select.round_2` -> `x.select.round`, round 2; `x.try.round_2_shard_0` alike. */
export function plannedStateOf(stateId: StateId): PlannedState {
  const [, step, round, shard] = MEMBER.exec(stateId) ?? [];
  if (step === undefined) return { planned: stateId };
  if (round === undefined) return { planned: `${step}.shard` as StateId };
  return { planned: `${step}.${shard === undefined ? "round" : "round_shard"}` as StateId, round: Number(round) };
}
