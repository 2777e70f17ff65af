import type { PrincipalId } from "../contracts/ids.ts";
import type { RunTrail } from "../contracts/provenance.ts";
import type { GateRecord, StepRecord } from "../kernel/run/record.ts";
import type { RunSoFar } from "../kernel/stage.ts";

/** What the log says of a run on the way to its end, as its provenance states it. */
export function trailOf({ record, head }: RunSoFar): RunTrail {
  const steps = [...record.steps.values()];
  return {
    started_at: record.startedAt as RunTrail["started_at"],
    ...(record.resumedFrom === undefined ? {} : { resumed_from: record.resumedFrom }),
    plan: record.plan as RunTrail["plan"],
    steps: steps
      .filter(({ state }) => state === "succeeded")
      .map(({ stateId, entries, baseSnapshot, snapshot, reusedFrom }) => ({
        state_id: stateId,
        attempts: entries,
        base_snapshot: baseSnapshot!,
        snapshot: snapshot!,
        ...(reusedFrom === undefined ? {} : { reused_from: reusedFrom }),
      })),
    skipped: steps
      .filter(({ state }) => state === "skipped")
      .map(({ stateId, skippedBy }) => ({ state_id: stateId, by: skippedBy ?? "unknown" })),
    failed_attempts: steps.reduce((sum, step) => sum + failedAttempts(step), 0),
    decisions: [...record.gates.values()].flatMap(decisionOf),
    facts: record.facts.map(({ key, attempt, payload }) => ({ key, attempt, payload })),
    escalations: record.escalations.length,
    events: { count: head.seq, head_sha256: head.prev },
  };
}

function failedAttempts({ entries, state }: StepRecord): number {
  return state === "succeeded" || state === "running" ? entries - 1 : entries;
}

function decisionOf({
  gate,
  state,
  by,
  signature,
  reason,
  subject,
  evidence,
  decidedAt,
}: GateRecord): RunTrail["decisions"] {
  if (state !== "approved" && state !== "overridden") return [];
  return [
    {
      gate,
      decision: state,
      by: by as PrincipalId,
      ...(signature === undefined ? {} : { basis: `key:${signature.keyid}` as const }),
      reason: reason ?? "",
      ...(subject === undefined ? {} : { subject }),
      ...(evidence === undefined ? {} : { evidence }),
      ...(decidedAt === undefined ? {} : { decided_at: decidedAt as RunTrail["started_at"] }),
    },
  ];
}
