import { describe, expect, it } from "vitest";
import { RunId, StateId } from "../../shared/contracts/ids.ts";
import { followLog } from "../../shared/local/followed-log.ts";
import { createMemoryStores } from "../../shared/stores/memory/open.ts";
import type { Stores } from "../../shared/stores/ports.ts";
import { complete, enter, fact, place, type Row, RUN_ID, started, state, through } from "../kernel/run/events.ts";
import { deferred } from "../kernel/support.ts";

const runId = RunId.parse(RUN_ID);
const intake = StateId.parse(state("intake"));
const document = (text: string) => ({ kind: "context_snapshot", bytes: Buffer.from(text) }) as const;

function batch(...rows: readonly Row[]) {
  return rows.map((row) => {
    const { run_id: _run, seq: _seq, event_id: _id, prev: _prev, ...event } = place(row, 1);
    return event;
  });
}

/** A log that says what was stored, appended and told, in order; a gate holds back the step of its name. */
async function setUp({
  gates = {},
  begun = [],
}: {
  gates?: Readonly<Record<string, Promise<void>>>;
  begun?: readonly Row[];
} = {}) {
  const memory = createMemoryStores();
  await memory.runs.create(runId, {});
  if (begun.length > 0) await memory.events.append(runId, 0, batch(...begun));
  const did: string[] = [];
  const failures: unknown[] = [];
  const step = async (what: string) => {
    await gates[what];
    did.push(what);
  };
  let appends: Promise<unknown> = Promise.resolve();
  let reads = 0;
  const stores: Pick<Stores, "events" | "artifacts"> = {
    events: {
      ...memory.events,
      read(...range) {
        reads += 1;
        return memory.events.read(...range);
      },
      // As a store on disk does: in the order they were asked for, and none behind one that failed.
      append(id, seq, events) {
        const appended = appends
          .then(() => step(`append ${events.map(({ name }) => name).join(" ")}`))
          .then(() => memory.events.append(id, seq, events));
        appends = appended;
        return appended;
      },
    },
    artifacts: {
      ...memory.artifacts,
      async put(kind, bytes) {
        await step(`store ${Buffer.from(bytes)}`);
        return memory.artifacts.put(kind, bytes);
      },
    },
  };
  const log = await followLog(stores, runId, {
    onEvent: ({ name }) => did.push(`told ${name}`),
    onMilestone: () => did.push("milestone"),
    onFailure: (error) => failures.push(error),
  });
  return { log, did, failures, reads: () => reads, seq: async () => (await memory.events.head(runId)).seq };
}

const turns = () => new Promise((resolve) => setImmediate(resolve));

