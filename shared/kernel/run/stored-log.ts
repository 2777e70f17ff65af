import type { RunId } from "../../contracts/ids.ts";
import { systemClock } from "../../stores/clock.ts";
import type { ArtifactStore, EventStore } from "../../stores/ports.ts";
import type { RunLog } from "../world.ts";
import { type LogAppender, logAppender, type Waiting } from "./log-appender.ts";
import { type LogTail, logTail } from "./log-tail.ts";

export interface StoresOfLog {
  readonly events: Pick<EventStore, "append" | "read">;
  /** For the documents that events name. */
  readonly artifacts: Pick<ArtifactStore, "put">;
}

interface KnownRun {
  readonly tail: LogTail;
  readonly appender: LogAppender;
}

/** Runs whose logs are kept in mind: a warm Lambda serves one after the other, and now and then a few at once. */
const MOST_KNOWN = 8;

const MACHINE: Waiting = { delay: systemClock.delay, random: Math.random };

/**
 * A run's log as an event store has it, for any number of writers: what it says is folded once and grows by what is new.
 */
export function storedRunLog({ events, artifacts }: StoresOfLog, waiting: Waiting = MACHINE): RunLog {
  const known = new Map<RunId, KnownRun>();

  /** The one used last stands last. */
  const knownRun = (runId: RunId): KnownRun => {
    const run = known.get(runId) ?? newRun(runId);
    known.delete(runId);
    known.set(runId, run);
    for (const [id, { appender }] of known) {
      if (known.size <= MOST_KNOWN) break;
      if (appender.isIdle()) known.delete(id);
    }
    return run;
  };
  const newRun = (runId: RunId): KnownRun => {
    const tail = logTail(events, runId);
    return { tail, appender: logAppender(events, runId, tail, waiting) };
  };
  const readOn = async (runId: RunId): Promise<LogTail> => {
    const { tail } = knownRun(runId);
    await tail.readOn();
    return tail;
  };

  return {
    async push(runId, batch, named = []) {
      await Promise.all(named.map(({ kind, bytes }) => artifacts.put(kind, bytes)));
      if (batch.length > 0) await knownRun(runId).appender.append(batch);
    },
    async view(runId, stateId) {
      const { seq, steps, resumedFrom } = (await readOn(runId)).record();
      const step = steps.get(stateId);
      return {
        seq,
        ...(step === undefined ? {} : { step: { ...step } }),
        ...(resumedFrom === undefined ? {} : { resumedFrom }),
      };
    },
    facts: async (runId) => [...(await readOn(runId)).record().facts],
    async run(runId) {
      const tail = await readOn(runId);
      return { record: tail.fork().record, head: tail.head() };
    },
  };
}
