import type { SequencedEvent } from "../../contracts/event.ts";
import type { StateId } from "../../contracts/ids.ts";
import type { CarriedEvent, ReusableState } from "../../contracts/resumption.ts";
import { scopeOf } from "../state-ids.ts";

/** What a run that goes on from this one records again for the states it reuses. */
export interface CarriedEvents {
  /** @param event the log's events from its beginning */
  take(event: SequencedEvent): void;
  /** Of a state that completed: its facts, and what it told with its end. */
  of(stateId: StateId): Pick<ReusableState, "events" | "decision">;
}

/**
 * Domain events that do not come with a state's end: the kernel's own, or written while it works. With these in between an end's
 * events cannot be told from others'.
 */
const BESIDE = new Set([
  "fact_recorded",
  "op_boundary",
  "child_run_spawned",
  "child_run_completed",
  "recomp.artifact.quarantined",
  "recomp.context.checkpointed",
  "recomp.gate.decided",
  "recomp.gate.override_applied",
  "recomp.run.cancel_requested",
  "recomp.run.escalated",
  "recomp.run.requested",
  "recomp.service.circuit_changed",
  "recomp.state.retried",
]);

/** Told again by whoever records the end, or of what was written then. */
const NOT_CARRIED = new Set(["recomp.run.stage.completed", "artifact_written"]);

/**
 * An attempt's end is one append: what its stage told stands right before its `state_completed`, behind the last event that
 * is of something else.
 */
export function carriedEvents(): CarriedEvents {
  const told = new Map<StateId, { readonly attempt: number; readonly events: readonly CarriedEvent[] }>();
  const facts = new Map<string, SequencedEvent[]>();
  const decisions = new Map<StateId, CarriedEvent>();
  /** By gate: the state that opened it. */
  const waiting = new Map<string, StateId>();
  /** Since the last event of a state's, or the run's, own. */
  let pending: SequencedEvent[] = [];
  return {
    take(event) {
      const { kind, name, payload } = event;
      if (name === "fact_recorded") {
        const [scope = ""] = String(payload.key).split("/", 1);
        const before = facts.get(scope);
        if (before === undefined) facts.set(scope, [event]);
        else before.push(event);
      }
      if (name === "recomp.gate.opened") waiting.set(String(payload.gate), payload.state_id as StateId);
      if (name === "recomp.gate.decided" || name === "recomp.gate.override_applied") {
        const stateId = waiting.get(String(payload.gate));
        if (stateId !== undefined) decisions.set(stateId, carried(event));
      }
      if (kind === "domain") {
        pending.push(event);
        return;
      }
      if (name === "state_completed") {
        const first = pending.findLastIndex((each) => !isOfEnd(each, event)) + 1;
        const own = pending.slice(first).filter((each) => !NOT_CARRIED.has(each.name));
        told.set(payload.state_id as StateId, { attempt: event.attempt, events: own.map(carried) });
      }
      pending = [];
    },
    of(stateId) {
      const { attempt = 0, events = [] } = told.get(stateId) ?? {};
      const answered = facts.get(scopeOf(stateId)) ?? [];
      // What failed in an attempt before was asked again.
      const used = answered.filter((fact) => fact.payload.outcome === "response" || fact.attempt === attempt);
      const decision = decisions.get(stateId);
      return { events: [...used.map(carried), ...events], ...(decision === undefined ? {} : { decision }) };
    },
  };
}

function isOfEnd({ name, payload, actor, attempt }: SequencedEvent, end: SequencedEvent): boolean {
  if (BESIDE.has(name) || actor !== end.actor || attempt !== end.attempt) return false;
  // Evidence of a gate that failed with another attempt's error.
  if (name === "recomp.artifact.emitted" && String(payload.role).startsWith("gate:")) return false;
  return payload.state_id === undefined || payload.state_id === end.payload.state_id;
}

function carried({ name, payload, payload_ref }: SequencedEvent): CarriedEvent {
  return { name, payload, ...(payload_ref === undefined ? {} : { payload_ref }) };
}
