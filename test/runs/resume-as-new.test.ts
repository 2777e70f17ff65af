import { describe, expect, it } from "vitest";
import type { DependencyStrategy } from "../../shared/contracts/execution-plan.ts";
import { PrincipalId, RunId } from "../../shared/contracts/ids.ts";
import { putDocument } from "../../shared/kernel/documents.ts";
import { createRecorder } from "../../shared/kernel/recorder.ts";
import { storedRunLog } from "../../shared/kernel/run/stored-log.ts";
import type { StageContext } from "../../shared/kernel/stage.ts";
import { collectGarbage } from "../../shared/runs/retention/collect.ts";
import { DEFAULT_RETENTION } from "../../shared/runs/retention/policy.ts";
import { systemClock } from "../../shared/stores/clock.ts";
import { failing, smallRuns, stateOf } from "./small-flow.ts";

/** Candidates that differ: `c`, the last, is doubtful, and `x` stands before it. */
const sources = (strategy: DependencyStrategy) => {
  const runs = smallRuns({
    a: { tags: ["source"] },
    b: { tags: ["source"] },
    x: {},
    c: { tags: ["source"], gate: { kind: "soft", name: "quality" } },
    use: { dependsOn: ["source"], dependsOnStrategy: strategy },
  });
  runs.acts.set("c", failedGate);
  runs.acts.set("use", failing(1));
  return runs;
};

async function failedGate({ artifacts, gateFailed }: StageContext): Promise<void> {
  gateFailed("too few", await putDocument(artifacts, "output", { few: 3 }));
}

/** As if an artifact were gone. @returns what gives it back */
function withhold({ stores }: ReturnType<typeof smallRuns>, gone: string | undefined): () => void {
  const { get } = stores.artifacts;
  const refuse = async (ref: Parameters<typeof get>[0]) => {
    if (ref === gone) throw Object.assign(new Error("gone"), { name: "NotFoundError" });
    return get(ref);
  };
  Object.assign(stores.artifacts, { get: refuse });
  return () => void Object.assign(stores.artifacts, { get });
}

/** A run that failed, and the one that goes on from it. */
async function failThenResume(runs: ReturnType<typeof smallRuns>, from?: string) {
  const first = await runs.start();
  const failed = await runs.carry(first);
  expect(failed.phase).toMatch(/failed|rolled_back/);
  const before = await runs.events(first.run_id);
  runs.took();
  const resumption = await runs.resumeAsNew(first.run_id, from);
  const record = await runs.carry(resumption.submission);
  expect(await runs.events(first.run_id)).toEqual(before);
  return { first, failed, resumption, record, took: runs.took() };
}

describe("a run goes on from a failed one", () => {
  it("at the last of what it depends on: latest", async () => {
    const { resumption, record, took } = await failThenResume(sources("latest"));
    expect(resumption.resumedFrom).toMatchObject({ state_id: stateOf("c"), goes_on: "at" });
    expect(took).toEqual(["c", "use", "close"]);
    expect(record.phase).toBe("succeeded");
  });

  it("behind the first: earliest", async () => {
    const { resumption, record, took } = await failThenResume(sources("earliest"));
    expect(resumption.resumedFrom).toMatchObject({ state_id: stateOf("a"), goes_on: "behind" });
    expect(took).toEqual(["b", "x", "c", "use", "close"]);
    expect(record.phase).toBe("succeeded");
  });

  it("behind the last that was successful: latest_successful", async () => {
    const { resumption, record, took } = await failThenResume(sources("latest_successful"));
    expect(resumption.resumedFrom).toMatchObject({ state_id: stateOf("b"), goes_on: "behind" });
    expect(took).toEqual(["x", "c", "use", "close"]);
    expect(record.phase).toBe("succeeded");
  });

  it("at the step that a person names, whatever the strategy", async () => {
    const { resumption, took } = await failThenResume(sources("latest"), "b");
    expect(resumption.resumedFrom).toMatchObject({ state_id: stateOf("b"), goes_on: "at" });
    expect(took).toEqual(["b", "x", "c", "use", "close"]);
  });
});

