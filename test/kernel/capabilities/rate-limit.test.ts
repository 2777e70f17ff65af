import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { stopCapabilities } from "../../../shared/kernel/attempt.ts";
import { createMetricsRegistry } from "../../telemetry/metrics-registry.ts";
import { addOne, createTestRun, manualTimer, settled } from "../support.ts";

async function limitedRun(world = {}) {
  const timer = manualTimer();
  const metrics = createMetricsRegistry();
  const run = await createTestRun({ world: { timer, metrics, rateLimit: { perSecond: 2, burst: 1 }, ...world } });
  const begun: unknown[] = [];
  const lift = (shard: number, options = {}) =>
    run.attempt(
      addOne(() => void begun.push(shard), { name: "lift" }),
      { n: 1 },
      { shard },
      options,
    );
  return { ...run, timer, metrics, begun, lift };
}

describe("a limit on attempts", () => {
  it("lets them begin one after the other, in the order in which they came", async () => {
    const { lift, begun, timer } = await limitedRun();
    const all = Promise.all([lift(0), lift(1), lift(2)]);
    await settled();
    expect(begun).toEqual([0]);
    timer.advance(499);
    await settled();
    expect(begun).toEqual([0]);
    timer.advance(1);
    await settled();
    expect(begun).toEqual([0, 1]);
    timer.advance(500);
    await all;
    expect(begun).toEqual([0, 1, 2]);
  });

  it("is each stage's own", async () => {
    const { lift, attempt } = await limitedRun();
    await lift(0);
    expect(await attempt(addOne(), { n: 1 })).toEqual({ sum: 2 });
  });

  it("tells how long they waited", async () => {
    const { lift, timer, metrics } = await limitedRun();
    const all = Promise.all([lift(0), lift(1)]);
    await settled();
    timer.advance(500);
    await all;
    const waits = metrics.series().find(({ name }) => name === "restep_rate_limit_wait_seconds");
    expect(waits).toMatchObject({ labels: { stage: "lift" }, count: 1, sum: 0.5 });
  });

  it("writes nothing of an attempt that is aborted while it waits, and leaves no timer behind", async () => {
    const { lift, timer, names } = await limitedRun();
    await lift(0);
    const before = await names();
    const caller = new AbortController();
    const waiting = lift(1, { signal: caller.signal });
    waiting.catch(() => {});
    await settled();
    expect(timer.waiting).toBe(1);
    caller.abort();
    await expect(waiting).rejects.toMatchObject({ name: "AttemptAborted", retryable: true });
    expect(timer.waiting).toBe(0);
    expect(await names()).toEqual(before);
  });

  it.each(["the process shuts down", "the world is done with"])("keeps nobody waiting when %s", async (what) => {
    const process = new AbortController();
    const { lift, world } = await limitedRun({ signal: process.signal });
    await lift(0);
    const waiting = lift(1);
    waiting.catch(() => {});
    await settled();
    if (what.startsWith("the process")) process.abort();
    else await stopCapabilities(world);
    await expect(waiting).rejects.toMatchObject({ name: "AttemptAborted" });
  });

  it("leaves an attempt half of its time: one whose turn comes later is retried, and takes nobody's turn", async () => {
    const { lift, begun, timer, names } = await limitedRun();
    await lift(0);
    const before = await names();
    const late = lift(1, { deadline: 999 });
    late.catch(() => {});
    await settled();
    expect([await names(), timer.waiting]).toEqual([before, 0]);
    await expect(late).rejects.toMatchObject({ name: "AttemptAborted", retryable: true });
    const inTime = lift(2, { deadline: 1_000 });
    await settled();
    timer.advance(500);
    await inTime;
    expect(begun).toEqual([0, 2]);
  });

  it("leaves nothing that listens at the signals that could have ended the wait", async () => {
    const world = new AbortController();
    const { lift, timer, begun } = await limitedRun({ signal: world.signal });
    const call = new AbortController();
    const both = Promise.all([lift(0, { signal: call.signal }), lift(1, { signal: call.signal })]);
    await settled();
    timer.advance(500);
    await both;
    expect(begun).toEqual([0, 1]);
    expect(getEventListeners(call.signal, "abort")).toEqual([]);
    expect(getEventListeners(world.signal, "abort")).toEqual([]);
  });

  it("is none where the world has none", async () => {
    const { lift, timer } = await limitedRun({ rateLimit: undefined });
    await Promise.all([lift(0), lift(1), lift(2)]);
    expect(timer.waiting).toBe(0);
  });
});
