import type { ContextSnapshot } from "../contracts/context-snapshot.ts";
import type { ArtifactRef } from "../contracts/ids.ts";
import type { RunConfig } from "../contracts/run-config.ts";
import type { Viewed } from "./capabilities/read-back.ts";
import type { Guarded } from "./capabilities/secrets-guard.ts";
import { contextOf, type EndedState } from "./context.ts";
import type { EventDraft } from "./recorder.ts";
import { snapshotOf } from "./snapshots.ts";
import type { StageMeta } from "./stage-meta.ts";

/**
 * The whole context behind a state, where its stage or a tag asks for it. After every state it need not be kept: the log names
 * what each gave back, and any moment's context follows from that.
 * @param ending the output of the state that is about to complete; left out where it failed
 * @param beside states whose ends will stand before it, and are not in the log yet
 * @param isLast whether the run ends with it
 */
export async function checkpoint(
  attempt: Guarded & Viewed,
  ending?: ArtifactRef,
  beside: readonly EndedState[] = [],
  isLast = false,
): Promise<EventDraft[]> {
  const { call, stage, stateId, config, world } = attempt;
  const isAsked =
    ending === undefined ? stage.meta.snapshot === "always" : isAskedForBy(stage.meta) || hasTag(config, stage.meta);
  // Nothing runs beside the state that ends the run, so which one it is, is known before.
  const every = isLast ? periodOf(attempt) : undefined;
  if (!isAsked && every === undefined) return [];
  const { record } = await world.log.run(call.run_id);
  const completed = () => [...record.steps.values()].filter(({ completedAs }) => completedAs !== undefined).length;
  if (every !== undefined && (completed() + beside.length + 1) % every !== 0) return [];
  const own = ending === undefined ? [] : [{ stateId, snapshot: ending }];
  return [checkpointed(attempt, contextOf(call.run_id, record, ...beside, ...own))];
}

/**
 * The same where the run config asks for it after every so many states. Which of them one is, only its place in the log tells,
 * for others may complete at the same time: so it is asked for once the end stands there. A process that dies in between leaves
 * that checkpoint out.
 */
export async function countedCheckpoint(attempt: Guarded & Viewed): Promise<EventDraft[]> {
  const every = periodOf(attempt);
  if (every === undefined) return [];
  const { call, stateId, world } = attempt;
  const { step } = await world.log.view(call.run_id, stateId);
  const place = step?.completedAs;
  if (place === undefined || place % every !== 0) return [];
  const { record } = await world.log.run(call.run_id);
  const until = [...record.steps].filter(([, { completedAs }]) => completedAs !== undefined && completedAs <= place);
  return [checkpointed(attempt, contextOf(call.run_id, { steps: new Map(until) }))];
}

function checkpointed({ stateId, guard }: Guarded, whole: ContextSnapshot): EventDraft {
  const { ref, document } = snapshotOf(whole, guard);
  const name = "recomp.context.checkpointed";
  return { kind: "domain", name, payload: { state_id: stateId }, payloadRef: ref, names: document };
}

/** After how many states the run config asks for one; undefined where it does not count, or the stage asks anyway. */
function periodOf({ config: { context_checkpointing: policy }, stage }: Guarded): number | undefined {
  const isCounted = policy !== "after_every_state" && "every_n_states" in policy;
  return isCounted && !isAskedForBy(stage.meta) ? policy.every_n_states : undefined;
}

function hasTag({ context_checkpointing: policy }: RunConfig, meta: StageMeta): boolean {
  return policy !== "after_every_state" && "by_tag" in policy && meta.tags.some((tag) => policy.by_tag.includes(tag));
}

function isAskedForBy({ snapshot }: StageMeta): boolean {
  return snapshot === "on_success" || snapshot === "always";
}
