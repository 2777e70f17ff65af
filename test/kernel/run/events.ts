import type { EventEnvelope } from "../../../shared/contracts/event.ts";

/** Events of a run's log, terse: what a table of logs is made of. */

export const RUN_ID = "6f0a3f0e-6f3b-4d0e-9a52-5b1b7f6f2c11";
export const CHILD_ID = "0c1d2e3f-6f3b-4d0e-9a52-5b1b7f6f2c11";

/** An event without its place in the log. */
export interface Row {
  readonly name: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly attempt?: number;
  readonly ref?: string;
}

/** A different artifact for each number. */
export function ref(n: number): string {
  return `artifact://${n.toString(16).padStart(64, "0")}`;
}

/** `lift.shard_3` -> `run_lifecycle.lift.shard_3`, `link` -> `run_lifecycle.link.main`. */
export function state(short: string): string {
  return `run_lifecycle.${short.includes(".") ? short : `${short}.main`}`;
}

const KERNEL = new Set(["run_started", "state_entered", "state_completed", "state_failed", "run_completed"]);

/** The row as event number `seq`. Times are those of the numbers: a second each. */
export function place({ name, payload, attempt = 0, ref: payloadRef }: Row, seq: number): EventEnvelope {
  return {
    run_id: RUN_ID,
    seq,
    event_id: `${RUN_ID}/${seq}`,
    ts: new Date(Date.UTC(2026, 0, 1) + seq * 1_000).toISOString(),
    actor: "test",
    attempt,
    kind: KERNEL.has(name) || name.startsWith("kernel.") ? "kernel" : "domain",
    name: name.replace(/^kernel\./, ""),
    payload,
    ...(payloadRef === undefined ? {} : { payload_ref: payloadRef }),
    prev: "0".repeat(64),
  } as unknown as EventEnvelope;
}

export function log(...rows: readonly Row[]): EventEnvelope[] {
  return rows.map((row, index) => place(row, index + 1));
}

const PLANNED = ["intake", "plan", "lift.shard", "link", "package", "publish", "complete"];

/** What a run's start says of its flow. */
export const FLOW = {
  op_version: "3",
  state_machine_sha256: "b".repeat(64),
  failure_branch: state("record_failure"),
};

export const started = (states: readonly string[] = PLANNED, skipped: Readonly<Record<string, string>> = {}): Row => ({
  name: "run_started",
  payload: {
    op_id: "recompile",
    ...FLOW,
    manifest: ref(1),
    initial_snapshot: ref(1),
    plan: ref(2),
    states: states.map(state),
    skipped: Object.fromEntries(Object.entries(skipped).map(([short, tag]) => [state(short), tag])),
  },
});
export const enter = (short: string, attempt = 0): Row => ({
  name: "state_entered",
  payload: { state_id: state(short), base_snapshot: ref(3) },
  attempt,
});
export const complete = (short: string, attempt = 0): Row => ({
  name: "state_completed",
  payload: { state_id: state(short), context_snapshot: ref(4) },
  attempt,
});
export const ERROR = {
  name: "TransientIo",
  code: "transient_io",
  category: "resource",
  retryable: true,
  message: "the disk is away",
};
export const fail = (short: string, attempt = 0): Row => ({
  name: "state_failed",
  payload: { state_id: state(short), error: ERROR },
  attempt,
});
export const through = (...shorts: readonly string[]): Row[] =>
  shorts.flatMap((short) => [enter(short), complete(short)]);
export const ended = (status: "completed" | "failed" | "cancelled" = "completed"): Row => ({
  name: "run_completed",
  payload: { status, final_snapshot: ref(4) },
});
export const rolledBack: Row = {
  name: "run_completed",
  payload: { status: "failed", rolled_back: true },
};
export const cancelRequested: Row = {
  name: "recomp.run.cancel_requested",
  payload: { by: "alice", reason: "wrong binary" },
};
export const cancelledRolledBack: Row = {
  name: "run_completed",
  payload: { status: "cancelled", rolled_back: true },
};
export const gateFailed = (gate: string, short = "validation_gate"): Row => ({
  name: "recomp.gate.failed",
  payload: { state_id: state(short), gate, reason: "two functions disagree", evidence: ref(5) },
});
export const gateOpened = (gate: string, kind: "manual" | "override"): Row => ({
  name: "recomp.gate.opened",
  payload: { state_id: state(kind === "manual" ? "approve" : "override"), gate, kind, subject: ref(6) },
});
export const decided = (gate: string, decision: "approved" | "rejected"): Row => ({
  name: "recomp.gate.decided",
  payload: { gate, decision, reason: "played through", by: "alice" },
});
export const overridden = (gate: string): Row => ({
  name: "recomp.gate.override_applied",
  payload: { gate, reason: "only the logo", by: "alice", evidence: ref(7) },
});
export const compensated = (short: string): Row => ({
  name: "recomp.state.compensated",
  payload: { state_id: state(short) },
});
export const notCompensated = (short: string): Row => ({
  name: "recomp.state.compensation_failed",
  payload: { state_id: state(short), error: ERROR },
});
export const spawned = (child = CHILD_ID): Row => ({
  name: "child_run_spawned",
  payload: { parent_run_id: RUN_ID, child_run_id: child, child_manifest: ref(8) },
});
export const childEnded = (status: "completed" | "failed" | "cancelled", child = CHILD_ID): Row => ({
  name: "child_run_completed",
  payload: { child_run_id: child, status },
});
export const emitted = (role: string, artifact: number): Row => ({
  name: "recomp.artifact.emitted",
  payload: { role },
  ref: ref(artifact),
});
export const fact = (key: string, payload: number, attempt = 0): Row => ({
  name: "fact_recorded",
  payload: { key, request_sha256: "a".repeat(64), outcome: "response", meta: {} },
  attempt,
  ref: ref(payload),
});
export const escalated = (short: string): Row => ({
  name: "recomp.run.escalated",
  payload: { state_id: state(short), attempts: 6, error: ERROR },
});
export const said = (payload: Readonly<Record<string, unknown>>): Row => ({ name: "recomp.run.completed", payload });
