import type { ErrorInfo } from "../contracts/error-info.ts";
import type { ArtifactRef } from "../contracts/ids.ts";
import type { Attempt } from "./attempt.ts";
import { putDocument } from "./documents.ts";
import { RetryBudgetExhausted, toErrorInfo } from "./errors.ts";
import { RecordedError } from "./io/errors.ts";
import { recordableError } from "./io/fact-payloads.ts";
import type { Statement } from "./recorder.ts";

type Payload = NonNullable<Statement["payload"]>;

/**
 * Records a failed attempt: the error, a snapshot for diagnosis, and what follows from it (a gate that failed, a budget
 * used up, an artifact set aside).
 * @returns the error to throw on
 */
export async function recordFailure(attempt: Attempt, error: unknown): Promise<unknown> {
  const { call, config, log, recorder, stateId, guard } = attempt;
  const seen = infoOf(error);
  const info = guard.redact(seen);
  log.error({ error: info }, "state failed");
  const isExhausted = info.retryable && call.attempt + 1 >= config.retry_policy.max_attempts;
  try {
    const snapshot = await putFailureSnapshot(attempt, info);
    await recorder.record(
      {
        kind: "kernel",
        name: "state_failed",
        payload: { state_id: stateId, error: info as Payload[string], failure_snapshot: snapshot },
      },
      ...(await followUps(attempt, info, isExhausted)),
    );
  } catch (unrecorded) {
    // The first error is the one to act on; a log that cannot be written shows itself at the next attempt.
    log.error({ error: guard.redact(toErrorInfo(unrecorded)) }, "failure not recorded");
  }
  // What is thrown ends up in the execution's history, where nothing is redacted any more.
  const shown = info === seen ? error : new RecordedError(info);
  return isExhausted ? new RetryBudgetExhausted(stateId, call.attempt + 1, info, { cause: shown }) : shown;
}

function infoOf(error: unknown): ErrorInfo {
  const { details, ...info } = recordableError(error);
  return details === undefined ? info : { ...info, details };
}

async function followUps(attempt: Attempt, info: ErrorInfo, isExhausted: boolean): Promise<Statement[]> {
  const { call, stage, stateId, world } = attempt;
  const statements: Statement[] = [];
  const tell = (name: string, payload: Payload, payloadRef?: ArtifactRef) =>
    statements.push({ kind: "domain", name, payload, ...(payloadRef === undefined ? {} : { payloadRef }) });
  if (isExhausted) {
    tell("recomp.run.escalated", {
      state_id: stateId,
      attempts: call.attempt + 1,
      error: info as Payload[string],
    });
  }
  if (info.code === "store_corruption") {
    const what = (info.details as { what?: unknown } | undefined)?.what;
    tell("recomp.artifact.quarantined", { what: String(what ?? "an artifact"), reason: info.message });
  }
  // A full disk is no verdict.
  const isVerdict = info.category !== "storage" || info.code === "store_corruption" || info.code === "store_not_found";
  if (stage.meta.gate === "hard" && isVerdict && (!info.retryable || isExhausted)) {
    const gate = gateNameOf(stage.name);
    const evidence = await putDocument(world.artifacts, "output", {
      schema_version: 1,
      kind: "restep.gate_evidence",
      gate,
      verdict: "failed",
      error: info,
      input: attempt.base,
    });
    tell("recomp.gate.failed", { state_id: stateId, gate, reason: info.message, evidence }, evidence);
    tell("recomp.artifact.emitted", { role: `gate:${gate}` }, evidence);
  }
  return statements;
}

/** `validation_gate` is the gate `validation`. */
function gateNameOf(stage: string): string {
  return stage.replace(/_gate$/, "");
}

/** What the attempt saw and said before it failed. For a person to look at: nothing is ever resumed from it. */
function putFailureSnapshot({ base, call, emitted, stateId, world, guard }: Attempt, info: ErrorInfo) {
  return putDocument(world.artifacts, "other", {
    schema_version: 1,
    kind: "restep.failure_snapshot",
    state_id: stateId,
    attempt: call.attempt,
    base_snapshot: base,
    error: info,
    unwritten_events: guard.redact(emitted.map(({ name, payload = {} }) => ({ name, payload }))),
  });
}
