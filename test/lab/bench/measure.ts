import { median, spread } from "./statistics.ts";
import type { BenchCase, Contender, Metric, Now, Sample } from "./suite.ts";

/** The median of one metric over all repeats, and how far the repeats lie apart (see `spread`). */
export interface Summary {
  readonly name: string;
  readonly value: number;
  readonly spread: number;
}

/** One metric of one case. */
export interface Result {
  readonly case: string;
  readonly metric: Metric;
  readonly subject: Summary;
  readonly against?: Summary;
  /** How many times better the subject is; above 1 is better. Only where both were measured. */
  readonly ratio?: number;
}

export interface Effort {
  /** Measured rounds; in each, every contender runs once. At least 1. */
  readonly repeats: number;
  /** Rounds before them that do not count. */
  readonly warmUps: number;
}

/** Milliseconds that an action takes, and what it returned. */
export async function timed<T>(now: Now, action: () => Promise<T> | T): Promise<{ elapsed: number; value: T }> {
  const start = now();
  const value = await action();
  return { elapsed: now() - start, value };
}

/**
 * Measures a case. Contenders take turns (A B A B ...), so that a machine that slows down or speeds up meets both alike.
 *
 * @throws {Error} when a contender fails, leaves out a metric of the subject's, or gives no positive number
 */
export async function measureCase(benchCase: BenchCase, effort: Effort): Promise<Result[]> {
  const contenders = benchCase.against ? [benchCase.subject, benchCase.against] : [benchCase.subject];
  const samples = new Map<Contender, Sample[]>(contenders.map((contender) => [contender, []]));
  for (let round = -effort.warmUps; round < effort.repeats; round++) {
    for (const contender of contenders) {
      const sample = await contender.sample();
      if (round >= 0) samples.get(contender)!.push(sample);
    }
  }
  return benchCase.metrics.map((metric) => {
    const subject = summarize(benchCase, metric, benchCase.subject, samples.get(benchCase.subject)!);
    if (!subject) throw new Error(`${benchCase.name}: ${benchCase.subject.name} gave no ${metric.name}`);
    const against =
      benchCase.against && summarize(benchCase, metric, benchCase.against, samples.get(benchCase.against)!);
    const result = { case: benchCase.name, metric, subject };
    return against ? { ...result, against, ratio: ratioOf(metric, subject, against) } : result;
  });
}

function summarize(
  benchCase: BenchCase,
  metric: Metric,
  contender: Contender,
  samples: readonly Sample[],
): Summary | undefined {
  const values = samples.flatMap((sample) => sample[metric.name] ?? []);
  if (values.length === 0) return undefined;
  const bad = values.find((value) => !(Number.isFinite(value) && value > 0));
  if (bad !== undefined || values.length < samples.length) {
    const found = bad ?? `${values.length} values in ${samples.length} repeats`;
    throw new Error(
      `${benchCase.name}: ${metric.name} of ${contender.name}: expected a positive number each time, found ${found}`,
    );
  }
  return { name: contender.name, value: median(values), spread: spread(values) };
}

function ratioOf(metric: Metric, subject: Summary, against: Summary): number {
  return metric.better === "lower" ? against.value / subject.value : subject.value / against.value;
}
