import { METRICS, type MetricName, type Metrics } from "../../shared/telemetry/metrics.ts";

export interface Series {
  readonly name: MetricName;
  readonly labels: Readonly<Record<string, string>>;
  /** A counter's count, a histogram's sum. */
  readonly sum: number;
  /** Values that came in. */
  readonly count: number;
  readonly buckets?: readonly number[];
}

/** Keeps measurements in memory, to be looked at by a test. */
export interface MetricsRegistry extends Metrics {
  /** In the order in which they were first measured. */
  series(): readonly Series[];
}

export function createMetricsRegistry(): MetricsRegistry {
  const known = new Map<string, { -readonly [K in keyof Series]: Series[K] } & { buckets?: number[] }>();
  const seriesOf = (name: MetricName, labels: Readonly<Record<string, string>>) => {
    const key = JSON.stringify([name, ...METRICS[name].labels.map((label) => labels[label])]);
    const before = known.get(key);
    if (before !== undefined) return before;
    const made = { name, labels: { ...labels }, sum: 0, count: 0 };
    known.set(key, made);
    return made as typeof made & { buckets?: number[] };
  };
  return {
    count(name, labels, by = 1) {
      const series = seriesOf(name, labels);
      series.sum += by;
      series.count++;
    },
    observe(name, labels, value) {
      const series = seriesOf(name, labels);
      series.sum += value;
      series.count++;
      const bounds = METRICS[name].buckets;
      series.buckets ??= bounds.map(() => 0);
      for (const [index, bound] of bounds.entries()) if (value <= bound) series.buckets[index]!++;
    },
    series: () =>
      [...known.values()].map(({ buckets, ...each }) => ({ ...each, ...(buckets && { buckets: [...buckets] }) })),
  };
}