describe("what is reused", () => {
  it("stands in the log as entered and completed, with what it told and the run that did it", async () => {
    const runs = sources("latest");
    runs.acts.set("a", async ({ artifacts, emit, io }) => {
      await io.recordValue("seen", async () => 7);
      const payloadRef = await putDocument(artifacts, "output", { part: 1 });
      emit({ name: "recomp.artifact.emitted", payload: { role: "part" }, payloadRef });
      return { did: "a well" };
    });
    const { first, failed, resumption, record } = await failThenResume(runs);
    expect(resumption.reusable).toBe(4);
    expect(record.resumedFrom).toMatchObject({ run_id: first.run_id, state_id: stateOf("c"), goes_on: "at" });
    expect(record.steps.get(stateOf("a"))).toMatchObject({
      state: "succeeded",
      entries: 1,
      attempt: 0,
      reusedFrom: first.run_id,
      snapshot: failed.steps.get(stateOf("a"))?.snapshot,
    });
    expect(record.steps.get(stateOf("c"))).not.toHaveProperty("reusedFrom");
    expect(record.roles.get("part")).toBe(failed.roles.get("part"));
    expect(record.facts).toEqual(failed.facts);
    const events = await runs.events(resumption.submission.run_id);
    const from = events.findIndex(({ payload }) => payload.state_id === stateOf("a"));
    expect(events.slice(from, from + 5).map(({ name }) => name)).toEqual([
      "state_entered",
      "fact_recorded",
      "recomp.artifact.emitted",
      "recomp.run.stage.completed",
      "state_completed",
    ]);
  });

  it("has another input than there, for it names its own run; with yet another it is done again", async () => {
    const runs = smallRuns({ a: {}, b: {}, use: { dependsOn: ["b"] } });
    runs.acts.set("use", failing(1));
    const { failed, record, took } = await failThenResume(runs);
    expect(took).toEqual(["use", "close"]);
    const [there, here] = [failed, record].map(({ steps }) => steps.get(stateOf("b"))?.baseSnapshot);
    expect(here).not.toBe(there);

    runs.acts.set("use", failing(1));
    let times = 0;
    runs.acts.set("a", () => ({ did: "a", times: times++ }));
    expect((await failThenResume(runs, "a")).took).toEqual(["a", "b", "use", "close"]);
  });

  it("does not name its run, neither itself nor in what it leads to: that is of no other", async () => {
    const runs = smallRuns({ a: {}, b: {}, c: {}, use: { dependsOn: ["c"] } });
    runs.acts.set("a", ({ runId }) => ({ of: runId }));
    runs.acts.set("b", async ({ artifacts, runId }) => ({
      report: await putDocument(artifacts, "output", { of: [await putDocument(artifacts, "output", { run: runId })] }),
    }));
    runs.acts.set("c", () => ({ did: "c" }));
    runs.acts.set("use", failing(1));
    const { resumption, took, record } = await failThenResume(runs);
    expect(resumption.reusable).toBe(2);
    // What they gave back is another now, and so is what `c` is given.
    expect(took).toEqual(["a", "b", "c", "use", "close"]);
    expect(record.phase).toBe("succeeded");
  });

  it("is still there: what cannot be read is done again", async () => {
    const runs = sources("latest");
    const first = await runs.start();
    const failed = await runs.carry(first);
    const giveBack = withhold(runs, failed.steps.get(stateOf("b"))?.snapshot);
    const early = await runs.resumeAsNew(first.run_id);
    giveBack();
    expect(early.reusable).toBe(3);
    const late = await runs.resumeAsNew(first.run_id);
    expect(late.reusable).toBe(4);
    for (const { submission } of [early, late]) {
      runs.took();
      const giveBackLater = withhold(runs, failed.steps.get(stateOf("b"))?.snapshot);
      expect((await runs.carry(submission)).phase).toBe("succeeded");
      giveBackLater();
      expect(runs.took()).toEqual(["b", "c", "use", "close"]);
    }
  });

  it("is of the same flow: a program that was replaced meanwhile does everything again", async () => {
    const runs = sources("latest");
    const first = await runs.start();
    await runs.carry(first);
    const resumption = await runs.resumeAsNew(first.run_id);
    runs.took();
    Object.assign(runs.flow, { version: "2" });
    expect((await runs.carry(resumption.submission)).phase).toBe("succeeded");
    expect(runs.took()).toEqual(["open", "a", "b", "x", "c", "use", "close"]);
  });

  it("may be shards of a step of which another failed", async () => {
    const calls = ["plan", ...[0, 1, 2].map((shard) => ({ stage: "lift", shard }))];
    const runs = smallRuns({ plan: {}, lift: { isSharded: true, dependsOn: ["plan"] } }, calls);
    let isBroken = true;
    runs.acts.set("plan", () => ({ did: "plan" }));
    runs.acts.set("lift", ({ stateId }) => {
      if (isBroken && stateId.endsWith("_1")) throw Object.assign(new Error("no"), { name: "ValidationFailed" });
      return { did: "lift" };
    });
    const first = await runs.start();
    await runs.carry(first);
    isBroken = false;
    runs.took();
    const { submission, reusable } = await runs.resumeAsNew(first.run_id);
    expect(reusable).toBe(3);
    expect((await runs.carry(submission)).phase).toBe("succeeded");
    expect(runs.took()).toEqual(["lift.shard_1", "lift.shard_2", "close"]);
  });

  it("may be of a round of a loop", async () => {
    const calls = [1, 2].flatMap((round) => ["select", "judge"].map((stage) => ({ stage, round })));
    const runs = smallRuns(
      { select: { isLooped: true, dependsOn: ["open"] }, judge: { isLooped: true, dependsOn: ["select"] } },
      calls,
    );
    const fails = failing(1);
    runs.acts.set("judge", (...given) => (given[0].stateId.endsWith("_2") ? fails(...given) : undefined));
    const { resumption, took } = await failThenResume(runs);
    expect(resumption.resumedFrom).toMatchObject({ state_id: stateOf("select", { round: 2 }), goes_on: "behind" });
    expect(took).toEqual(["judge.round_2", "close"]);
  });

  it("is kept as checkpoints are asked for", async () => {
    const stages = { a: {}, b: {}, use: { dependsOn: ["b"] } };
    const runs = smallRuns(stages, undefined, { config: { context_checkpointing: { every_n_states: 2 } } });
    runs.acts.set("use", failing(1));
    const { resumption } = await failThenResume(runs);
    const kept = (await runs.events(resumption.submission.run_id)).filter(
      ({ name }) => name === "recomp.context.checkpointed",
    );
    expect(kept.map(({ payload }) => payload.state_id)).toEqual([stateOf("a"), stateOf("use")]);
  });
});

