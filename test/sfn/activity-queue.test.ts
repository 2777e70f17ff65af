import { describe, expect, it } from "vitest";
import { activityQueue } from "../../shared/sfn/activities/activity-queue.ts";

const never = new AbortController().signal;

function task(taskToken: string) {
  const starts: (string | undefined)[] = [];
  return {
    taskToken,
    executionArn: "e",
    input: "{}",
    starts,
    reportStarted: (worker?: string) => void starts.push(worker),
  };
}

describe("the queue of an activity", () => {
  it("hands a task to the worker that came first", async () => {
    const queue = activityQueue();
    const first = queue.take("a", "first", never);
    queue.take("a", "second", never);
    const offered = task("t");
    queue.offer("a", offered);
    expect(await first).toBe(offered);
    expect(offered.starts).toEqual(["first"]);
  });

  it("keeps tasks for workers to come, first come first served", async () => {
    const queue = activityQueue();
    const [one, two] = [task("1"), task("2")];
    queue.offer("a", one);
    queue.offer("a", two);
    expect(await queue.take("a", undefined, never)).toBe(one);
    expect(await queue.take("a", undefined, never)).toBe(two);
  });

  it("keeps activities apart", async () => {
    const queue = activityQueue();
    const giveUp = new AbortController();
    queue.offer("a", task("t"));
    const other = queue.take("b", undefined, giveUp.signal);
    giveUp.abort();
    expect(await other).toBeUndefined();
  });

  it("does not hand out a task that was withdrawn", async () => {
    const queue = activityQueue();
    const withdraw = queue.offer("a", task("gone"));
    const kept = task("kept");
    queue.offer("a", kept);
    withdraw();
    expect(await queue.take("a", undefined, never)).toBe(kept);
  });

  it("does not hand a task to a worker that has given up", async () => {
    const queue = activityQueue();
    const giveUp = new AbortController();
    const late = queue.take("a", "late", giveUp.signal);
    giveUp.abort();
    const offered = task("t");
    queue.offer("a", offered);
    expect(await late).toBeUndefined();
    expect(offered.starts).toEqual([]);
    expect(await queue.take("a", "next", never)).toBe(offered);
  });
});
