import { describe, expect, it } from "vitest";
import { RunId } from "../../../shared/contracts/ids.ts";
import { TransientIo } from "../../../shared/kernel/errors.ts";
import { enter, RUN_ID } from "../run/events.ts";
import { addOne, BEGUN, createTestRun, runId, type TestRun, unplaced } from "../support.ts";

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

  it("is kept of the four runs that were seen last", async () => {
    const run = await createTestRun();
    const others = ["2", "3", "4", "5"].map((digit) => RunId.parse(RUN_ID.replace(/.$/, digit)));
    for (const id of others) {
      await run.stores.runs.create(id, {});
      await run.stores.events.append(id, 0, BEGUN.map(unplaced));
    }
    const ids = [runId, ...others];
    const seen: unknown[] = [];
    const look = async (...at: number[]) => {
      seen.splice(0);
      for (const each of at) await lift(run, seen, { run_id: ids[each], shard: shard++ });
      return seen.map((found) => Object.keys(found as object).length > 0);
    };
    let shard = 0;
    expect(await look(0, 1, 2, 3)).toEqual([false, false, false, false]);
    expect(await look(0, 1, 2, 3)).toEqual([true, true, true, true]);
    // The fifth takes the place of the first, which was not seen for longest.
    expect(await look(4, 1, 2, 3, 4)).toEqual([false, true, true, true, true]);
    expect(await look(0)).toEqual([false]);
  });

  it("is no other world's, and leaves no trace", async () => {
    const runs = [await createTestRun(), await createTestRun()];
    const seen: unknown[] = [];
    for (const run of runs) await lift(run, seen, { shard: 0 });
    expect(seen).toEqual([{}, {}]);
    expect(JSON.stringify(await runs[0]!.events())).not.toContain("left");
  });
});
