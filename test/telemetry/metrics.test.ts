import { describe, expect, it } from "vitest";
import { METRICS } from "../../shared/telemetry/metrics.ts";
import { createMetricsRegistry } from "./metrics-registry.ts";

describe("the metrics there are", () => {
  it.each(Object.entries(METRICS))("%s is named as Prometheus has it", (name, { kind }) => {
    expect(name).toMatch(kind === "counter" ? /^restep_[a-z_]+_total$/ : /^restep_[a-z_]+_seconds$/);
  });
});

describe("a registry of metrics", () => {
  it("keeps a counter for each set of labels", () => {
    const metrics = createMetricsRegistry();
    metrics.count("restep_attempts_total", { stage: "lift", outcome: "completed" });
    metrics.count("restep_attempts_total", { stage: "lift", outcome: "failed" }, 3);
    metrics.count("restep_attempts_total", { outcome: "completed", stage: "lift" });
    expect(metrics.series()).toEqual([
      { name: "restep_attempts_total", labels: { stage: "lift", outcome: "completed" }, sum: 2, count: 2 },
      { name: "restep_attempts_total", labels: { stage: "lift", outcome: "failed" }, sum: 3, count: 1 },
    ]);
  });

  it("keeps of a histogram how many values were at most each bound", () => {
    const metrics = createMetricsRegistry();
    for (const value of [0.001, 0.005, 0.3, 5_000]) {
      metrics.observe("restep_attempt_duration_seconds", { stage: "lift" }, value);
    }
    const [series] = metrics.series();
    expect(series).toMatchObject({ count: 4, sum: 5_000.306 });
    const { buckets: bounds } = METRICS.restep_attempt_duration_seconds;
    const cumulative = Object.fromEntries(bounds.map((bound, index) => [bound, series?.buckets?.[index]]));
    expect(cumulative).toMatchObject({ 0.005: 2, 0.25: 2, 0.5: 3, 900: 3 });
  });

  it("hands out copies", () => {
    const metrics = createMetricsRegistry();
    metrics.observe("restep_attempt_duration_seconds", { stage: "lift" }, 1);
    const before = metrics.series();
    metrics.observe("restep_attempt_duration_seconds", { stage: "lift" }, 1);
    expect(before[0]).toMatchObject({ count: 1 });
    expect(before[0]?.buckets?.at(-1)).toBe(1);
  });
});
