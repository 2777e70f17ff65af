import type { EventEnvelope, NewEvent } from "../contracts/event.ts";
import type { ArtifactRef, PrincipalId, RunId } from "../contracts/ids.ts";
import type { EventStore } from "../stores/ports.ts";
import type { Clock } from "./clock.ts";

/** An event as a stage or the kernel states it; the recorder adds time, actor and attempt, the store the place. */
export interface Statement {
  readonly kind: EventEnvelope["kind"];
  readonly name: string;
  readonly payload?: EventEnvelope["payload"];
  readonly payloadRef?: ArtifactRef;
}

/** Writes what happens in one attempt at one state to the run's log. */
export interface Recorder {
  /** Appends all statements at once, or none. */
  record(...statements: Statement[]): Promise<void>;
}

/** Appends lost to another writer before giving up: handlers of one Map append side by side. */
const MAX_CONFLICTS = 100;

export function createRecorder(options: {
  events: Pick<EventStore, "head" | "append">;
  runId: RunId;
  actor: PrincipalId;
  attempt: number;
  clock: Clock;
}): Recorder {
  const { events, runId, actor, attempt, clock } = options;
  return {
    async record(...statements) {
      const entries = statements.map(
        (statement): NewEvent => ({
          ts: clock.now().toISOString(),
          actor,
          attempt,
          kind: statement.kind,
          name: statement.name,
          payload: statement.payload ?? {},
          ...(statement.payloadRef === undefined ? {} : { payload_ref: statement.payloadRef }),
        }),
      );
      for (let conflicts = 0; ; conflicts++) {
        const { seq } = await events.head(runId);
        try {
          await events.append(runId, seq, entries);
          return;
        } catch (error) {
          // By name: the error may come from another thread.
          if ((error as Error).name !== "ConcurrencyError" || conflicts >= MAX_CONFLICTS) throw error;
        }
      }
    },
  };
}
