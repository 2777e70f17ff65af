import type { Campaign, Fate, Judged } from "./campaign.ts";
import { diffOf } from "./mutants.ts";

export interface Score {
  readonly counts: Readonly<Record<Fate, number>>;
  /** Killed of those that were judged, in percent; what timed out says neither yes nor no and is in neither. */
  readonly percent: number;
  /** Milliseconds for one mutant, half of them less. */
  readonly median: number;
}

export function scoreOf(judged: readonly Judged[]): Score {
  const counts = { killed: 0, survived: 0, not_reached: 0, timed_out: 0 };
  for (const { fate } of judged) counts[fate]++;
  const decided = counts.killed + counts.survived + counts.not_reached;
  const times = judged.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  return {
    counts,
    percent: decided === 0 ? 0 : (100 * counts.killed) / decided,
    median: times[Math.floor(times.length / 2)] ?? 0,
  };
}

/** Survivors with their diff, then the counts. */
export function reportOf(campaign: Campaign, sourceOf: (file: string) => string): string {
  const { judged, mutants, wording } = campaign;
  const { counts, percent, median } = scoreOf(judged);
  const remaining = judged
    .filter(({ fate }) => fate !== "killed")
    .sort((a, b) => a.mutant.file.localeCompare(b.mutant.file) || a.mutant.start - b.mutant.start);
  const paragraphs = remaining.map(({ mutant, fate, by }) => {
    const { before, after } = diffOf(mutant, sourceOf(mutant.file));
    const heading = `${mutant.file}:${mutant.line} ${mutant.operator}: ${fate.replace("_", " ")}${by === undefined ? "" : ` in ${by}`}`;
    return [heading, ...lines("- ", before), ...lines("+ ", after)].join("\n");
  });
  const left =
    wording === 0 ? "" : `, ${wording} of which change only text for people and are left out unless --wording`;
  return [
    ...paragraphs,
    [
      `${judged.length} mutants tried of ${mutants}${left}.`,
      `killed ${counts.killed}, survived ${counts.survived}, not reached by any test ${counts.not_reached}, timed out ${counts.timed_out} (not counted)`,
      `score ${percent.toFixed(1)}%, median ${Math.round(median)} ms a mutant`,
    ].join("\n"),
  ].join("\n\n");
}

const MOST_LINES = 6;

function lines(mark: string, text: string): string[] {
  const all = text.split("\n").map((line) => mark + line);
  return all.length <= MOST_LINES ? all : [...all.slice(0, MOST_LINES), `${mark}…`];
}
