import { describe, expect, it } from "vitest";
import { type ArtifactRef, RunId } from "../../shared/contracts/ids.ts";
import type { Stage } from "../../shared/kernel/stage.ts";
import type { World } from "../../shared/kernel/world.ts";
import { publish } from "../../shared/stages/publish.ts";
import { recordFailure } from "../../shared/stages/record-failure.ts";
import { CHILD_ID, state } from "../kernel/run/events.ts";
import { createTestRun, deferred, manualTimer, settled } from "../kernel/support.ts";
import { BEFORE_PUBLISH, putBundle } from "./support.ts";

const publishing = publish as unknown as Stage;
const failing = recordFailure as unknown as Stage;
const otherRun = RunId.parse(CHILD_ID);
const FAILURE = { error: { Error: "TransientIo", Cause: JSON.stringify({ errorMessage: "the disk is away" }) } };
type Publish = World["publications"]["publish"];

async function setUp() {
  const run = await createTestRun({ begun: BEFORE_PUBLISH });
  const { bundle, index } = await putBundle(run.stores.artifacts);
  const { publications } = run.stores;
  return {
    run,
    bundle,
    index,
    publishAs: (claimant: RunId) => publications.publish(bundle, index.files, claimant),
    isPublic: async () => (await publications.find(bundle)) !== undefined,
    attempt: (change = {}) => run.attempt(publishing, { bundle }, change),
    /** Lets what happens around a publication happen. */
    around(act: (real: () => ReturnType<Publish>) => ReturnType<Publish>) {
      const around: Publish = (...args) => act(() => publications.publish(...args));
      Object.assign(run.world, { publications: { ...publications, publish: around } });
    },
    fail: () => run.attempt(failing, FAILURE) as Promise<{ state: string; compensated: number }>,
  };
}

describe("publishing", () => {
  it("makes the bundle available, with all its files", async () => {
    const { attempt, isPublic, run, bundle } = await setUp();
    expect(await attempt()).toEqual({ bundle });
    expect(await isPublic()).toBe(true);
    expect((await run.record()).steps.get(state("publish"))?.state).toBe("succeeded");
  });

  it("is entered in the log before anything is public", async () => {
    const { attempt, around, run, isPublic } = await setUp();
    const seen: unknown[] = [];
    around(async (real) => {
      seen.push((await run.record()).steps.get(state("publish"))?.state, await isPublic());
      return real();
    });
    await attempt();
    expect(seen).toEqual(["running", false]);
  });

  it("makes nothing public once its attempt is over", async () => {
    const { run, bundle, isPublic } = await setUp();
    const timer = manualTimer();
    const read = deferred();
    const { get } = run.world.artifacts;
    const artifacts = {
      ...run.world.artifacts,
      get: async (ref: ArtifactRef) => {
        if (ref === bundle) await read.promise;
        return get(ref);
      },
    };
    Object.assign(run.world, { artifacts, timer });
    const late = run.attempt(publishing, { bundle }, {}, { deadline: 10 });
    late.catch(() => {});
    await settled();
    timer.advance(10);
    await expect(late).rejects.toMatchObject({ name: "AttemptTimedOut" });
    read.resolve();
    await settled();
    expect(await isPublic()).toBe(false);
  });

  it("refuses a bundle that is none", async () => {
    const { run, index, isPublic } = await setUp();
    const bundle = index.files[0]!.artifact;
    await expect(run.attempt(publishing, { bundle })).rejects.toMatchObject({ name: "ContractInputMissing" });
    expect(await isPublic()).toBe(false);
  });

  it("fails where a file of the bundle is damaged, and nothing is public", async () => {
    const { attempt, run, index, isPublic } = await setUp();
    run.memory.artifacts.get(index.files[1]!.artifact)!.bytes = Buffer.from("broken");
    await expect(attempt()).rejects.toMatchObject({ name: "CorruptionError" });
    expect(await run.names()).toContain("recomp.artifact.quarantined");
    expect(await isPublic()).toBe(false);
  });
});

