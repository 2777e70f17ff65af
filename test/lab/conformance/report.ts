import type { RecordedCase } from "./case.ts";
import { hasPassed, type Verdict } from "./verdict.ts";

export interface CheckedCase {
  readonly recorded: RecordedCase;
  readonly verdict: Verdict;
}

export interface Tally {
  passed: number;
  failed: number;
  /** Passed and all, of the cases that say something of it. */
  result: [number, number];
  cause: [number, number];
  types: [number, number];
  details: [number, number];
}

const ASPECTS = ["result", "cause", "types", "details"] as const;

export function tally(cases: readonly CheckedCase[]): Tally {
  const counts: Tally = { passed: 0, failed: 0, result: [0, 0], cause: [0, 0], types: [0, 0], details: [0, 0] };
  for (const { verdict } of cases) {
    counts[hasPassed(verdict) ? "passed" : "failed"] += 1;
    for (const aspect of ASPECTS) {
      if (verdict[aspect] === undefined) continue;
      counts[aspect][1] += 1;
      if (verdict[aspect]) counts[aspect][0] += 1;
    }
  }
  return counts;
}

export function byFamily(cases: readonly CheckedCase[]): ReadonlyMap<string, CheckedCase[]> {
  const families = new Map<string, CheckedCase[]>();
  for (const checked of cases) {
    const { kind, family } = checked.recorded;
    const name = kind === "execution" ? family : `${kind}: ${family}`;
    families.set(name, [...(families.get(name) ?? []), checked]);
  }
  return new Map([...families].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** A line for each family with its counts, and one for all. */
export function reportLines(cases: readonly CheckedCase[]): string[] {
  const families = byFamily(cases);
  const lines = [...families].map(([name, members]) => line(name, tally(members)));
  const rates = [...families.values()].map((members) => tally(members).passed / members.length);
  const average = (100 * rates.reduce((sum, rate) => sum + rate, 0)) / Math.max(1, rates.length);
  return [
    ...lines,
    line("all", tally(cases)),
    `average over families ${average.toFixed(1)}%`,
    ...allowances(cases).map(([reason, count]) => `allowed for in ${count} cases: ${reason}`),
  ];
}

/** Reasons for which recordings were not taken at their word, and how many cases each is of. */
function allowances(cases: readonly CheckedCase[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { verdict } of cases) {
    if (verdict.allowance !== undefined) counts.set(verdict.allowance, (counts.get(verdict.allowance) ?? 0) + 1);
  }
  return [...counts];
}

function line(name: string, { passed, failed, result, cause, types, details }: Tally): string {
  const of = ([good, all]: [number, number]) => (all === 0 ? "-" : `${good}/${all}`);
  const columns = [
    `result ${of(result)}`,
    `cause ${of(cause)}`,
    `event types ${of(types)}`,
    `event details ${of(details)}`,
  ];
  return `${name.padEnd(40)} ${`${passed}/${passed + failed}`.padStart(8)}  ${columns.map((column) => column.padEnd(24)).join("")}`.trimEnd();
}

export function failureLines(cases: readonly CheckedCase[]): string[] {
  return cases
    .filter(({ verdict }) => !hasPassed(verdict))
    .map(({ recorded, verdict }) => `FAILED ${recorded.id}\n    ${verdict.difference}`);
}
