import type { EventEnvelope } from "../../contracts/event.ts";
import { RunFold } from "./fold.ts";
import type { RunPhase } from "./record.ts";

/** A change of a run's phase. It stands in no log: it follows from the event it stands behind, whoever looks. */
export interface RunStateChanged extends Pick<EventEnvelope, "run_id" | "seq" | "ts" | "actor" | "attempt"> {
  readonly name: "recomp.run.state_changed";
  /** `<run_id>/<seq>/state_changed`, with the `seq` of the event that makes the change. */
  readonly event_id: string;
  readonly payload: {
    readonly from: RunPhase;
    readonly to: RunPhase;
    /** The event that makes the change. */
    readonly because: string;
  };
}

/**
 * The changes of a run's phase, each once its event is there.
 * @param events the run's log from its beginning
 * @throws {IllegalTransition}
 */
export async function* stateChangesOf(events: AsyncIterable<EventEnvelope>): AsyncIterable<RunStateChanged> {
  const fold = new RunFold();
  for await (const event of events) {
    const { phase: from } = fold.record;
    fold.take(event);
    const { phase: to } = fold.record;
    if (to === from) continue;
    const { run_id, seq, event_id, ts, actor, attempt, name: because } = event;
    const name = "recomp.run.state_changed";
    const place = { event_id: `${event_id}/state_changed`, run_id, seq, ts, actor, attempt };
    yield { ...place, name, payload: { from, to, because } };
  }
}
