import { describe, expect, it, vi } from "vitest";
import type { EventEnvelope, NewEvent } from "../../../shared/contracts/event.ts";
import { type ArtifactId, artifactRef, RunId, StateId } from "../../../shared/contracts/ids.ts";
import { RunFold } from "../../../shared/kernel/run/fold.ts";
import type { Waiting } from "../../../shared/kernel/run/log-appender.ts";
import { storedRunLog } from "../../../shared/kernel/run/stored-log.ts";
import { deferred } from "../../../shared/stores/changes.ts";
import { collect } from "../../../shared/stores/collect.ts";
import { canonicalHash, sha256 } from "../../../shared/stores/digest.ts";
import { createMemoryStores } from "../../../shared/stores/memory/open.ts";
import type { Json, Stores } from "../../../shared/stores/ports.ts";
import { manyWriters, oneAfterTheOther } from "../../lab/bench/many-writers.ts";
import { complete, enter, fact, place, type Row, RUN_ID, started, state, through } from "./events.ts";
import { virtualTime } from "./virtual-time.ts";

const runId = RunId.parse(RUN_ID);

function headOf(event: EventEnvelope) {
  return { seq: event.seq, prev: canonicalHash(event as unknown as Json) };
}

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

/** Waits that are over at once, and what they would have been. */
function noWaiting(random = () => 0.5) {
  const waits: number[] = [];
  return { waits, delay: async (milliseconds: number) => void waits.push(milliseconds), random };
}

/** A log whose store of events behaves otherwise. */
function logOver(stores: Stores, changed: Partial<Stores["events"]>, waiting: Waiting = noWaiting()) {
  return storedRunLog({ ...stores, events: { ...stores.events, ...changed } }, waiting);
}

/** A log whose calls of the store are noted: where each read begins, and the events of each append. */
function watchedLog(stores: Stores) {
  const reads: number[] = [];
  const appends: string[][] = [];
  const log = logOver(stores, {
    read(id, fromSeq = 1, toSeq) {
      reads.push(fromSeq);
      return stores.events.read(id, fromSeq, toSeq);
    },
    append(id, expectedSeq, events) {
      appends.push(events.map(({ name, payload }) => `${name} ${payload.state_id ?? ""}`.trim()));
      return stores.events.append(id, expectedSeq, events);
    },
  });
  return { log, reads, appends };
}

