/** Carries trials out, several at a time, each within its time. */

import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Bench, Campaign, Trial, TrialResult } from "./campaign.ts";
import { randomOf } from "./random.ts";

export interface TrialRange {
  readonly from: number;
  readonly count: number;
  readonly seed: number;
  readonly workers: number;
}

export interface TrialSurroundings {
  readonly scratch: string;
  /** Leaves the folders of failed trials. */
  readonly keep: boolean;
  /** Milliseconds. */
  now(): number;
}

export interface TrialReport extends TrialResult {
  readonly number: number;
  readonly seconds: number;
}

/** What a trial is counted as that told nothing of itself. */
const UNKNOWN_KIND = "(not told)";

/** Hands each report over as it comes: by order of ending, not of number. */
export async function runTrials(
  campaign: Campaign,
  range: TrialRange,
  around: TrialSurroundings,
  onReport: (report: TrialReport) => void,
): Promise<void> {
  let next = range.from;
  const end = range.from + range.count;
  const lane = async (index: number): Promise<void> => {
    const scratch = join(around.scratch, `${campaign.name}-bench-${index}`);
    const open = (): Promise<Bench> => {
      mkdirSync(scratch, { recursive: true });
      return campaign.open({ scratch });
    };
    let bench: Bench | undefined;
    try {
      while (next < end) {
        const number = next++;
        bench ??= await open();
        const { report, isLate } = await runTrial(campaign, bench, number, range.seed, around);
        onReport(report);
        if (!isLate) continue;
        await bench.close();
        bench = undefined;
      }
    } finally {
      await bench?.close();
      rmSync(scratch, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: Math.min(range.workers, range.count) }, (_, index) => lane(index)));
}

async function runTrial(
  campaign: Campaign,
  bench: Bench,
  number: number,
  seed: number,
  around: TrialSurroundings,
): Promise<{ readonly report: TrialReport; readonly isLate: boolean }> {
  const scratch = join(around.scratch, `${campaign.name}-${number}`);
  mkdirSync(scratch, { recursive: true });
  const trial: Trial = { number, random: randomOf(`${campaign.name} ${seed} ${number}`), scratch };
  const startedAt = around.now();
  const { result, isLate } = await withinTime(campaign.secondsPerTrial, () => bench.attempt(trial));
  const report = { ...result, number, seconds: (around.now() - startedAt) / 1000 };
  if (report.problems.length === 0 || !around.keep) rmSync(scratch, { recursive: true, force: true });
  return { report, isLate };
}

async function withinTime(
  seconds: number,
  attempt: () => Promise<TrialResult>,
): Promise<{ readonly result: TrialResult; readonly isLate: boolean }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(resolve, seconds * 1000, "late");
  });
  try {
    const result = await Promise.race([attempt(), late]);
    if (result !== "late") return { result, isLate: false };
    return { result: { kind: UNKNOWN_KIND, problems: [`it took more than ${seconds} s`] }, isLate: true };
  } catch (error) {
    const found = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { result: { kind: UNKNOWN_KIND, problems: [`the trial threw: ${found}`] }, isLate: false };
  } finally {
    clearTimeout(timer);
  }
}
