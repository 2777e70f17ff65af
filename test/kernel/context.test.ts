import { describe, expect, it } from "vitest";
import * as z from "zod";
import { ContextSnapshot } from "../../shared/contracts/context-snapshot.ts";
import { contextOf, readContext } from "../../shared/kernel/context.ts";
import type { Stage } from "../../shared/kernel/stage.ts";
import type { StageMeta } from "../../shared/kernel/stage-meta.ts";
import { canonicalBytes } from "../../shared/stores/digest.ts";
import { addOne, createTestRun, deferred, runId, settled } from "./support.ts";

const link = (change: Partial<StageMeta> = {}): Stage => addOne(undefined, { name: "link", meta: change });
const lift = (change: Partial<StageMeta> = {}): Stage => addOne(undefined, { name: "lift", meta: change });

/** `lift` for each shard, then `link`, with a policy. */
async function runWith(context_checkpointing: unknown, change: Partial<StageMeta> = {}, shards = 3) {
  const run = await createTestRun({ config: { context_checkpointing } });
  for (let shard = 0; shard < shards; shard++) await run.attempt(lift(), { n: shard }, { shard });
  await run.attempt(link(change), { n: 10 });
  const events = await run.events();
  const checkpoints = events.filter(({ name }) => name === "recomp.context.checkpointed");
  return { run, events, checkpoints };
}
const placesOf = (events: readonly { payload: Record<string, unknown> }[]) =>
  events.map(({ payload }) => String(payload.state_id).split(".").slice(1).join("."));

