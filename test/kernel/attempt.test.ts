import { describe, expect, it } from "vitest";
import { TransientIo } from "../../shared/kernel/errors.ts";
import { canonicalBytes } from "../../shared/stores/digest.ts";
import { compensated, enter, fail, state } from "./run/events.ts";
import { addOne, BEGUN, createTestRun, deferred } from "./support.ts";

describe("an attempt at a state", () => {
  it("answers with the stage's output", async () => {
    const { attempt } = await createTestRun();
    expect(await attempt(addOne(), { n: 1 })).toEqual({ sum: 2 });
  });

  it("records entry, the stage's own events, its counts and its end, in that order", async () => {
    const { attempt, events, names } = await createTestRun();
    const stage = addOne(({ emit }) => {
      emit({ name: "recomp.run.planned", payload: { functions: 3, shards: 1 } });
    });
    await attempt(stage, { n: 1 }, { attempt: 2 });
    expect(await names()).toEqual([
      "recomp.state.retried",
      "state_entered",
      "recomp.run.planned",
      "recomp.run.stage.completed",
      "state_completed",
    ]);
    const [retried, entered, , told, completed] = (await events()).slice(BEGUN.length);
    expect(retried?.payload).toEqual({ state_id: state("link"), attempt: 2 });
    expect(entered?.payload).toMatchObject({ state_id: state("link") });
    expect(told?.payload).toEqual({ stage: "link", counts: { sum: 2 } });
    expect(completed?.payload).toMatchObject({ state_id: state("link") });
    expect((await events()).slice(BEGUN.length).map(({ actor, attempt }) => [actor, attempt])).toEqual(
      Array(5).fill(["test", 2]),
    );
  });

  it("of a shard is one at the shard's own state", async () => {
    const { attempt, record, events } = await createTestRun();
    await attempt(addOne(undefined, { name: "lift" }), { n: 1 }, { shard: 4 });
    expect((await record()).steps.get(state("lift.shard_4"))?.state).toBe("succeeded");
    expect((await events()).at(-2)?.payload).toMatchObject({ stage: "lift", shard: 4 });
  });

  it("keeps input and output as snapshots in canonical JSON, which the events name", async () => {
    const { attempt, events, stores } = await createTestRun();
    await attempt(
      addOne(() => ({ sum: 2, note: "b" })),
      { n: 1 },
    );
    const [entered, , completed] = (await events()).slice(BEGUN.length);
    const bytes = async (ref: unknown) => Buffer.from(await stores.artifacts.get(ref as never));
    expect(await bytes(entered?.payload.base_snapshot)).toEqual(Buffer.from(canonicalBytes({ n: 1 })));
    expect((await bytes(completed?.payload.context_snapshot)).toString()).toBe('{"note":"b","sum":2}');
    expect((await stores.artifacts.stat(entered?.payload.base_snapshot as never))?.kinds).toEqual(["context_snapshot"]);
  });

  it("says nothing of a task token", async () => {
    const { attempt, events, memory } = await createTestRun();
    await attempt(addOne(), { n: 1 }, { task_token: "the-token" });
    expect(JSON.stringify(await events())).not.toContain("the-token");
    for (const { bytes } of memory.artifacts.values()) expect(Buffer.from(bytes).toString()).not.toContain("the-token");
  });

  it("logs its steps, with run, stage, shard and attempt on every line", async () => {
    const { attempt, lines } = await createTestRun();
    const lift = addOne(undefined, { name: "lift" });
    await attempt(lift, { n: 1 }, { shard: 1, attempt: 2 });
    await attempt(lift, { n: 1 }, { shard: 1, attempt: 2 });
    expect(lines.map(({ message }) => message)).toEqual([
      "state entered",
      "stage ran",
      "state completed",
      "state completed before, its output read back",
    ]);
    for (const { fields } of lines) expect(fields).toMatchObject({ stage: "lift", shard: 1, attempt: 2 });
  });
});

describe("a state that has completed", () => {
  it("is not run again: its output is read back, and nothing is recorded", async () => {
    const { attempt, events } = await createTestRun();
    let runs = 0;
    const stage = addOne(() => {
      runs++;
    });
    const first = await attempt(stage, { n: 1 });
    const before = await events();
    expect(await attempt(stage, { n: 1 })).toEqual(first);
    expect(await attempt(stage, { n: 1 }, { attempt: 1 })).toEqual(first);
    expect(runs).toBe(1);
    expect(await events()).toEqual(before);
  });

  it("is read back also when it was taken back since", async () => {
    const { attempt, push, names } = await createTestRun();
    await attempt(addOne(), { n: 1 });
    await push(compensated("link"));
    expect(await attempt(addOne(), { n: 1 })).toEqual({ sum: 2 });
    expect((await names()).filter((name) => name === "state_entered")).toHaveLength(1);
  });

  it("is not entered with another input: what was recorded stays", async () => {
    const { attempt, events } = await createTestRun();
    await attempt(addOne(), { n: 1 });
    const before = await events();
    await expect(attempt(addOne(), { n: 2 })).rejects.toMatchObject({ name: "IllegalTransition" });
    expect(await events()).toEqual(before);
  });

  it("is one whose shard it is", async () => {
    const { attempt, names } = await createTestRun();
    const lift = addOne(undefined, { name: "lift" });
    await attempt(lift, { n: 1 }, { shard: 0 });
    await attempt(lift, { n: 1 }, { shard: 1 });
    expect((await names()).filter((name) => name === "state_completed")).toHaveLength(2);
  });
});

