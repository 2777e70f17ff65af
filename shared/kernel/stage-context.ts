import type { ArtifactRef } from "../contracts/ids.ts";
import type { ArtifactKind, Stores } from "../stores/ports.ts";
import type { StageTelemetry } from "../telemetry/stage-telemetry.ts";
import type { Bounded } from "./capabilities/deadline.ts";
import type { Asking } from "./capabilities/facts.ts";
import type { Keyed } from "./capabilities/idempotency.ts";
import { LOCK_SHA256 } from "./capabilities/lock.ts";
import type { Logged } from "./capabilities/log.ts";
import type { Measured } from "./capabilities/metrics.ts";
import type { Recorded } from "./capabilities/recorded.ts";
import type { Caching } from "./capabilities/run-cache.ts";
import type { Guarded } from "./capabilities/secrets-guard.ts";
import type { DocumentSink } from "./documents.ts";
import { ValidationFailed } from "./errors.ts";
import { isWanted } from "./event-profile.ts";
import { parseAs } from "./parse.ts";
import { planFlow } from "./plan/plan-flow.ts";
import type { EventDraft } from "./recorder.ts";
import type { StepRecord } from "./run/record.ts";
import { readSnapshot } from "./snapshots.ts";
import type { StageContext } from "./stage.ts";
import type { EffectKey } from "./stage-meta.ts";
import type { World } from "./world.ts";

/** An attempt that the whole chain has seen to. */
export type ReadyAttempt = Measured & Guarded & Logged & Caching & Keyed & Recorded & Bounded & Asking;

/** What a stage sees of its attempt. @param undone the state that is taken back, in a context for its compensation */
export function stageContext(attempt: ReadyAttempt, undone?: StepRecord): StageContext {
  const { call, config, flow, recorder, log, emitted, world } = attempt;
  const wanted = (drafts: Omit<EventDraft, "kind">[]): EventDraft[] =>
    drafts.filter(({ name }) => isWanted(config.event_profile, name)).map((draft) => ({ kind: "domain", ...draft }));
  const effect = undone === undefined ? attempt.effect : effectOf(undone);
  return {
    runId: call.run_id,
    stateId: undone?.stateId ?? attempt.stateId,
    attempt: call.attempt,
    ...(call.task_token === undefined ? {} : { taskToken: call.task_token }),
    ...(effect === undefined ? {} : { idempotency: effect }),
    config,
    ...(attempt.configManifest && { configManifest: attempt.configManifest }),
    flow,
    plan: () => planFlow(flow, config),
    artifacts: isWanted(config.event_profile, "artifact_written") ? announced(world, emitted) : world.artifacts,
    publications: whileItLasts(world.publications, attempt.throwIfAborted),
    log,
    io: attempt.ioFor(undone),
    telemetry: spoken(attempt),
    cache: attempt.cache,
    signal: attempt.signal,
    throwIfAborted: attempt.throwIfAborted,
    emit: (draft) => emitted.push(draft),
    gateFailed: (reason, evidence) => emitted.push(softGateFailed(attempt, reason, evidence)),
    record: (...drafts) => recorder.record(...wanted(drafts)),
    run: () => world.log.run(call.run_id),
    build: async () => ({ ...(await world.build(config, flow)), capabilities_sha256: LOCK_SHA256 }),
    async compensate(step, doneBy) {
      if (step.baseSnapshot === undefined) return;
      const began = await readSnapshot(world.artifacts, step.baseSnapshot);
      const input = parseAs(doneBy.input, began, `input of stage ${doneBy.name}`);
      await doneBy.compensate?.(input, stageContext(attempt, step));
    },
  };
}

function effectOf({ idempotencyKey }: StepRecord): EffectKey | undefined {
  return idempotencyKey === undefined ? undefined : { key: idempotencyKey, wasEntered: true };
}

function softGateFailed(
  { stage, stateId }: ReadyAttempt,
  reason: string,
  evidence: ArtifactRef,
): Omit<EventDraft, "kind"> {
  const { gate } = stage.meta;
  if (gate?.kind !== "soft") {
    throw new ValidationFailed(
      `stage ${stage.name}: expected a soft gate in its declaration, found ${gate?.kind ?? "none"}; a hard gate fails with an error`,
    );
  }
  const payload = { state_id: stateId, gate: gate.name, kind: "soft", reason, evidence };
  return { name: "recomp.gate.failed", payload, payloadRef: evidence };
}

/** What is told is logged at once as well. */
function spoken({ telemetry, log }: ReadyAttempt): StageTelemetry {
  return {
    count: telemetry.count,
    warn(code, message) {
      telemetry.warn(code, message);
      log.warn({ code }, message);
    },
    diagnose(name, value) {
      telemetry.diagnose(name, value);
      log.info({ [name]: value }, "diagnosis");
    },
  };
}

/**
 * An attempt that is over publishes nothing, though its stage may still be at work: what it did may be taken back by now.
 */
function whileItLasts(publications: World["publications"], throwIfAborted: () => void): World["publications"] {
  return {
    ...publications,
    async publish(...publication) {
      throwIfAborted();
      return publications.publish(...publication);
    },
  };
}

/** Artifacts whose every put is told as an event, for a run that wants to know. */
function announced(world: World, emitted: Recorded["emitted"]): Stores["artifacts"] & DocumentSink {
  const sink: DocumentSink = world.artifacts;
  return {
    ...world.artifacts,
    async put(kind: ArtifactKind, bytes: Uint8Array, document?: unknown) {
      const ref = await sink.put(kind, bytes, document);
      emitted.push({ name: "artifact_written", payload: { kind, bytes: bytes.length }, payloadRef: ref });
      return ref;
    },
  };
}
