import { describe, expect, it } from "vitest";
import type { NewEvent } from "../../../shared/contracts/event.ts";
import { type ArtifactId, artifactRef, RunId, StateId } from "../../../shared/contracts/ids.ts";
import { storedRunLog } from "../../../shared/kernel/run/stored-log.ts";
import { sha256 } from "../../../shared/stores/digest.ts";
import { createMemoryStores } from "../../../shared/stores/memory/index.ts";
import type { Stores } from "../../../shared/stores/ports.ts";
import { complete, enter, fact, place, type Row, RUN_ID, started, state, through } from "./events.ts";

const runId = RunId.parse(RUN_ID);

function batch(...rows: readonly Row[]): NewEvent[] {
  return rows.map((row) => {
    const { run_id: _run, seq: _seq, event_id: _id, prev: _prev, ...event } = place(row, 1);
    return event;
  });
}

async function setUp(...rows: readonly Row[]) {
  const stores = createMemoryStores();
  await stores.runs.create(runId, {});
  const log = storedRunLog(stores);
  if (rows.length > 0) await log.push(runId, batch(...rows));
  return { stores, log, seq: async () => (await stores.events.head(runId)).seq };
}

/** A log whose store of events behaves otherwise. */
function logOver(stores: Stores, changed: Partial<Stores["events"]>) {
  return storedRunLog({ ...stores, events: { ...stores.events, ...changed } });
}

describe("a run's stored log", () => {
  it("shows a state, and where the log ends", async () => {
    const { log } = await setUp(started(), enter("intake"));
    expect(await log.view(runId, StateId.parse(state("intake")))).toMatchObject({ seq: 2, step: { state: "running" } });
    expect(await log.view(runId, StateId.parse(state("other")))).toEqual({ seq: 2 });
  });

  it("shows the facts", async () => {
    const { log } = await setUp(started(), enter("intake"), fact("intake/clock/now", 9));
    expect(await log.facts(runId)).toMatchObject([{ key: "intake/clock/now", attempt: 0 }]);
  });

  it("refuses what the run's state machine does not allow, whole, before it is in the log", async () => {
    const { log, seq } = await setUp(started(), ...through("intake"));
    await expect(log.push(runId, batch(enter("plan"), complete("plan"), complete("plan")))).rejects.toMatchObject({
      name: "IllegalTransition",
      details: { seq: 6 },
    });
    expect(await seq()).toBe(3);
    await log.push(runId, batch(enter("plan"), complete("plan")));
    expect(await seq()).toBe(5);
  });

  it("stores the documents that events name before the events", async () => {
    const { stores, log } = await setUp(started());
    const stored: number[] = [];
    const artifacts: Pick<Stores["artifacts"], "put"> = {
      async put(kind, bytes) {
        stored.push((await stores.events.head(runId)).seq);
        return stores.artifacts.put(kind, bytes);
      },
    };
    const named = [{ kind: "context_snapshot", bytes: Buffer.from("{}") }] as const;
    await storedRunLog({ ...stores, artifacts }).push(runId, batch(enter("intake")), named);
    expect(stored).toEqual([1]);
    await log.push(runId, batch(complete("intake")), named);
    expect((await stores.artifacts.stat(artifactRef(sha256(Buffer.from("{}")) as ArtifactId)))?.kinds).toEqual([
      "context_snapshot",
    ]);
  });

  it("goes behind another writer who was first, however often", async () => {
    const { stores, log } = await setUp(started(), enter("intake"));
    let others = 3;
    const slow = logOver(stores, {
      async append(id, expectedSeq, events) {
        if (others-- > 0) await log.push(id, batch(fact("intake/clock/now", 9)));
        return stores.events.append(id, expectedSeq, events);
      },
    });
    await slow.push(runId, batch(complete("intake")));
    const names: string[] = [];
    for await (const event of stores.events.read(runId)) names.push(event.name);
    expect(names.slice(2)).toEqual(["fact_recorded", "fact_recorded", "fact_recorded", "state_completed"]);
  });

  it("looks again at what is allowed when another writer was first: a call that came twice ends a state once", async () => {
    const { log, seq } = await setUp(started(), enter("intake"), enter("intake"));
    const ends = await Promise.allSettled([1, 2].map(() => log.push(runId, batch(complete("intake")))));
    expect(ends.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(ends.find(({ status }) => status === "rejected")).toMatchObject({ reason: { name: "IllegalTransition" } });
    expect(await seq()).toBe(4);
  });

  const failures: [string, string, tries: number][] = [
    ["at once what the store fails with", "NoSpaceError", 1],
    ["in the end that other writers are always first", "ConcurrencyError", 101],
  ];
  it.each(failures)("hands on %s", async (_what, name, tries) => {
    const { stores } = await setUp(started());
    const failure = Object.assign(new Error("no"), { name });
    let tried = 0;
    const log = logOver(stores, {
      append: () => {
        tried++;
        return Promise.reject(failure);
      },
    });
    await expect(log.push(runId, batch(enter("intake")))).rejects.toBe(failure);
    expect(tried).toBe(tries);
  });

  it("makes the record of exactly the events before its head", async () => {
    const { stores, log } = await setUp(started(), ...through("intake"));
    const { head } = stores.events;
    let isLate = false;
    // Another writer comes between the look at the head and the reading.
    const slow = logOver(stores, {
      async head(id) {
        const before = await head(id);
        if (!isLate) await log.push(id, batch(enter("plan")));
        isLate = true;
        return before;
      },
    });
    const run = await slow.run(runId);
    expect([run.head.seq, run.record.seq, run.record.phase]).toEqual([3, 3, "preflight_validated"]);
  });
});
