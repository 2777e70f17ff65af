import { describe, expect, it } from "vitest";
import type { EventEnvelope } from "../../shared/contracts/event.ts";
import { timesOf } from "./times.ts";

type Step = [second: number, name: string, stateId?: string, attempt?: number];

/** A log of what happened at which second. */
function log(...steps: Step[]): EventEnvelope[] {
  return steps.map(([second, name, stateId, attempt = 0]) => {
    const kind = name.startsWith("state_") ? "kernel" : "domain";
    const payload = stateId === undefined ? {} : { state_id: `run_lifecycle.${stateId}` };
    return { kind, name, payload, attempt, ts: new Date(second * 1_000).toISOString() } as EventEnvelope;
  });
}
const seconds = (work: { duration_ms: number }) => work.duration_ms / 1_000;

describe("how long a run was worked on", () => {
  it("is the time in which a state was under way", () => {
    const times = timesOf(
      log(
        [0, "state_entered", "plan.main"],
        [4, "state_completed", "plan.main"],
        [10, "state_entered", "link.main"],
        [11, "state_completed", "link.main"],
      ),
    );
    expect([times.all, times.of("plan"), times.of("link")].map(seconds)).toEqual([5, 4, 1]);
    expect(times.of("publish")).toMatchObject({ duration_ms: 0, retries: 0, reentries: 0 });
  });

  it("counts shards that overlap once", () => {
    const times = timesOf(
      log(
        [0, "state_entered", "lift.shard_0"],
        [2, "state_entered", "lift.shard_1"],
        [5, "state_completed", "lift.shard_0"],
        [6, "state_completed", "lift.shard_1"],
      ),
    );
    expect([times.all, times.of("lift")].map(seconds)).toEqual([6, 6]);
  });

  it("ends with the last sign of a process that died, and goes on with the first of the next", () => {
    const times = timesOf(
      log(
        [0, "state_entered", "lift.shard_0"],
        [1, "state_entered", "lift.shard_1"],
        [3, "state_completed", "lift.shard_0"],
        [9_000, "state_entered", "lift.shard_1"],
        [9_002, "state_completed", "lift.shard_1"],
      ),
    );
    expect(seconds(times.all)).toBe(5);
    expect(times.all).toMatchObject({ retries: 0, reentries: 1 });
    expect(times.of("lift")).toMatchObject({ retries: 0, reentries: 1 });
  });

  it("leaves out the wait between an attempt that failed and the next, which is a retry", () => {
    const times = timesOf(
      log(
        [0, "state_entered", "plan.main", 0],
        [2, "state_failed", "plan.main", 0],
        [62, "state_entered", "plan.main", 1],
        [63, "state_completed", "plan.main", 1],
      ),
    );
    expect(seconds(times.all)).toBe(3);
    expect(times.all).toMatchObject({ retries: 1, reentries: 0 });
  });

  it("goes on through an attempt that overtakes another", () => {
    const times = timesOf(
      log(
        [0, "state_entered", "plan.main", 0],
        [3, "state_entered", "plan.main", 1],
        [4, "state_completed", "plan.main", 1],
      ),
    );
    expect(seconds(times.all)).toBe(4);
    expect(times.all).toMatchObject({ retries: 1, reentries: 0 });
  });

  it("does not go back with a clock that does", () => {
    const times = timesOf(
      log([5, "state_entered", "plan.main"], [3, "recomp.run.planned"], [4, "state_completed", "plan.main"]),
    );
    expect(seconds(times.all)).toBe(1);
  });

  it("goes on up to now where it is under way, and from now where another process goes on", () => {
    const times = timesOf(log([0, "state_entered", "plan.main"], [2, "recomp.run.planned"]));
    expect(times.durationOf("plan")).toBe(2_000);
    expect(times.durationOf("plan", 7_000)).toBe(7_000);
    times.goOn(100_000);
    expect(times.durationOf("plan", 101_000)).toBe(3_000);
    for (const event of log([102, "state_completed", "plan.main"])) times.take(event);
    expect(times.durationOf("plan", 200_000)).toBe(4_000);
  });
});
