import type { StateId } from "../../contracts/ids.ts";
import type { Warning } from "../../telemetry/stage-telemetry.ts";
import { checkpoint } from "../checkpoint.ts";
import { AttemptAborted } from "../errors.ts";
import { isWanted } from "../event-profile.ts";
import { recordFailure } from "../failure.ts";
import { createRecorder, type Recorder, type Statement } from "../recorder.ts";
import { closeRun, openRun } from "../run-ends.ts";
import { snapshotOf } from "../snapshots.ts";
import type { Stage } from "../stage.ts";
import { defineCapability, extend } from "./capability.ts";
import type { Logged } from "./log.ts";
import type { Measured } from "./metrics.ts";
import type { Viewed } from "./read-back.ts";
import type { Judged } from "./retry-class.ts";
import type { Guarded } from "./secrets-guard.ts";

export interface Recorded {
  readonly recorder: Recorder;
  /** Domain events of this attempt, written with its end. */
  readonly emitted: Omit<Statement, "kind">[];
}

type Needs = Measured & Guarded & Logged & Viewed & Judged;
type Recording = Needs & Recorded;

/**
 * Records the state's entry, and its end together with the stage's own events, or how it failed. What the log refuses at the
 * entry leaves no trace in it.
 */
export const recording = defineCapability<Needs, Recorded>("recording", 1, {
  async around(attempt, next) {
    const { call, stage, stateId, world, base, view, guard, log } = attempt;
    const recorder = createRecorder({
      log: world.log,
      runId: call.run_id,
      actor: world.actor,
      attempt: call.attempt,
      clock: world.clock,
      guard: guard.refuse,
    });
    const recorded = extend(attempt, { recorder, emitted: [] as Recorded["emitted"] });
    let isOver = false;
    const within: Recorder = {
      record: (...statements) => (isOver ? refuse(stateId) : recorder.record(...statements)),
      enqueue: (...statements) => (isOver ? refuse(stateId) : recorder.enqueue(...statements)),
    };
    const opening = stage.meta.opensRun === true && view.seq === 0 ? await openRun(recorded) : [];
    const entry: Statement = {
      kind: "kernel",
      name: "state_entered",
      payload: { state_id: stateId, base_snapshot: base.ref },
      names: base.document,
    };
    // A stage that changes nothing outside need not wait for its entry: whatever it records comes behind that.
    const entered = write(recorded, [...wanted(recorded, opening), ...retried(recorded), entry]);
    if (appliesSideEffect(stage)) await entered;
    entered.catch(() => {});
    log.info({}, "state entered");
    try {
      const output = await next({ ...recorded, recorder: within });
      await entered;
      await write(recorded, await endOf(recorded, output));
      log.info({}, "state completed");
      return output;
    } catch (error) {
      isOver = true;
      await recordFailure(recorded, attempt.verdictOn(error));
      throw error;
    }
  },
});

/** A stage that was ended before its time may still be at work. */
async function refuse(stateId: StateId): Promise<never> {
  throw new AttemptAborted(`${stateId}: this attempt has ended; nothing more of it is written`);
}

function wanted({ config }: Pick<Recording, "config">, statements: readonly Statement[]): Statement[] {
  return statements.filter(({ kind, name }) => kind === "kernel" || isWanted(config.event_profile, name));
}

/** Told with the entry of an attempt that is not the first. */
function retried({ call, stateId, config }: Recording): Statement[] {
  if (call.attempt === 0) return [];
  const payload = { state_id: stateId, attempt: call.attempt };
  return wanted({ config }, [{ kind: "domain", name: "recomp.state.retried", payload }]);
}

async function endOf(recorded: Recording, output: unknown): Promise<Statement[]> {
  const { call, stage, stateId, config, flow, emitted, guard, telemetry } = recorded;
  const snapshot = snapshotOf(output, guard);
  const told: Omit<Statement, "kind"> = {
    name: "recomp.run.stage.completed",
    payload: {
      stage: stage.name,
      ...(call.round === undefined ? {} : { round: call.round }),
      ...(call.shard === undefined ? {} : { shard: call.shard }),
      counts: countsOf(stage, output),
    },
    payloadRef: snapshot.ref,
  };
  const closing = stage.closesRun?.(output);
  return [
    ...[...emitted, ...warned(stateId, guard.redact(telemetry.state.warnings)), told]
      .filter(({ name }) => isWanted(config.event_profile, name))
      .map((statement): Statement => ({ kind: "domain", ...statement })),
    {
      kind: "kernel",
      name: "state_completed",
      payload: { state_id: stateId, context_snapshot: snapshot.ref },
      names: snapshot.document,
    },
    ...(await checkpoint(recorded, snapshot.ref)),
    ...(closing === undefined ? [] : wanted({ config }, closeRun(flow, closing, snapshot.ref))),
  ];
}

function warned(stateId: StateId, warnings: readonly Warning[]): Omit<Statement, "kind">[] {
  if (warnings.length === 0) return [];
  return [
    { name: "recomp.state.warned", payload: { state_id: stateId, warnings: warnings.map((each) => ({ ...each })) } },
  ];
}

/** The log must know on disk what a stage changes outside, and that it did; what one computes may be computed again. */
function write({ stage, recorder }: Recording, statements: readonly Statement[]): Promise<void> {
  return appliesSideEffect(stage) ? recorder.record(...statements) : recorder.enqueue(...statements);
}

function appliesSideEffect({ meta }: Stage): boolean {
  return meta.sideEffects === "apply_side_effect";
}

/** Numbers of an output for those who watch: how many functions were lifted, proven, and so on. */
function countsOf({ meta }: Stage, output: unknown): Record<string, number> {
  return Object.fromEntries(
    (meta.counts ?? []).map((name) => [name, Number((output as Record<string, unknown>)[name])]),
  );
}
