import { describe, expect, it } from "vitest";
import { TransientIo } from "../../../shared/kernel/errors.ts";
import { enter } from "../run/events.ts";
import { addOne, createTestRun, type TestRun } from "../support.ts";

/** Notes what it finds in the cache, then leaves something there. */
function noting(seen: unknown[], change: Parameters<typeof addOne>[1] = {}, act: () => void = () => {}) {
  return addOne(({ cache, stateId }) => {
    seen.push(Object.fromEntries(cache));
    cache.set(stateId, "left");
    act();
  }, change);
}
const lift = (run: TestRun, seen: unknown[], call: object) =>
  run.attempt(noting(seen, { name: "lift" }), { n: 1 }, call);

describe("a run's cache", () => {
  it("is there for the run's other states in this process", async () => {
    const run = await createTestRun();
    const seen: unknown[] = [];
    await lift(run, seen, { shard: 0 });
    await lift(run, seen, { shard: 1 });
    expect(seen).toEqual([{}, { "run_lifecycle.lift.shard_0": "left" }]);
  });

  it("is empty for a retry: what a failed attempt left misleads nobody", async () => {
    const run = await createTestRun();
    const seen: unknown[] = [];
    const failing = noting(seen, {}, () => {
      throw new TransientIo("the disk is away");
    });
    await expect(run.attempt(failing, { n: 1 })).rejects.toThrow();
    await run.attempt(noting(seen), { n: 1 }, { attempt: 1 });
    await lift(run, seen, { shard: 0 });
    expect(seen).toEqual([{}, {}, { "run_lifecycle.link.main": "left" }]);
  });

  it("is empty too for a state that is entered again after a crash", async () => {
    const run = await createTestRun();
    const seen: unknown[] = [];
    await lift(run, seen, { shard: 0 });
    await run.push(enter("lift.shard_1"));
    await lift(run, seen, { shard: 1 });
    expect(seen).toEqual([{}, {}]);
  });

  it("is no other world's, and leaves no trace", async () => {
    const runs = [await createTestRun(), await createTestRun()];
    const seen: unknown[] = [];
    for (const run of runs) await lift(run, seen, { shard: 0 });
    expect(seen).toEqual([{}, {}]);
    expect(JSON.stringify(await runs[0]!.events())).not.toContain("left");
  });
});