describe("what changed the world", () => {
  const publishing = () => {
    const calls: string[] = [];
    const runs = smallRuns({
      make: {},
      publish: {
        tags: ["apply_side_effect"],
        sideEffects: "apply_side_effect",
        isCompensable: true,
        idempotency: { from: "from", derive: (input) => String((input as { from: unknown }).from) },
      },
      attest: {},
    });
    runs.acts.set("make", () => "the-bundle");
    runs.acts.set("publish", ({ idempotency }) => {
      calls.push(`publish ${idempotency?.key}, ${idempotency?.wasEntered}`);
      return "published";
    });
    runs.acts.set("attest", failing(1));
    return { runs, calls };
  };

  it("is taken back with the run that did it, and done by the new one under the same key", async () => {
    const { runs, calls } = publishing();
    runs.acts.set("undo publish", ({ idempotency }) => void calls.push(`withdraw ${idempotency?.key}`));
    const { failed, record } = await failThenResume(runs);
    expect(failed.phase).toBe("rolled_back");
    expect(record.phase).toBe("succeeded");
    expect(calls).toEqual(["publish the-bundle, false", "withdraw the-bundle", "publish the-bundle, false"]);
  });

  it("is done by the new one also where it could not be taken back", async () => {
    const { runs, calls } = publishing();
    runs.acts.set("undo publish", failing(1));
    const { failed, record } = await failThenResume(runs);
    expect(failed).toMatchObject({ phase: "failed", compensationFailures: [stateOf("publish")] });
    expect(record.phase).toBe("succeeded");
    expect(record.steps.get(stateOf("publish"))).not.toHaveProperty("reusedFrom");
    expect(calls).toHaveLength(2);
  });
});

