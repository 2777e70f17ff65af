import type { NewEvent } from "../../../shared/contracts/event.ts";
import { FollowedPayloads } from "../../../shared/contracts/event-payloads.ts";
import type { FactIndexEntry } from "../../../shared/contracts/facts.ts";
import { PrincipalId, RunId } from "../../../shared/contracts/ids.ts";
import { createIoProvider, type IoProvider, type IoProviderOptions } from "../../../shared/kernel/io/provider.ts";
import type { Transports } from "../../../shared/kernel/io/transports.ts";
import type { Recorder } from "../../../shared/kernel/recorder.ts";
import { createMemoryStores } from "../../../shared/stores/memory/open.ts";
import type { Stores } from "../../../shared/stores/ports.ts";

const RUN_ID = RunId.parse("6f0a3f0e-6f3b-4d0e-9a52-5b1b7f6f2c11");
const ACTOR = PrincipalId.parse("test");
const SCOPE = "lift.shard_3";

/** A clock on which every reading is a second after the one before. */
export function tickingClock(): { now(): Date } {
  let seconds = 0;
  return { now: () => new Date(Date.UTC(2030, 0, 1, 0, 0, seconds++)) };
}

/** Transports that must not even be looked at. */
export const untouchable: Transports = new Proxy(
  {},
  {
    get: (_target, name) => {
      throw new Error(`a transport was touched: ${String(name)}`);
    },
    getOwnPropertyDescriptor: (_target, name) => {
      throw new Error(`a transport was touched: ${String(name)}`);
    },
    ownKeys: () => {
      throw new Error("the transports were listed");
    },
  },
);

export interface RecordedRun {
  readonly stores: Stores;
  facts(): Promise<FactIndexEntry[]>;
  recorder(attempt: number): Pick<Recorder, "record">;
  live(options: Partial<IoProviderOptions> & Pick<IoProviderOptions, "transports">): IoProvider;
  replay(options?: Partial<IoProviderOptions>): IoProvider;
}

/** A run in memory, whose facts are read from its log. */
export async function recordedRun(): Promise<RecordedRun> {
  const stores = createMemoryStores();
  await stores.runs.create(RUN_ID, {});
  const clock = tickingClock();
  const recorder = (attempt: number): Pick<Recorder, "record"> => ({
    async record(...statements) {
      const events = statements.map(({ kind, name, payload, payloadRef }): NewEvent => {
        const checked = FollowedPayloads.fact_recorded.parse(payload);
        const ref = payloadRef === undefined ? {} : { payload_ref: payloadRef };
        return { ts: clock.now().toISOString(), actor: ACTOR, attempt, kind, name, payload: checked, ...ref };
      });
      const { seq } = await stores.events.head(RUN_ID);
      await stores.events.append(RUN_ID, seq, events);
    },
  });
  const facts = async () => {
    const found: FactIndexEntry[] = [];
    for await (const { name, attempt, payload, payload_ref } of stores.events.read(RUN_ID)) {
      if (name !== "fact_recorded") continue;
      const { key, request_sha256, outcome } = payload;
      found.push({ key, attempt, request_sha256, outcome, payload: payload_ref } as FactIndexEntry);
    }
    return found;
  };
  const common = (attempt: number) => ({
    scope: SCOPE,
    attempt,
    facts,
    artifacts: stores.artifacts,
    missingFactRetryable: false,
  });
  return {
    stores,
    facts,
    recorder,
    live: ({ attempt = 0, ...options }) =>
      createIoProvider({ ...common(attempt), mode: "live", record: recorder(attempt).record, ...options }),
    replay: ({ attempt = 0, ...options } = {}) =>
      createIoProvider({
        ...common(attempt),
        mode: "replay",
        record: () => Promise.reject(new Error("a replay recorded something")),
        transports: untouchable,
        ...options,
      }),
  };
}

/** What a promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await promise;
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error("expected a rejection, found none");
}
