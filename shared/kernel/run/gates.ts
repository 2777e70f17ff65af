import type { SequencedEvent } from "../../contracts/event.ts";
import type { ArtifactRef, PrincipalId, StateId } from "../../contracts/ids.ts";
import type { DecisionSignature } from "../../contracts/signature.ts";
import { oneOf } from "./payload.ts";
import type { GateRecord } from "./record.ts";
import { guardGate, illegal } from "./transitions.ts";

/**
 * A gate behind an event of its own.
 * @param before the gate so far, if anything is known of it
 * @throws {IllegalTransition}
 */
export function nextGate(before: GateRecord | undefined, gate: string, event: SequencedEvent): GateRecord {
  const { payload, ts } = event;
  switch (event.name) {
    case "recomp.gate.failed":
      guardGate(before, "failed", event);
      return { gate, kind: kindOf(event), state: "failed", stateId: payload.state_id as StateId, ...textsOf(event) };
    case "recomp.gate.opened": {
      const kind = oneOf(event, "kind", ["manual", "override"]);
      guardGate(before, "open", event);
      // Else an approval would let through what a hard gate stopped.
      if (before !== undefined && kind !== "override") throw illegal(event, `gate ${before.state}`, `${kind} gate`);
      const { state_id, subject, waiting_task } = payload;
      const opened = {
        kind,
        stateId: state_id as StateId,
        subject: subject as ArtifactRef,
        openedAt: ts,
        ...(typeof waiting_task === "string" ? { waitingTask: waiting_task } : {}),
      };
      return { ...before, gate, state: "open", ...opened, ...textsOf(event) };
    }
    case "recomp.gate.override_applied":
      return decided(before, "overridden", event);
    default:
      return decided(before, oneOf(event, "decision", ["approved", "rejected"]), event);
  }
}

/** Gates were all hard before soft ones were recorded. */
function kindOf(event: SequencedEvent): "hard" | "soft" {
  return event.payload.kind === undefined ? "hard" : oneOf(event, "kind", ["hard", "soft"]);
}

function decided(
  before: GateRecord | undefined,
  state: "approved" | "rejected" | "overridden",
  event: SequencedEvent,
): GateRecord {
  guardGate(before, state, event);
  return { ...before!, state, decidedAt: event.ts, ...textsOf(event) };
}

function textsOf({ payload: { reason, by, evidence, signature } }: SequencedEvent): Partial<GateRecord> {
  return {
    ...(typeof reason !== "string" ? {} : { reason }),
    ...(by === undefined ? {} : { by: by as PrincipalId }),
    ...(signature === undefined ? {} : { signature: signature as unknown as DecisionSignature }),
    ...(evidence === undefined ? {} : { evidence: evidence as ArtifactRef }),
  };
}
