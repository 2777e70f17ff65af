import type { NewEvent } from "../../../shared/contracts/event.ts";
import { PrincipalId, type RunId, StateId } from "../../../shared/contracts/ids.ts";
import type { Waiting } from "../../../shared/kernel/run/log-appender.ts";
import { storedRunLog } from "../../../shared/kernel/run/stored-log.ts";
import { collect } from "../../../shared/stores/collect.ts";
import { openStores } from "../../../shared/stores/open.ts";
import type { EventStore, Stores } from "../../../shared/stores/ports.ts";

/** What the network adds to each call: half on the way there, half on the way back. Milliseconds. */
export const LATENCY = { read: 10, append: 8 };

export interface ManyWriters {
  readonly writers: number;
  /** Processes the writers are spread over: 1, or one each. */
  readonly processes: number;
  readonly time: Waiting;
}

export interface Outcome {
  readonly failures: readonly unknown[];
  /** Calls of the store, those that others were ahead of included. */
  readonly appends: number;
  readonly reads: number;
}

const actor = PrincipalId.parse("bench");
const REF = `artifact://${"a".repeat(64)}`;
const INTAKE = "run_lifecycle.intake.main";

/** Shards of one Map, each in a Lambda of its own or all in one process, which enter their states and complete them. */
export async function manyWriters(runId: RunId, { writers, processes, time }: ManyWriters): Promise<Outcome> {
  const stores = await openStores("memory:");
  await stores.runs.create(runId, {});
  await stores.events.append(runId, 0, [
    kernel("run_started", {
      op_id: "recompile",
      op_version: "1",
      state_machine_sha256: "b".repeat(64),
      failure_branch: "run_lifecycle.record_failure.main",
      manifest: REF,
      initial_snapshot: REF,
      plan: REF,
      states: [INTAKE, "run_lifecycle.lift.shard"],
      skipped: {},
    }),
    entered(INTAKE),
    completed(INTAKE),
  ]);
  const calls = { appends: 0, reads: 0 };
  const logs = Array.from({ length: processes }, () => storedRunLog(slowed(stores, time, calls), time));
  const failures: unknown[] = [];
  const write = async (shard: number): Promise<void> => {
    const log = logs[shard % processes];
    const state = `run_lifecycle.lift.shard_${shard}`;
    await log?.view(runId, StateId.parse(state));
    await log?.push(runId, [entered(state)]);
    await log?.push(runId, [completed(state)]);
  };
  await Promise.all(Array.from({ length: writers }, (_, shard) => write(shard).catch((error) => failures.push(error))));
  const { entries } = await stores.events.verifyChain(runId);
  const expected = 3 + 2 * (writers - failures.length);
  if (failures.length === 0 && entries !== expected) throw new Error(`expected ${expected} events, found ${entries}`);
  return { failures, ...calls };
}

/** The same events by one writer alone, each append waited for. */
export async function oneAfterTheOther(runId: RunId, { writers, time }: Omit<ManyWriters, "processes">): Promise<void> {
  const stores = await openStores("memory:");
  await stores.runs.create(runId, {});
  const { events } = slowed(stores, time, { appends: 0, reads: 0 });
  for (let shard = 0; shard < writers; shard++) {
    const state = `run_lifecycle.lift.shard_${shard}`;
    await events.append(runId, 2 * shard, [entered(state)]);
    await events.append(runId, 2 * shard + 1, [completed(state)]);
  }
}

function slowed(
  { events, artifacts }: Stores,
  { delay }: Pick<Waiting, "delay">,
  calls: { appends: number; reads: number },
): { readonly events: Pick<EventStore, "append" | "read">; readonly artifacts: Stores["artifacts"] } {
  const distant = async <T>(latency: number, call: () => T | Promise<T>): Promise<T> => {
    await delay(latency / 2);
    const answer = await Promise.allSettled([Promise.resolve().then(call)]);
    await delay(latency / 2);
    if (answer[0].status === "rejected") throw answer[0].reason;
    return answer[0].value;
  };
  return {
    artifacts,
    events: {
      append(...args) {
        calls.appends++;
        return distant(LATENCY.append, () => events.append(...args));
      },
      async *read(...args) {
        calls.reads++;
        yield* await distant(LATENCY.read, () => collect(events.read(...args)));
      },
    },
  };
}

function kernel(name: string, payload: NewEvent["payload"]): NewEvent {
  return { ts: "2026-01-01T00:00:00.000Z", actor, attempt: 0, kind: "kernel", name, payload };
}

const entered = (state: string) => kernel("state_entered", { state_id: state, base_snapshot: REF });
const completed = (state: string) => kernel("state_completed", { state_id: state, context_snapshot: REF });
