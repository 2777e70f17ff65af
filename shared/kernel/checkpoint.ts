import type { ArtifactRef } from "../contracts/ids.ts";
import type { RunConfig } from "../contracts/run-config.ts";
import type { Viewed } from "./capabilities/read-back.ts";
import type { Guarded } from "./capabilities/secrets-guard.ts";
import { contextOf, type EndedState } from "./context.ts";
import type { Statement } from "./recorder.ts";
import { snapshotOf } from "./snapshots.ts";
import type { StageMeta } from "./stage-meta.ts";

/**
 * The whole context behind a state, where the run config or the stage asks for it. After every state it need not be kept: the
 * log names what each gave back, and any moment's context follows from that.
 * @param ending the output of the state that is about to complete; left out where it failed
 * @param beside states whose ends will stand before it, and are not in the log yet
 */
export async function checkpoint(
  { call, stage, stateId, config, guard, world }: Guarded & Viewed,
  ending?: ArtifactRef,
  beside: readonly EndedState[] = [],
): Promise<Statement[]> {
  const isWanted = ending === undefined ? stage.meta.snapshot === "always" : mayBeCheckpoint(config, stage.meta);
  if (!isWanted) return [];
  const { record } = await world.log.run(call.run_id);
  if (ending !== undefined) {
    const before = [...record.steps.values()].filter(({ state }) => state === "succeeded").length;
    if (!isCheckpoint(config, stage.meta, before + beside.length + 1)) return [];
  }
  const own = ending === undefined ? [] : [{ stateId, snapshot: ending }];
  const whole = contextOf(call.run_id, record, ...beside, ...own);
  const { ref, document } = snapshotOf(whole, guard);
  const name = "recomp.context.checkpointed";
  return [{ kind: "domain", name, payload: { state_id: stateId }, payloadRef: ref, names: document }];
}

/** Whether the log has to be asked: where there is no policy nobody waits for it. */
function mayBeCheckpoint({ context_checkpointing: policy }: RunConfig, meta: StageMeta): boolean {
  if (isAskedForBy(meta)) return true;
  if (policy === "after_every_state") return false;
  return "every_n_states" in policy || meta.tags.some((tag) => policy.by_tag.includes(tag));
}

/** @param ended how many states have completed with this one */
function isCheckpoint({ context_checkpointing: policy }: RunConfig, meta: StageMeta, ended: number): boolean {
  const isCounted = policy !== "after_every_state" && "every_n_states" in policy;
  return isAskedForBy(meta) || !isCounted || ended % policy.every_n_states === 0;
}

function isAskedForBy({ snapshot }: StageMeta): boolean {
  return snapshot === "on_success" || snapshot === "always";
}