describe("a run's stored log", () => {
  it("is not copied for what is appended to it, but where that was refused", async () => {
    const { log } = await setUp(started(), ...through("intake"));
    await log.push(runId, batch(enter("lift.shard_0")));
    const copy = vi.spyOn(RunFold.prototype, "copy");
    try {
      for (let shard = 1; shard < 20; shard++) await log.push(runId, batch(enter(`lift.shard_${shard}`)));
      expect(copy).not.toHaveBeenCalled();
      await expect(log.push(runId, batch(complete("lift.shard_0"), enter("lift.shard_0")))).rejects.toMatchObject({
        name: "IllegalTransition",
      });
      expect(copy).toHaveBeenCalled();
    } finally {
      copy.mockRestore();
    }
    // Nothing of the refused batch is left.
    const { step } = await log.view(runId, StateId.parse(state("lift.shard_0")));
    expect(step?.state).toBe("running");
    await log.push(runId, batch(complete("lift.shard_0")));
  });

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
    ["in the end that other writers are always first", "ConcurrencyError", 1_001],
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

  it("makes the record of exactly the events before its head, and keeps it so", async () => {
    const { stores, log } = await setUp(started(), ...through("intake"));
    const run = await log.run(runId);
    const step = (await log.view(runId, StateId.parse(state("intake")))).step;
    await log.push(runId, batch(enter("plan")));
    expect([run.head.seq, run.record.seq, run.record.phase]).toEqual([3, 3, "preflight_validated"]);
    expect(run.head).toEqual((await collect(stores.events.read(runId))).map(headOf)[2]);
    expect(step).toMatchObject({ state: "succeeded", endedSeq: 3 });
    const later = await log.run(runId);
    expect(later.head).toEqual(await stores.events.head(runId));
    expect([later.record.seq, later.record.steps.get(state("plan"))?.state]).toEqual([4, "running"]);
  });

  it("reads only what is new, from the last event it knows", async () => {
    const { stores, log: other } = await setUp(started(), ...through("intake"));
    const { log, reads } = watchedLog(stores);
    await log.view(runId, StateId.parse(state("plan")));
    await other.push(runId, batch(enter("plan"), complete("plan")));
    await log.view(runId, StateId.parse(state("plan")));
    await log.push(runId, batch(enter("link")));
    await log.push(runId, batch(complete("link")));
    expect(await log.view(runId, StateId.parse(state("link")))).toMatchObject({ seq: 7, step: { state: "succeeded" } });
    expect(reads).toEqual([1, 3, 7]);
  });

  it("shares a read among those who ask at once, and shows each what was there when it asked", async () => {
    const { stores, log: other } = await setUp(started(), enter("intake"));
    const reads: number[] = [];
    const gate = deferred();
    const log = logOver(stores, {
      async *read(id, fromSeq = 1, toSeq) {
        reads.push(fromSeq);
        const found = await collect(stores.events.read(id, fromSeq, toSeq));
        await gate.promise;
        yield* found;
      },
    });
    const look = () => log.view(runId, StateId.parse(state("intake")));
    const early = look();
    await other.push(runId, batch(complete("intake")));
    const late = [look(), look(), look()];
    gate.resolve();
    expect((await early).seq).toBe(2);
    for (const view of await Promise.all(late)) expect(view).toMatchObject({ seq: 3, step: { state: "succeeded" } });
    expect(reads).toEqual([1, 2]);
  });

  it("puts what is pushed while it appends into the next append, in order", async () => {
    const { stores } = await setUp(started(), ...through("intake"));
    const { log, appends } = watchedLog(stores);
    const shards = Array.from({ length: 20 }, (_, shard) => `lift.shard_${shard}`);
    await Promise.all(
      shards.map(async (shard) => {
        await log.push(runId, batch(enter(shard)));
        await log.push(runId, batch(complete(shard)));
      }),
    );
    expect(appends).toEqual([
      shards.map((shard) => `state_entered ${state(shard)}`),
      shards.map((shard) => `state_completed ${state(shard)}`),
    ]);
  });

  it("lets no more than 99 events go together, and a larger batch alone", async () => {
    const { stores } = await setUp(started(), enter("intake"));
    const { log, appends } = watchedLog(stores);
    const facts = (count: number) => batch(...Array.from({ length: count }, () => fact("intake/clock/now", 9)));
    await Promise.all([60, 39, 1, 120, 2].map((count) => log.push(runId, facts(count))));
    expect(appends.map((names) => names.length)).toEqual([99, 1, 120, 2]);
  });

  it("refuses one of those that go together and none of the others", async () => {
    const { stores, seq } = await setUp(started(), ...through("intake"));
    const { log } = watchedLog(stores);
    const nameless = batch(enter("plan")).map((event) => ({ ...event, name: "Not A Name", kind: "domain" as const }));
    const ends = await Promise.allSettled([
      log.push(runId, batch(enter("lift.shard_0"))),
      log.push(runId, batch(enter("plan"), complete("plan"), complete("plan"))),
      log.push(runId, nameless),
      log.push(runId, batch(enter("lift.shard_1"))),
      log.push(runId, batch(enter("plan"))),
    ]);
    expect(ends.map((end) => (end.status === "rejected" ? end.reason.name : "stands"))).toEqual([
      ...["stands", "IllegalTransition", "InvalidInputError", "stands", "stands"],
    ]);
    expect(await seq()).toBe(6);
  });

  it("lets those behind one that was refused go together again", async () => {
    const { stores } = await setUp(started(), enter("intake"));
    const appended: number[] = [];
    const pushed: Promise<unknown>[] = [];
    const push = (...rows: Row[]) => void pushed.push(log.push(runId, batch(...rows)));
    const log = logOver(stores, {
      append(id, expectedSeq, events) {
        appended.push(events.length);
        // While the last of those goes alone that were refused together.
        if (appended.length === 4) for (let each = 0; each < 3; each++) push(fact("intake/clock/now", 9));
        return stores.events.append(id, expectedSeq, events);
      },
    });
    push({ ...enter("plan"), name: "Not A Name" });
    for (let each = 0; each < 2; each++) push(fact("intake/clock/now", 9));
    const ends = await Promise.allSettled(pushed).then(() => Promise.allSettled(pushed));
    expect(ends.map(({ status }) => status)).toEqual(["rejected", ...Array(5).fill("fulfilled")]);
    expect(appended).toEqual([3, 1, 1, 1, 3]);
  });

  it("allows what another writer has made legal since it looked", async () => {
    const { stores, log: other } = await setUp(started(), enter("intake"));
    const { log } = watchedLog(stores);
    await log.view(runId, StateId.parse(state("intake")));
    await other.push(runId, batch(complete("intake")));
    await log.push(runId, batch(enter("plan")));
    expect(await log.view(runId, StateId.parse(state("plan")))).toMatchObject({ seq: 4, step: { state: "running" } });
  });

  it("waits a random part of a bound that doubles, up to 100 ms", async () => {
    const { stores, log: other } = await setUp(started(), enter("intake"));
    const waiting = noWaiting(() => 0.75);
    let others = 6;
    const append: Stores["events"]["append"] = async (id, expectedSeq, events) => {
      if (others-- > 0) await other.push(id, batch(fact("intake/clock/now", 9)));
      return stores.events.append(id, expectedSeq, events);
    };
    const log = logOver(stores, { append }, waiting);
    await log.push(runId, batch(complete("intake")));
    expect(waiting.waits).toEqual([8, 16, 32, 64, 100, 100].map((bound) => 0.75 * bound));
    others = 1;
    await log.push(runId, batch(enter("plan")));
    expect(waiting.waits.at(-1), "from the start again").toBe(6);
  });

  it("forgets what it has read that its writer never acknowledged and that is gone", async () => {
    const { stores, log: other } = await setUp(started(), enter("intake"));
    const phantom: EventEnvelope[] = [];
    const log = logOver(stores, {
      async *read(id, fromSeq = 1, toSeq) {
        yield* stores.events.read(id, fromSeq, toSeq);
        yield* phantom;
      },
    });
    const look = () => log.view(runId, StateId.parse(state("intake")));
    phantom.push(place(complete("intake"), 3));
    expect(await look()).toMatchObject({ seq: 3, step: { state: "succeeded" } });
    phantom.pop();
    expect(await look(), "the log is shorter").toMatchObject({ seq: 2, step: { state: "running" } });
    phantom.push(place(complete("intake"), 3));
    await look();
    phantom.pop();
    await other.push(runId, batch(fact("intake/clock/now", 9)));
    expect(await look(), "something else stands in its place").toMatchObject({ seq: 3, step: { state: "running" } });
    phantom.push(place(complete("intake"), 4));
    await look();
    phantom.pop();
    await log.push(runId, batch(complete("intake")));
    expect((await stores.events.head(runId)).seq).toBe(4);
  });

  it("rejects all that waits when the log cannot be read, and goes on once it can", async () => {
    const { stores } = await setUp(started(), enter("intake"));
    let isAway = true;
    const log = logOver(stores, {
      read(...args) {
        if (isAway) throw new Error("away");
        return stores.events.read(...args);
      },
    });
    const pushed = [log.push(runId, batch(complete("intake"))), log.push(runId, batch(fact("intake/clock/now", 9)))];
    for (const end of await Promise.allSettled(pushed)) expect(end).toMatchObject({ reason: { message: "away" } });
    isAway = false;
    await log.push(runId, batch(complete("intake")));
    expect((await stores.events.head(runId)).seq).toBe(3);
  });

  it("keeps few runs in mind, and knows the others again by reading them", async () => {
    const { stores } = await setUp();
    const ids = Array.from({ length: 10 }, (_, n) => RunId.parse(RUN_ID.replace(/^../, n.toString().padStart(2, "0"))));
    const { log, reads } = watchedLog(stores);
    for (const id of ids) {
      await stores.runs.create(id, {});
      await log.push(id, batch(started(), enter("intake")));
    }
    reads.length = 0;
    for (const id of [...ids].reverse()) await log.view(id, StateId.parse(state("intake")));
    expect(reads, "eight runs were known").toEqual([2, 2, 2, 2, 2, 2, 2, 2, 1, 1]);
    expect((await log.view(ids[9]!, StateId.parse(state("intake")))).seq).toBe(2);
  });
});

describe("120 writers of one run, over a network", () => {
  it.each([
    ["in one process", 1],
    ["in a process each", 120],
  ])("are none of them refused, and do not wait long for each other: %s", async (_, processes) => {
    const alone = virtualTime();
    await alone.until(oneAfterTheOther(runId, { writers: 120, time: alone }));
    const time = virtualTime();
    const outcome = await time.until(manyWriters(runId, { writers: 120, processes, time }));
    expect(outcome.failures).toEqual([]);
    expect(time.now() / alone.now()).toBeLessThan(1.5);
  });
});