describe("a publication that is entered again", () => {
  type Set = Awaited<ReturnType<typeof setUp>>;
  /** Times that the store was told to publish. */
  const counted = ({ around }: Set) => {
    const effects: string[] = [];
    around((real) => {
      effects.push("published");
      return real();
    });
    return effects;
  };
  /** What a process leaves that died before it could say that it had published. */
  const dieAfterPublishing = async ({ run, attempt, around }: Set) => {
    Object.assign(run.world, { log: { ...run.world.log } });
    const { push } = run.world.log;
    around(async (real) => {
      const done = await real();
      Object.assign(run.world.log, { push: () => Promise.reject(new Error("the process is gone")) });
      return done;
    });
    await expect(attempt()).rejects.toThrow("the process is gone");
    Object.assign(run.world.log, { push });
  };

  it("carries the bundle as its key, in the log and in the record", async () => {
    const { run, bundle, attempt } = await setUp();
    await attempt();
    const entry = (await run.events()).find(({ name, seq }) => name === "state_entered" && seq > BEFORE_PUBLISH.length);
    expect(entry?.payload).toMatchObject({ state_id: state("publish"), idempotency_key: bundle });
    expect((await run.record()).steps.get(state("publish"))?.idempotencyKey).toBe(bundle);
  });

  it("sees that it is done, and does not do it twice", async () => {
    const set = await setUp();
    await dieAfterPublishing(set);
    const effects = counted(set);
    expect(await set.attempt()).toEqual({ bundle: set.bundle });
    expect(effects).toEqual([]);
    expect((await set.run.record()).steps.get(state("publish"))).toMatchObject({ state: "succeeded", entries: 2 });
    expect(await set.isPublic()).toBe(true);
  });

  it("does it where the run was entered and came to nothing", async () => {
    const set = await setUp();
    set.around(() => Promise.reject(new Error("refused at the door")));
    await expect(set.attempt()).rejects.toThrow("refused at the door");
    const effects = counted(set);
    await set.attempt({ attempt: 1 });
    expect(effects).toEqual(["published"]);
    expect(await set.isPublic()).toBe(true);
  });

  it("stands behind a bundle that only another run had published", async () => {
    const set = await setUp();
    set.around(() => Promise.reject(new Error("refused at the door")));
    await expect(set.attempt()).rejects.toThrow("refused at the door");
    await set.publishAs(otherRun);
    const effects = counted(set);
    await set.attempt({ attempt: 1 });
    expect(effects).toEqual(["published"]);
    await set.run.stores.publications.withdraw(set.bundle, otherRun, "its run failed");
    expect(await set.isPublic()).toBe(true);
  });

  it("is refused under another key, and what is there stays as it was", async () => {
    const set = await setUp();
    await dieAfterPublishing(set);
    const { bundle: other } = await putBundle(set.run.stores.artifacts, "other");
    const effects = counted(set);
    await expect(set.run.attempt(publishing, { bundle: other })).rejects.toMatchObject({
      name: "IdempotencyKeyChanged",
      retryable: false,
      details: { state_id: state("publish"), before: set.bundle, now: other },
    });
    expect(effects).toEqual([]);
    expect(await set.run.stores.publications.find(other)).toBeUndefined();
    expect((await set.run.record()).steps.get(state("publish"))).toMatchObject({
      idempotencyKey: set.bundle,
      entries: 1,
    });
    expect(await set.fail()).toMatchObject({ state: "rolled_back", compensated: 1 });
    expect(await set.isPublic()).toBe(false);
  });

  it("is taken back under the key that the log has", async () => {
    const { run, bundle, publishAs, fail, isPublic } = await setUp();
    const { bundle: other } = await putBundle(run.stores.artifacts, "other");
    const base = await run.stores.artifacts.put("context_snapshot", Buffer.from(JSON.stringify({ bundle: other })));
    const payload = { state_id: state("publish"), base_snapshot: base, idempotency_key: bundle };
    await run.push({ name: "state_entered", payload });
    await publishAs(RunId.parse((await run.events())[0]!.run_id));
    expect(await fail()).toMatchObject({ state: "rolled_back" });
    expect(await isPublic()).toBe(false);
  });
});