describe("a state that a process died in", () => {
  it("is entered again and runs to its end", async () => {
    const { attempt, push, record } = await createTestRun();
    await push(enter("link"));
    expect(await attempt(addOne(), { n: 1 })).toEqual({ sum: 2 });
    expect((await record()).steps.get(state("link"))).toMatchObject({ state: "succeeded", entries: 2, attempt: 0 });
  });

  it("runs again too when its failure was recorded, but nobody acted on it", async () => {
    const { attempt, push, record } = await createTestRun();
    await push(enter("link"), fail("link"));
    await attempt(addOne(), { n: 1 });
    expect((await record()).steps.get(state("link"))).toMatchObject({ state: "succeeded", entries: 2 });
  });
});

describe("the contract of a stage", () => {
  it("refuses an input, naming the field, before the stage sees it", async () => {
    const { attempt, names } = await createTestRun();
    let isRun = false;
    const stage = addOne(() => {
      isRun = true;
    });
    await expect(attempt(stage, { m: 1 })).rejects.toThrow(/input of stage link: .*field n: .*found nothing/);
    expect(isRun).toBe(false);
    expect(await names()).toEqual(["state_entered", "state_failed"]);
  });

  it("refuses an output, and the stage has failed", async () => {
    const { attempt, names } = await createTestRun();
    const stage = addOne(({ emit }) => {
      emit({ name: "recomp.run.planned", payload: { functions: 3, shards: 1 } });
      return { sum: "much" };
    });
    await expect(attempt(stage, { n: 1 })).rejects.toThrow(/output of stage link: field sum: .*found "much"/);
    expect(await names()).toEqual(["state_entered", "state_failed"]);
  });

  it.each([
    ["an attempt below 0", { attempt: -1 }],
    ["no run", { run_id: "mine" }],
    ["a config that is no artifact", { config: "config.json" }],
    ["a field nobody knows", { shards: 1 }],
  ])("refuses a call with %s, and records nothing", async (_name, change) => {
    const { attempt, names } = await createTestRun();
    await expect(attempt(addOne(), { n: 1 }, change)).rejects.toMatchObject({
      name: "ValidationFailed",
      message: expect.stringMatching(/^stage call: (field|the document)/),
    });
    expect(await names()).toEqual([]);
  });
});

describe("the entry of a state", () => {
  /** A log that is slow to take the entry. */
  async function slowRun() {
    const run = await createTestRun();
    const entry = deferred();
    const asked = deferred();
    const { push } = run.world.log;
    const log = {
      ...run.world.log,
      async push(...args: Parameters<typeof push>) {
        if (args[1][0]?.name === "state_entered") {
          asked.resolve();
          await entry.promise;
        }
        return push(...args);
      },
    };
    Object.assign(run.world, { log });
    return { ...run, entry, asked };
  }

  it("is not waited for by a stage that changes nothing outside, whose end waits for it", async () => {
    const { attempt, entry, names } = await slowRun();
    const ran = deferred();
    const ending = attempt(
      addOne(() => ran.resolve()),
      { n: 1 },
    );
    await ran.promise;
    expect(await names()).toEqual([]);
    entry.resolve();
    await ending;
    expect(await names()).toEqual(["state_entered", "recomp.run.stage.completed", "state_completed"]);
  });

  it("is written before a stage changes anything outside", async () => {
    const { attempt, entry, asked, names } = await slowRun();
    let seen: string[] = [];
    const stage = addOne(
      async () => {
        seen = await names();
      },
      { meta: { sideEffects: "apply_side_effect" } },
    );
    const ending = attempt(stage, { n: 1 });
    await asked.promise;
    entry.resolve();
    await ending;
    expect(seen).toEqual(["state_entered"]);
  });

  it("stands before all that the stage records, and before its failure, however soon that comes", async () => {
    const { attempt, entry, asked, names } = await slowRun();
    const stage = addOne(async ({ record }) => {
      const recorded = record({ name: "recomp.artifact.quarantined", payload: { what: "bundle", reason: "its hash" } });
      recorded.catch(() => {});
      throw new TransientIo("the disk is away");
    });
    const ending = attempt(stage, { n: 1 });
    ending.catch(() => {});
    await asked.promise;
    entry.resolve();
    await expect(ending).rejects.toMatchObject({ name: "TransientIo" });
    expect(await names()).toEqual(["state_entered", "recomp.artifact.quarantined", "state_failed"]);
  });

  it("that fails while the stage is still at work is heard when the stage is done", async () => {
    const { attempt, entry, asked, names } = await slowRun();
    const stage = addOne(async () => {
      await asked.promise;
      entry.reject(new TransientIo("the log is away"));
      // Time enough for a rejection that nobody handles to end the process.
      await new Promise(setImmediate);
      await new Promise(setImmediate);
    });
    await expect(attempt(stage, { n: 1 })).rejects.toThrow("the log is away");
    expect(await names()).toEqual([]);
  });

  it("that fails fails the attempt with what it failed with", async () => {
    const { attempt, entry, asked, names, lines } = await slowRun();
    const ending = attempt(addOne(), { n: 1 });
    ending.catch(() => {});
    await asked.promise;
    entry.reject(new TransientIo("the log is away"));
    await expect(ending).rejects.toThrow("the log is away");
    expect(await names()).toEqual([]);
    expect(lines.map(({ message }) => message)).toContain("failure not recorded");
  });
});