describe("the new run", () => {
  it("does the rest when it is carried on after a crash, and repeats nothing", async () => {
    const whole = sources("earliest");
    const first = await whole.start();
    await whole.carry(first);
    for (let until = 0; until <= 7; until++) {
      const { submission } = await whole.resumeAsNew(first.run_id);
      whole.took();
      await whole.carry(submission, until);
      expect((await whole.carry(submission)).phase).toBe("succeeded");
      expect(whole.took()).toEqual(["b", "x", "c", "use", "close"]);
    }
  });

  it("is another each time: two go on from one, each to its end", async () => {
    const runs = sources("latest");
    const first = await runs.start();
    await runs.carry(first);
    const [one, two] = [await runs.resumeAsNew(first.run_id), await runs.resumeAsNew(first.run_id)];
    expect(one.submission.run_id).not.toBe(two.submission.run_id);
    // What they may reuse is one list.
    expect(one.resumedFrom).toEqual(two.resumedFrom);
    for (const { submission } of [one, two]) expect((await runs.carry(submission)).phase).toBe("succeeded");
  });

  it("may fail and be gone on from in turn: what is reused says who did it", async () => {
    const runs = smallRuns({ a: {}, b: { dependsOn: ["a"] }, use: { dependsOn: ["b"] } });
    runs.acts.set("b", failing(1));
    runs.acts.set("use", failing(1));
    const first = await runs.start();
    await runs.carry(first);
    const second = await runs.resumeAsNew(first.run_id);
    expect((await runs.carry(second.submission)).phase).toBe("failed");
    const third = await runs.resumeAsNew(second.submission.run_id);
    runs.took();
    const record = await runs.carry(third.submission);
    expect(record.phase).toBe("succeeded");
    expect(runs.took()).toEqual(["use", "close"]);
    expect(record.steps.get(stateOf("a"))?.reusedFrom).toBe(first.run_id);
    expect(record.steps.get(stateOf("b"))?.reusedFrom).toBe(second.submission.run_id);
  });

  it("completes a state once, though two attempts come to reuse it", async () => {
    const runs = sources("latest");
    const first = await runs.start();
    await runs.carry(first);
    const { submission } = await runs.resumeAsNew(first.run_id);
    const [one, two] = await Promise.all([runs.carry(submission, 3), runs.carry(submission, 3)]);
    expect(one.steps.get(stateOf("b"))).toMatchObject({ state: "succeeded", entries: 1, reusedFrom: first.run_id });
    expect(two.steps.get(stateOf("b"))).toEqual(one.steps.get(stateOf("b")));
  });

  it("needs nothing of the failed one: retention may take that", async () => {
    const runs = sources("latest");
    const first = await runs.start();
    const failed = await runs.carry(first);
    const { submission } = await runs.resumeAsNew(first.run_id);
    const policy = { ...DEFAULT_RETENTION, keepFailed: 0, grace: 0 };
    const clock = { ...systemClock, now: () => systemClock.now() + 1_000 };
    await collectGarbage(runs.stores, { policy, clock });
    expect(await runs.stores.artifacts.has(failed.steps.get(stateOf("use"))?.baseSnapshot as never)).toBe(false);
    runs.took();
    expect((await runs.carry(submission)).phase).toBe("succeeded");
    expect(runs.took()).toEqual(["c", "use", "close"]);
  });

  it("does everything, where it was submitted and its request was never written", async () => {
    const runs = sources("latest");
    const first = await runs.start();
    await runs.carry(first);
    const id = RunId.parse("0c1d2e3f-6f3b-4d0e-9a52-5b1b7f6f2c11");
    await runs.stores.runs.create(id, { ...first, run_id: id });
    runs.took();
    expect((await runs.carry({ ...first, run_id: id })).phase).toBe("succeeded");
    expect(runs.took()).toEqual(["open", "a", "b", "x", "c", "use", "close"]);
  });
});

