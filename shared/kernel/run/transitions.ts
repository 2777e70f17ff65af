import type { SequencedEvent } from "../../contracts/event.ts";
import { IllegalTransition } from "../errors.ts";
import type { GateRecord, GateState, RunPhase, StepRecord, StepState } from "./record.ts";

export const RUN_TRANSITIONS: Readonly<Record<RunPhase, readonly RunPhase[]>> = {
  created: ["preflight_validated", "failed", "cancelled"],
  preflight_validated: ["executing", "failed", "cancelled"],
  executing: ["blocked", "succeeded", "failed", "rolled_back", "cancelled"],
  blocked: ["executing", "failed", "cancelled"],
  succeeded: [],
  failed: [],
  rolled_back: [],
  cancelled: [],
};

/**
 * `running -> running` is a re-entry: the process died in the state and a later one entered it again. What has succeeded
 * is never entered again. What did not succeed may have done half of its work, so it can be taken back too.
 */
export const STEP_TRANSITIONS: Readonly<Record<StepState, readonly StepState[]>> = {
  pending: ["running", "skipped"],
  running: ["running", "succeeded", "failed", "compensated"],
  failed: ["running", "compensated"],
  succeeded: ["compensated"],
  compensated: [],
  skipped: [],
};

/** `failed -> failed` is a second attempt. What is decided stays decided. */
export const GATE_TRANSITIONS: Readonly<Record<GateState | "none", readonly GateState[]>> = {
  none: ["failed", "open"],
  failed: ["failed", "open"],
  open: ["approved", "rejected", "overridden"],
  approved: [],
  rejected: [],
  overridden: [],
};

/** What a person may say at a gate. A hard gate has failed: nobody approves it. A soft one asks nobody. */
export const DECISIONS: Readonly<Record<GateRecord["kind"], readonly GateState[]>> = {
  hard: [],
  soft: [],
  manual: ["approved", "rejected"],
  override: ["overridden", "rejected"],
};

export function isTerminal(phase: RunPhase): phase is "succeeded" | "failed" | "rolled_back" | "cancelled" {
  return RUN_TRANSITIONS[phase].length === 0;
}

/** Of a run that somebody wants cancelled, and that goes on to its end. */
export const CANCELLING = "being cancelled";

/** @throws {IllegalTransition} */
export function guardRun(from: RunPhase, to: RunPhase, event: SequencedEvent): RunPhase {
  if (!RUN_TRANSITIONS[from].includes(to)) throw illegal(event, from, to);
  return to;
}

/** @throws {IllegalTransition} */
export function guardStep(from: StepState, to: StepState, event: SequencedEvent): void {
  if (!STEP_TRANSITIONS[from].includes(to)) throw illegal(event, from, to);
}

/**
 * Attempts may overlap: Lambda goes on with one whose answer the state machine no longer waits for. The one that entered the
 * state last ends it.
 * @throws {IllegalTransition}
 */
export function guardEnd(
  { state, attempt }: Pick<StepRecord, "state" | "attempt">,
  to: StepState,
  event: SequencedEvent,
): void {
  guardStep(state, to, event);
  if (event.attempt !== attempt) throw illegal(event, `attempt ${attempt}`, `${to} by attempt ${event.attempt}`);
}

/** @throws {IllegalTransition} */
export function guardGate(
  before: Pick<GateRecord, "kind" | "state"> | undefined,
  to: GateState,
  event: SequencedEvent,
): void {
  const from = before?.state ?? "none";
  if (!GATE_TRANSITIONS[from].includes(to)) throw illegal(event, `gate ${from}`, to);
  if (before?.state === "open" && !DECISIONS[before.kind].includes(to)) throw illegal(event, `${before.kind} gate`, to);
}

export function illegal(event: SequencedEvent, from: string, to: string): IllegalTransition {
  return new IllegalTransition(
    `run ${event.run_id}, event ${event.seq} (${event.name}): cannot go from ${from} to ${to}; the log was not written by this machine, or is damaged: run \`restep verify ${event.run_id}\``,
    { details: { seq: event.seq, event: event.name, from, to } },
  );
}