describe("a run that fails behind its publication", () => {
  it("withdraws the bundle, says why, and is rolled back", async () => {
    const { run, bundle, attempt, fail, isPublic } = await setUp();
    await attempt();
    expect(await fail()).toMatchObject({ state: "rolled_back", compensated: 1, not_compensated: 0 });
    expect(await isPublic()).toBe(false);
    expect([...run.memory.quarantined.values()]).toMatchObject([
      { ref: bundle, why: expect.stringMatching(/^run 6f0a3f0e-.* failed after it published this bundle$/) },
    ]);
    const failure = { error: "TransientIo", cause: "the disk is away" };
    expect(await run.record()).toMatchObject({ phase: "rolled_back", failure });
  });

  it("leaves a bundle that an earlier run published", async () => {
    const { publishAs, attempt, fail, isPublic } = await setUp();
    await publishAs(otherRun);
    await attempt();
    expect(await fail()).toMatchObject({ state: "rolled_back" });
    expect(await isPublic()).toBe(true);
  });

  it("leaves a bundle that another run published meanwhile", async () => {
    const { publishAs, attempt, fail, isPublic } = await setUp();
    await attempt();
    await publishAs(otherRun);
    await fail();
    expect(await isPublic()).toBe(true);
  });

  it("leaves a bundle that it never came to publish itself", async () => {
    const { publishAs, attempt, around, fail, isPublic } = await setUp();
    await publishAs(otherRun);
    around(() => Promise.reject(new Error("refused at the door")));
    await expect(attempt()).rejects.toThrow("refused at the door");
    await fail();
    expect(await isPublic()).toBe(true);
  });

  it("withdraws a publication that half happened", async () => {
    const { attempt, around, fail, isPublic } = await setUp();
    around((real) => real().then(() => Promise.reject(new Error("died right behind it"))));
    await expect(attempt()).rejects.toThrow("died right behind it");
    expect(await isPublic()).toBe(true);
    expect(await fail()).toMatchObject({ state: "rolled_back", compensated: 1 });
    expect(await isPublic()).toBe(false);
  });

  it("withdraws what a process had published that died before it could say so", async () => {
    const { run, bundle, publishAs, fail, isPublic } = await setUp();
    const base = await run.stores.artifacts.put("context_snapshot", Buffer.from(JSON.stringify({ bundle })));
    // All that is left of it: the entry in the log, and the publication.
    await run.push({ name: "state_entered", payload: { state_id: state("publish"), base_snapshot: base } });
    await publishAs(RunId.parse((await run.events())[0]!.run_id));
    expect(await fail()).toMatchObject({ state: "rolled_back" });
    expect(await isPublic()).toBe(false);
  });

  it("withdraws it also after a second try", async () => {
    const { attempt, around, fail, isPublic } = await setUp();
    let tries = 0;
    around(async (real) => {
      const done = await real();
      if (tries++ === 0) throw Object.assign(new Error("lost the answer"), { name: "IoError", retryable: true });
      return done;
    });
    await expect(attempt()).rejects.toThrow("lost the answer");
    await attempt({ attempt: 1 });
    expect(await isPublic()).toBe(true);
    await fail();
    expect(await isPublic()).toBe(false);
  });

  it("has failed, not rolled back, where the bundle cannot be withdrawn", async () => {
    const { run, attempt, fail, isPublic } = await setUp();
    await attempt();
    const withdraw = (_bundle: ArtifactRef) => Promise.reject(new Error("in use"));
    Object.assign(run.world, { publications: { ...run.world.publications, withdraw } });
    expect(await fail()).toMatchObject({ state: "failed", compensated: 0, not_compensated: 1 });
    expect(await run.record()).toMatchObject({ phase: "failed", compensationFailures: [state("publish")] });
    expect(await isPublic()).toBe(true);
  });

  it("has nothing to take back when it failed before", async () => {
    const { run, fail } = await setUp();
    expect(await fail()).toMatchObject({ state: "failed", compensated: 0, not_compensated: 0 });
    expect((await run.record()).phase).toBe("failed");
  });
});
