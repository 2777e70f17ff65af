import type { ErrorInfo } from "../contracts/error-info.ts";
import { effectOf } from "../contracts/error-registry.ts";
import type { ArtifactRef } from "../contracts/ids.ts";
import type { TelemetryState } from "../telemetry/stage-telemetry.ts";
import type { Logged } from "./capabilities/log.ts";
import type { Measured } from "./capabilities/metrics.ts";
import type { Viewed } from "./capabilities/read-back.ts";
import type { Recorded } from "./capabilities/recorded.ts";
import type { ErrorClass } from "./capabilities/retry-class.ts";
import type { Guarded } from "./capabilities/secrets-guard.ts";
import { checkpoint } from "./checkpoint.ts";
import type { EndedState } from "./context.ts";
import { putDocument } from "./documents.ts";
import { toErrorInfo } from "./errors.ts";
import type { EventDraft } from "./recorder.ts";
import type { Guard } from "./secrets-guard.ts";

type Payload = NonNullable<EventDraft["payload"]>;
type Failed = Measured & Guarded & Logged & Viewed & Recorded;

/**
 * Records a failed attempt: the error, a snapshot for diagnosis, and what follows from it (a gate that failed, a budget
 * used up, an artifact set aside).
 * @returns why it could not be recorded
 */
export async function recordFailure(attempt: Failed, verdict: ErrorClass): Promise<unknown> {
  try {
    await attempt.recorder.record(...(await failureOf(attempt, verdict)));
    return undefined;
  } catch (unrecorded) {
    unrecordedFailure(attempt, unrecorded);
    return unrecorded;
  }
}

/** What is recorded of a failed attempt. @param beside as in `checkpoint` */
export async function failureOf(
  attempt: Failed,
  { error, isExhausted }: ErrorClass,
  beside: readonly EndedState[] = [],
): Promise<EventDraft[]> {
  attempt.log.error({ error }, "state failed");
  const snapshot = await putFailureSnapshot(attempt, error);
  const payload = { state_id: attempt.stateId, error: error as Payload[string], failure_snapshot: snapshot };
  return [
    { kind: "kernel", name: "state_failed", payload },
    ...(await followUps(attempt, error, isExhausted)),
    ...(await checkpoint(attempt, undefined, beside)),
  ];
}

/** The attempt's own error is the one to act on; a log that cannot be written shows itself at the next attempt. */
export function unrecordedFailure({ log, guard }: Failed, unrecorded: unknown): void {
  log.error({ error: guard.redact(toErrorInfo(unrecorded)) }, "failure not recorded");
}

async function followUps(attempt: Failed, info: ErrorInfo, isExhausted: boolean): Promise<EventDraft[]> {
  const { call, stage, stateId, world } = attempt;
  const drafts: EventDraft[] = [];
  const tell = (name: string, payload: Payload, payloadRef?: ArtifactRef) =>
    drafts.push({ kind: "domain", name, payload, ...(payloadRef === undefined ? {} : { payloadRef }) });
  if (isExhausted) {
    tell("recomp.run.escalated", {
      state_id: stateId,
      attempts: call.attempt + 1,
      error: info as Payload[string],
    });
  }
  const effect = effectOf(info.name);
  if (effect === "quarantine") {
    const what = (info.details as { what?: unknown } | undefined)?.what;
    tell("recomp.artifact.quarantined", { what: String(what ?? "an artifact"), reason: info.message });
  }
  const isVerdict = effect === "verdict" || effect === "quarantine";
  if (stage.meta.gate?.kind === "hard" && isVerdict && (!info.retryable || isExhausted)) {
    const gate = stage.meta.gate.name;
    const evidence = await putDocument(world.artifacts, "output", {
      schema_version: 1,
      kind: "restep.gate_evidence",
      gate,
      verdict: "failed",
      error: info,
      input: attempt.base.ref,
    });
    tell("recomp.gate.failed", { state_id: stateId, gate, reason: info.message, evidence }, evidence);
    tell("recomp.artifact.emitted", { role: `gate:${gate}` }, evidence);
  }
  return drafts;
}

/** What the attempt saw and said before it failed. For a person to look at: nothing is ever resumed from it. */
function putFailureSnapshot(attempt: Failed, info: ErrorInfo) {
  const { base, call, emitted, stateId, world, guard, telemetry } = attempt;
  return putDocument(world.artifacts, "other", {
    schema_version: 1,
    kind: "restep.failure_snapshot",
    state_id: stateId,
    attempt: call.attempt,
    base_snapshot: base.ref,
    error: info,
    unwritten_events: guard.redact(emitted.map(({ name, payload = {} }) => ({ name, payload }))),
    ...telemetryOf(telemetry.state, guard),
  });
}

function telemetryOf({ counters, warnings, diagnostics }: TelemetryState, guard: Guard): object {
  if (counters.size + warnings.length + diagnostics.size === 0) return {};
  const told = { counters: Object.fromEntries(counters), warnings, diagnostics: Object.fromEntries(diagnostics) };
  return { telemetry: guard.redact(told) };
}
