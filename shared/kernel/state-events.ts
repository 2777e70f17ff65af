import type { RunId, StateId } from "../contracts/ids.ts";
import type { Warning } from "../telemetry/stage-telemetry.ts";
import type { Keyed } from "./capabilities/idempotency.ts";
import type { Measured } from "./capabilities/metrics.ts";
import type { Viewed } from "./capabilities/read-back.ts";
import type { Guarded } from "./capabilities/secrets-guard.ts";
import { checkpoint } from "./checkpoint.ts";
import type { EndedState } from "./context.ts";
import { isWanted } from "./event-profile.ts";
import type { EventDraft } from "./recorder.ts";
import { closeRun, openFailure, openRun } from "./run-ends.ts";
import { type Snapshot, snapshotOf } from "./snapshots.ts";
import type { Stage } from "./stage.ts";

/** What an attempt has to know of itself to say how it ended. */
type Ending = Measured &
  Guarded &
  Viewed & {
    readonly emitted: readonly Omit<EventDraft, "kind">[];
    /** The run that did it, where this one did not. */
    readonly reusedFrom?: RunId;
  };

/** What stands at an attempt's beginning: the state's entry, and before it the run's start where it opens one. */
export async function entryOf(attempt: Guarded & Viewed & Keyed): Promise<EventDraft[]> {
  const { stateId, base, effect } = attempt;
  const opening = await openingOf(attempt);
  const entry: EventDraft = {
    kind: "kernel",
    name: "state_entered",
    payload: {
      state_id: stateId,
      base_snapshot: base.ref,
      ...(effect === undefined ? {} : { idempotency_key: effect.key }),
    },
    names: base.document,
  };
  return [...wanted(attempt, opening), ...retried(attempt), entry];
}

/** A run whose start could not be written begins with its failure branch. */
async function openingOf(attempt: Guarded & Viewed): Promise<EventDraft[]> {
  const { call, flow, stage, view, world } = attempt;
  // A run's start names its states.
  if (stage.meta.opensRun === true) return view.step === undefined ? openRun(attempt) : [];
  if (stage.name !== flow.failureBranch.name) return [];
  const { record } = await world.log.run(call.run_id);
  return record.startedAt === undefined && record.attemptCount === 0 ? openFailure(flow, record) : [];
}

function wanted({ config }: Pick<Guarded, "config">, drafts: readonly EventDraft[]): EventDraft[] {
  return drafts.filter(({ kind, name }) => kind === "kernel" || isWanted(config.event_profile, name));
}

/** Told with the entry of an attempt that is not the first. */
function retried({ call, stateId, config }: Guarded): EventDraft[] {
  if (call.attempt === 0) return [];
  const payload = { state_id: stateId, attempt: call.attempt };
  return wanted({ config }, [{ kind: "domain", name: "recomp.state.retried", payload }]);
}

/**
 * What stands at the end of an attempt that completed: the stage's own events, and the run's end where it closes one.
 * @param snapshot of the output
 * @param beside as in `checkpoint`
 * @throws {SecretRefused} when the output holds a secret
 */
export async function endOf(
  attempt: Ending,
  output: unknown,
  { ref, document }: Snapshot = snapshotOf(output, attempt.guard),
  beside: readonly EndedState[] = [],
): Promise<EventDraft[]> {
  const { call, stage, stateId, config, flow, emitted, guard, telemetry, reusedFrom } = attempt;
  const told: Omit<EventDraft, "kind"> = {
    name: "recomp.run.stage.completed",
    payload: {
      stage: stage.name,
      ...(call.round === undefined ? {} : { round: call.round }),
      ...(call.shard === undefined ? {} : { shard: call.shard }),
      counts: countsOf(stage, output),
    },
    payloadRef: ref,
  };
  const closing = stage.closesRun?.(output);
  return [
    ...[...emitted, ...warned(stateId, guard.redact(telemetry.state.warnings)), told]
      .filter(({ name }) => isWanted(config.event_profile, name))
      .map((draft): EventDraft => ({ kind: "domain", ...draft })),
    {
      kind: "kernel",
      name: "state_completed",
      payload: {
        state_id: stateId,
        context_snapshot: ref,
        ...(reusedFrom === undefined ? {} : { reused_from: reusedFrom }),
      },
      names: document,
    },
    ...(await checkpoint(attempt, ref, beside, closing !== undefined)),
    ...(closing === undefined ? [] : wanted({ config }, closeRun(flow, closing, ref))),
  ];
}

function warned(stateId: StateId, warnings: readonly Warning[]): Omit<EventDraft, "kind">[] {
  if (warnings.length === 0) return [];
  return [
    { name: "recomp.state.warned", payload: { state_id: stateId, warnings: warnings.map((each) => ({ ...each })) } },
  ];
}

/** Numbers of an output for those who watch: how many functions were lifted, tested, and so on. */
function countsOf({ meta }: Stage, output: unknown): Record<string, number> {
  return Object.fromEntries(
    (meta.counts ?? []).flatMap((name) => {
      const count = (output as Record<string, unknown>)[name];
      return count === undefined ? [] : [[name, Number(count)]];
    }),
  );
}
