import type { EventEnvelope } from "../contracts/event.ts";
import type { RunId } from "../contracts/ids.ts";
import type { RunLog } from "../kernel/attempt.ts";
import { RunFold } from "../kernel/run/fold.ts";
import type { RunRecord } from "../kernel/run/record.ts";
import { place } from "../kernel/run/stored-log.ts";
import type { Stores } from "../stores/ports.ts";

/** The log of the run this process holds, with its fold beside it. */
export interface FollowedLog extends RunLog {
  /** A live view of what the log says. */
  record(): RunRecord;
}

/** After these the status record is written anew. */
const MILESTONES = new Set([
  "run_started",
  "state_completed",
  "recomp.gate.opened",
  "recomp.gate.decided",
  "recomp.gate.override_applied",
  "run_completed",
]);

/**
 * Appends that the run's state machine does not allow are refused before they reach the log.
 * @param onEvent told of each event once it is durable
 */
export async function followLog(
  stores: Pick<Stores, "events">,
  runId: RunId,
  watcher: { onEvent(event: EventEnvelope): void; onMilestone(record: RunRecord): Promise<void> },
): Promise<FollowedLog> {
  const refold = async () => {
    const run = new RunFold();
    for await (const event of stores.events.read(runId)) run.take(event);
    return run;
  };
  let fold = await refold();
  return {
    async push(id, events) {
      const { seq } = fold.record;
      const envelopes = events.map((event, index) => place(event, id, seq + index + 1));
      try {
        // Folded in first, so that what the run's state machine does not allow never reaches the log.
        for (const envelope of envelopes) fold.take(envelope);
        await stores.events.append(id, seq, events);
      } catch (error) {
        fold = await refold();
        throw error;
      }
      for (const envelope of envelopes) watcher.onEvent(envelope);
      if (events.some((event) => MILESTONES.has(event.name))) await watcher.onMilestone(fold.record);
    },
    async view(_id, stateId) {
      const { seq, steps } = fold.record;
      const step = steps.get(stateId);
      return step === undefined ? { seq } : { seq, step };
    },
    facts: async () => fold.record.facts,
    run: async (id) => ({ record: fold.record, head: await stores.events.head(id) }),
    record: () => fold.record,
  };
}