describe("a run cannot be gone on from", () => {
  const say = async (runs: ReturnType<typeof smallRuns>, runId: RunId, name: string, payload: object) => {
    const { record } = createRecorder({
      log: storedRunLog(runs.stores),
      runId,
      actor: PrincipalId.parse("test"),
      attempt: 0,
      clock: { now: () => new Date(0) },
      guard: () => {},
    });
    await record({ kind: name === "run_completed" ? "kernel" : "domain", name, payload: payload as never });
  };
  const listed = async (runs: ReturnType<typeof smallRuns>) => (await runs.stores.runs.list()).length;

  it("that goes on itself, or succeeded, or never began", async () => {
    const runs = smallRuns({ a: {} });
    const first = await runs.start();
    const refused = () => runs.resumeAsNew(first.run_id);
    await expect(refused()).rejects.toThrow(
      "expected a run that failed or was cancelled, found it created; it goes on itself: resume it",
    );
    await runs.carry(first);
    await expect(refused()).rejects.toThrow("found it succeeded; there is nothing to go on from");
    const never = await runs.start();
    await say(runs, never.run_id, "recomp.run.cancel_requested", { by: "alice", reason: "no" });
    await say(runs, never.run_id, "run_completed", { status: "cancelled" });
    await expect(runs.resumeAsNew(never.run_id)).rejects.toMatchObject({
      name: "GateRefusal",
      message: expect.stringContaining("found it cancelled before it began; run its manifest with --new"),
    });
    expect(await listed(runs)).toBe(2);
  });

  it("that was begun under another version of its flow", async () => {
    const runs = sources("latest");
    const first = await runs.start();
    await runs.carry(first);
    Object.assign(runs.flow, { version: "2" });
    await expect(runs.resumeAsNew(first.run_id)).rejects.toMatchObject({ name: "FlowChanged" });
    expect(await listed(runs)).toBe(1);
  });

  it("from a step that it has not entered", async () => {
    const runs = sources("latest");
    const first = await runs.start();
    await runs.carry(first);
    await expect(runs.resumeAsNew(first.run_id, "close")).rejects.toMatchObject({ name: "ContractInputMissing" });
    expect(await listed(runs)).toBe(1);
  });

  it("whose inputs are gone", async () => {
    const runs = sources("latest");
    const first = await runs.start();
    await runs.carry(first);
    withhold(runs, first.provenance_manifest);
    await expect(runs.resumeAsNew(first.run_id)).rejects.toThrow(
      `expected all that it was given in the store, found ${first.provenance_manifest} missing; run its manifest with --new`,
    );
    expect(await listed(runs)).toBe(1);
  });

  it("as a child of a parent that has ended; as one of a parent that goes on it can", async () => {
    const runs = sources("latest");
    const [parent, child] = [await runs.start(), await runs.start()];
    await runs.carry(parent, 1);
    await say(runs, child.run_id, "recomp.run.requested", { parent_run_id: parent.run_id });
    await runs.carry(child);
    const resumption = await runs.resumeAsNew(child.run_id);
    expect(resumption.parent).toBe(parent.run_id);
    expect((await runs.record(resumption.submission.run_id)).parent).toBe(parent.run_id);
    runs.acts.set("use", failing(1));
    await runs.carry(parent);
    await expect(runs.resumeAsNew(child.run_id)).rejects.toThrow(
      `run ${parent.run_id}: expected a run that goes on, found it failed; it can have no more children`,
    );
    expect(await listed(runs)).toBe(3);
  });
});
