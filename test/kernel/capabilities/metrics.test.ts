import { describe, expect, it } from "vitest";
import { TransientIo } from "../../../shared/kernel/errors.ts";
import { createMetricsRegistry } from "../../telemetry/metrics-registry.ts";
import { addOne, createTestRun, manualTimer } from "../support.ts";

async function measuredRun(config = {}) {
  const metrics = createMetricsRegistry();
  const timer = manualTimer();
  const run = await createTestRun({ config, world: { metrics, timer } });
  const sums = (name: string) =>
    Object.fromEntries(
      metrics
        .series()
        .filter((series) => series.name === name)
        .map(({ labels, sum }) => [Object.values(labels).join(" "), sum]),
    );
  return { ...run, timer, sums };
}
const failing = (error: Error) =>
  addOne(() => {
    throw error;
  });

describe("what is measured of attempts", () => {
  it("is how each ended", async () => {
    const { attempt, sums } = await measuredRun({ retry_policy: { max_attempts: 2 } });
    const away = new TransientIo("the disk is away");
    await expect(attempt(failing(away), { n: 1 })).rejects.toThrow();
    await expect(attempt(failing(away), { n: 1 }, { attempt: 1 })).rejects.toThrow("gave up after 2 attempts");
    await attempt(addOne(), { n: 1 }, { attempt: 1 });
    await attempt(addOne(), { n: 1 }, { attempt: 1 });
    expect(sums("restep_attempts_total")).toEqual({
      "link retried": 1,
      "link failed": 1,
      "link completed": 1,
      "link read_back": 1,
    });
  });

  it("is the time they took, in seconds, those that failed as well", async () => {
    const { attempt, timer, sums } = await measuredRun();
    const slow = (error?: Error) =>
      addOne(() => {
        timer.advance(1_500);
        if (error !== undefined) throw error;
      });
    await expect(attempt(slow(new Error("no")), { n: 1 })).rejects.toThrow("no");
    await attempt(slow(), { n: 1 });
    expect(sums("restep_attempt_duration_seconds")).toEqual({ link: 3 });
  });

  it("is what their stages counted and warned of", async () => {
    const { attempt, sums } = await measuredRun();
    const stage = addOne(({ telemetry }) => {
      telemetry.count("tokens", 40);
      telemetry.count("tokens", 2);
      telemetry.count("calls");
      telemetry.warn("slow", "it took long");
      telemetry.warn("slow", "it took longer");
    });
    await attempt(stage, { n: 1 });
    expect(sums("restep_stage_events_total")).toEqual({ "link tokens": 42, "link calls": 1 });
    expect(sums("restep_stage_warnings_total")).toEqual({ "link slow": 2 });
  });
});
