/** Which calls of a function are worth keeping: those that show something new, then a spread over the whole run. */

/** What a first run told about one call. */
export interface CallSummary {
  /** Counted from 1. */
  readonly call: number;
  readonly instructions: number;
  /** Instructions of the function that no earlier call had run. */
  readonly newInstructions: number;
}

export interface CallLimits {
  readonly capturesPerFunction: number;
  /** Longer calls are not kept ... */
  readonly maxActivationInstructions: number;
  /** ... unless a function has no shorter one: then its shortest is, up to this length. */
  readonly maxLoneActivationInstructions: number;
}

/** `count` of the entries, evenly spaced, the first and the last among them. */
function spread<Entry>(entries: readonly Entry[], count: number): readonly Entry[] {
  if (count <= 0) return [];
  if (entries.length <= count) return entries;
  if (count === 1) return entries.slice(0, 1);
  return Array.from(
    { length: count },
    (_, index) => entries[Math.floor((index * (entries.length - 1)) / (count - 1))]!,
  );
}

/** The numbers of the calls to keep, ascending. */
export function selectCalls(summaries: readonly CallSummary[], limits: CallLimits): number[] {
  const sorted = summaries.toSorted((a, b) => a.call - b.call);
  const short = sorted.filter(({ instructions }) => instructions <= limits.maxActivationInstructions);
  if (short.length === 0) {
    const shortest = sorted.toSorted((a, b) => a.instructions - b.instructions)[0];
    const isBearable = shortest !== undefined && shortest.instructions <= limits.maxLoneActivationInstructions;
    return isBearable && limits.capturesPerFunction > 0 ? [shortest.call] : [];
  }
  const revealing = short
    .filter(({ newInstructions }) => newInstructions > 0)
    .toSorted((a, b) => b.newInstructions - a.newInstructions || a.call - b.call)
    .slice(0, limits.capturesPerFunction);
  const others = short.filter((summary) => !revealing.includes(summary));
  const kept = [...revealing, ...spread(others, limits.capturesPerFunction - revealing.length)];
  return kept.map(({ call }) => call).sort((a, b) => a - b);
}
