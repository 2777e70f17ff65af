import type { NewEvent, PlacedEvent } from "../../contracts/event.ts";
import type { RunId } from "../../contracts/ids.ts";
import type { ArtifactStore, EventStore } from "../../stores/ports.ts";
import type { RunLog } from "../world.ts";
import { foldLog } from "./fold.ts";

/** Appends lost to another writer before giving up: handlers of one Map append side by side. */
const MAX_CONFLICTS = 100;

export interface StoresOfLog {
  readonly events: Pick<EventStore, "head" | "append" | "read">;
  /** For the documents that events name. */
  readonly artifacts: Pick<ArtifactStore, "put">;
}

/**
 * A run's log as an event store has it: what it says is folded from its events, each time anew. Appends that the run's
 * state machine does not allow are refused before they reach the log: Lambda may deliver a call twice.
 */
export function storedRunLog({ events, artifacts }: StoresOfLog): RunLog {
  const fold = (runId: RunId, toSeq?: number) => foldLog(events.read(runId, 1, toSeq));
  return {
    async push(runId, batch, named = []) {
      for (const { kind, bytes } of named) await artifacts.put(kind, bytes);
      for (let conflicts = 0; ; conflicts++) {
        const run = await fold(runId);
        const { seq } = run.record;
        for (const [index, event] of batch.entries()) run.take(place(event, runId, seq + index + 1));
        try {
          await events.append(runId, seq, batch);
          return;
        } catch (error) {
          if ((error as Error).name !== "ConcurrencyError" || conflicts >= MAX_CONFLICTS) throw error;
        }
      }
    },
    async view(runId, stateId) {
      const { seq, steps } = (await fold(runId)).record;
      const step = steps.get(stateId);
      return step === undefined ? { seq } : { seq, step };
    },
    facts: async (runId) => (await fold(runId)).record.facts,
    async run(runId) {
      const head = await events.head(runId);
      return { record: (await fold(runId, head.seq)).record, head };
    },
  };
}

/** An event at its place in the log, as a fold takes it. */
export function place(event: NewEvent, runId: RunId, seq: number): PlacedEvent {
  return { ...event, run_id: runId, seq };
}