describe("a checkpoint", () => {
  const policies: [string, unknown, Partial<StageMeta>, string[]][] = [
    ["after every state: what each gave back is kept, and no document besides", "after_every_state", {}, []],
    ["by tag", { by_tag: ["linking"] }, { tags: ["linking"] }, ["link.main"]],
    ["by a tag that no state carries", { by_tag: ["linking"] }, {}, []],
    // intake has completed before.
    ["every two states", { every_n_states: 2 }, {}, ["lift.shard_0", "lift.shard_2"]],
    ["every state", { every_n_states: 1 }, {}, ["lift.shard_0", "lift.shard_1", "lift.shard_2", "link.main"]],
    ["where the stage asks for it", "after_every_state", { snapshot: "on_success" }, ["link.main"]],
    ["always is also on success", "after_every_state", { snapshot: "always" }, ["link.main"]],
    [
      "once where the stage asks for what the run counts",
      { every_n_states: 1 },
      { snapshot: "on_success" },
      ["lift.shard_0", "lift.shard_1", "lift.shard_2", "link.main"],
    ],
    ["never asks for none besides the run's", { every_n_states: 5 }, { snapshot: "never" }, ["link.main"]],
  ];
  it.each(policies)("is kept %s", async (_name, policy, change, places) => {
    expect(placesOf((await runWith(policy, change)).checkpoints)).toEqual(places);
  });

  it.each([2, 3])("is kept every %i states, of states too that complete at once, in another order", async (every) => {
    const run = await createTestRun({ config: { context_checkpointing: { every_n_states: every } } });
    const answers = Array.from({ length: 6 }, () => deferred());
    const all = answers.map(({ promise }, shard) =>
      run.attempt(
        addOne(() => promise.then(() => undefined), { name: "lift", meta: { isSharded: true } as never }),
        { n: shard },
        { shard },
      ),
    );
    await settled();
    for (const { resolve } of answers.toReversed()) resolve();
    await Promise.all(all);
    const events = await run.events();
    const ended = events.filter(({ name }) => name === "state_completed").map(({ payload }) => payload.state_id);
    const checkpoints = events.filter(({ name }) => name === "recomp.context.checkpointed");
    const places = checkpoints.map(({ payload }) => ended.indexOf(payload.state_id) + 1);
    expect(places.sort()).toEqual([1, 2, 3, 4, 5, 6, 7].filter((place) => place % every === 0));
    // Each is of the moment at which its state completed.
    for (const { payload, payload_ref } of checkpoints) {
      const { states } = ContextSnapshot.parse(await run.document(payload_ref));
      expect(Object.keys(states)).toHaveLength(ended.indexOf(payload.state_id) + 1);
    }
  });

  it.each([
    [3, true],
    [2, false],
  ])("counts the state that ends the run with those before it: every %i of three", async (every, isKept) => {
    const run = await createTestRun({ config: { context_checkpointing: { every_n_states: every } } });
    await run.attempt(lift(), { n: 1 }, { shard: 0 });
    const before = (await run.names()).length;
    await run.attempt({ ...link(), closesRun: () => ({ status: "completed" }) }, { n: 10 });
    expect((await run.names()).slice(before).includes("recomp.context.checkpointed")).toBe(isKept);
  });

  it("is kept of a state that failed where the stage always asks for it, without that state", async () => {
    const run = await createTestRun();
    const failing = addOne(() => Promise.reject(new Error("no")), { name: "link", meta: { snapshot: "always" } });
    await expect(run.attempt(failing, { n: 1 })).rejects.toThrow("no");
    const last = (await run.events()).at(-1);
    expect(last?.name).toBe("recomp.context.checkpointed");
    expect(await run.document(last?.payload_ref)).toMatchObject({ states: { intake: expect.any(String) } });
  });

  it("is a canonical document that names what every completed state gave back, this one's included", async () => {
    const { run, checkpoints, events } = await runWith({ by_tag: ["linking"] }, { tags: ["linking"] });
    const ref = checkpoints[0]!.payload_ref!;
    const document = ContextSnapshot.parse(await run.document(ref));
    expect(Object.keys(document.states)).toEqual(["intake", "lift.shard_0", "lift.shard_1", "lift.shard_2", "link"]);
    expect(document.states).toMatchObject({
      link: events.find(({ name, payload }) => name === "state_completed" && String(payload.state_id).includes("link"))
        ?.payload.context_snapshot,
    });
    expect(Buffer.from(await run.stores.artifacts.get(ref))).toEqual(Buffer.from(canonicalBytes(document)));
    expect((await run.stores.artifacts.stat(ref))?.kinds).toEqual(["context_snapshot"]);
  });

  it("of 200 shards stays small: it names them, and does not repeat them", async () => {
    const { run, checkpoints } = await runWith({ by_tag: ["linking"] }, { tags: ["linking"] }, 200);
    const { size } = (await run.stores.artifacts.stat(checkpoints[0]!.payload_ref!))!;
    expect(size).toBeLessThan(202 * 110);
  });
});

describe("a context", () => {
  it("is read by key, of a schema", async () => {
    const { run } = await runWith("after_every_state");
    // The snapshot of intake in this log is nowhere.
    const { states, ...rest } = contextOf(runId, await run.record());
    const { intake: _, ...kept } = states as Record<string, never>;
    const context = readContext(run.stores.artifacts, { ...rest, states: kept });
    const Sum = z.strictObject({ sum: z.number() });
    expect(await context.read("link", Sum)).toEqual({ sum: 11 });
    expect(await context.read("lift.shard_2", Sum)).toEqual({ sum: 3 });
    expect(await context.dump()).toEqual({
      "lift.shard_0": { sum: 1 },
      "lift.shard_1": { sum: 2 },
      "lift.shard_2": { sum: 3 },
      link: { sum: 11 },
    });
    expect(context.keys).toEqual(["lift.shard_0", "lift.shard_1", "lift.shard_2", "link"]);
    await expect(context.read("link", z.strictObject({ sum: z.string() }))).rejects.toThrow(
      new RegExp(`context of run ${runId}, key link: .*sum`),
    );
    await expect(context.read("package", Sum)).rejects.toThrow(
      /expected one of the keys lift.shard_0, .*found package/,
    );
  });
});
