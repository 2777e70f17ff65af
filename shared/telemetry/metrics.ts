/** Seconds: from what reads a snapshot back to what fills a Lambda's 15 minutes. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900] as const;

/** Everything that is measured, named as Prometheus has it: the unit last, counters ending in `_total`. */
export const METRICS = {
  restep_attempts_total: {
    kind: "counter",
    help: "Attempts at states that ended: completed, read_back, retried, failed",
    labels: ["stage", "outcome"],
  },
  restep_attempt_duration_seconds: {
    kind: "histogram",
    help: "Time an attempt took, with all that stands around its stage",
    labels: ["stage"],
    buckets: SECONDS,
  },
  restep_stage_events_total: {
    kind: "counter",
    help: "What stages counted in attempts that ended, under their own names",
    labels: ["stage", "event"],
  },
  restep_stage_warnings_total: {
    kind: "counter",
    help: "Warnings of stages, by code",
    labels: ["stage", "code"],
  },
  restep_rate_limit_wait_seconds: {
    kind: "histogram",
    help: "Time attempts waited for their turn",
    labels: ["stage"],
    buckets: SECONDS,
  },
} as const;

export type MetricName = keyof typeof METRICS;
type NameOf<Kind> = { [N in MetricName]: (typeof METRICS)[N]["kind"] extends Kind ? N : never }[MetricName];
export type Labels<N extends MetricName> = Readonly<Record<(typeof METRICS)[N]["labels"][number], string>>;

/** Where measurements go. */
export interface Metrics {
  count<N extends NameOf<"counter">>(name: N, labels: Labels<N>, by?: number): void;
  /** @param value in the unit that the name ends in */
  observe<N extends NameOf<"histogram">>(name: N, labels: Labels<N>, value: number): void;
}

/** Measures nothing. */
export const noMetrics: Metrics = { count: () => {}, observe: () => {} };

/** One counter, or one histogram: then `buckets` holds how many values were at most each of its bounds. */