describe("a followed log", () => {
  it("keeps who enqueues waiting for no disk, and says what it took in at once", async () => {
    const disk = deferred();
    const { log, did } = await setUp({ begun: [started()], gates: { "append state_entered": disk.promise } });
    await log.enqueue(runId, batch(enter("intake")));
    expect(await log.view(runId, intake)).toMatchObject({ seq: 2, step: { state: "running" } });
    expect(did).toEqual([]);
    disk.resolve();
    await log.settled();
    expect(did).toEqual(["append state_entered", "told state_entered"]);
  });

  it("keeps who pushes waiting until it is durable, and all that came before", async () => {
    const disk = deferred();
    const { log, did } = await setUp({ begun: [started()], gates: { "append state_entered": disk.promise } });
    await log.enqueue(runId, batch(enter("intake")));
    const pushed = log.push(runId, batch(fact("intake/clock/now", 9))).then(() => did.push("pushed"));
    await turns();
    expect(did).not.toContain("pushed");
    disk.resolve();
    await pushed;
    expect(did.filter((what) => !what.startsWith("append"))).toEqual([
      "told state_entered",
      "told fact_recorded",
      "pushed",
    ]);
  });

  it("appends behind what the events name, and in order, however long that takes to store", async () => {
    const disk = deferred();
    const { log, did } = await setUp({ begun: [started()], gates: { 'store "slow"': disk.promise } });
    await log.enqueue(runId, batch(enter("intake")), [document('"slow"')]);
    await log.enqueue(runId, batch(complete("intake")), [document('"quick"')]);
    await turns();
    expect(did).toEqual(['store "quick"']);
    disk.resolve();
    await log.settled();
    expect(did.slice(1)).toEqual([
      'store "slow"',
      "append state_entered",
      "append state_completed",
      "told state_entered",
      "told state_completed",
      "milestone",
    ]);
  });

  it("refuses what the run's state machine does not allow, whole, and goes on as if it had not been asked", async () => {
    const { log, did, failures, seq } = await setUp({ begun: [started(), ...through("intake")] });
    const refused = log.enqueue(runId, batch(enter("plan"), complete("plan"), complete("plan")));
    const next = log.enqueue(runId, batch(enter("plan")));
    await expect(refused).rejects.toMatchObject({ name: "IllegalTransition" });
    await next;
    await log.settled();
    expect(did).toEqual(["append state_entered", "told state_entered"]);
    expect([await seq(), log.record().seq]).toEqual([4, 4]);
    expect(failures).toEqual([]);
  });

  it("refuses in the middle of a batch without waiting for the disk, and without reading the log again", async () => {
    const disk = deferred();
    const { log, reads } = await setUp({ begun: [started()], gates: { "append state_entered": disk.promise } });
    await log.enqueue(runId, batch(enter("intake")));
    for (let time = 0; time < 3; time++) {
      const refused = log.enqueue(runId, batch(complete("intake"), complete("intake")));
      await expect(refused).rejects.toMatchObject({ name: "IllegalTransition" });
    }
    expect([reads(), log.record().seq]).toEqual([1, 2]);
    disk.resolve();
    await log.push(runId, batch(complete("intake")));
    expect(log.record().steps.get(intake)).toMatchObject({ state: "succeeded" });
  });

  it.each([
    ["an append", "append state_entered"],
    ["a document", 'store "a"'],
  ])("appends nothing more when %s fails, and says so", async (_what, broken) => {
    const disk = deferred();
    const { log, did, failures, seq } = await setUp({ begun: [started()], gates: { [broken]: disk.promise } });
    const away = new Error("the disk is away");
    await log.enqueue(runId, batch(enter("intake")), [document('"a"')]);
    await log.enqueue(runId, batch(complete("intake")));
    const pushed = log.push(runId, batch(enter("plan")));
    pushed.catch(() => {});
    await turns();
    disk.reject(away);
    await expect(pushed).rejects.toThrow();
    await expect(log.settled()).rejects.toThrow();
    expect(failures[0]).toBe(away);
    expect(did.filter((what) => what.startsWith("told"))).toEqual([]);
    expect(await seq()).toBe(1);
  });

  it("keeps who enqueues waiting after all when hundreds of batches wait for the disk", async () => {
    const disk = deferred();
    const { log } = await setUp({
      begun: [started(), enter("intake")],
      gates: { "append fact_recorded": disk.promise },
    });
    let taken = 0;
    const all = Array.from({ length: 300 }, () =>
      log.enqueue(runId, batch(fact("intake/clock/now", 9))).then(() => taken++),
    );
    await turns();
    expect(taken).toBe(256);
    disk.resolve();
    await Promise.all(all);
    await log.settled();
    expect(log.record().seq).toBe(302);
  });

  it("shows a state that has completed when its snapshot can be read", async () => {
    const disk = deferred();
    const { log, did } = await setUp({ begun: [started(), enter("intake")], gates: { 'store "a"': disk.promise } });
    await log.enqueue(runId, batch(complete("intake")), [document('"a"')]);
    const viewed = log.view(runId, intake).then(({ step }) => did.push(`viewed ${step?.state}`));
    await turns();
    expect(did).toEqual([]);
    disk.resolve();
    await viewed;
    expect(did.slice(0, 2)).toEqual(['store "a"', "append state_completed"]);
    expect(did).toContain("viewed succeeded");
  });
});
