import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { UsageError } from "../../../scripts/cli/exit-codes.ts";
import { readBuildStamp } from "../../../shared/local/installation/build-stamp.ts";
import type { Bench } from "./bench.ts";
import { type Campaign, runCampaign } from "./campaign.ts";
import { type Hosts, startHosts } from "./hosts.ts";
import { type PointResult, runUndisturbed } from "./point.ts";
import { HELP, parseSettings, reproduction, type Settings } from "./settings.ts";
import { writeSubject } from "./subject.ts";

export interface CrashSurroundings {
  readonly cores: number;
  /** An empty folder. */
  readonly scratch: string;
  print(line: string): void;
  say(line: string): void;
}

/** Points between two signs of life. */
const SAY_EVERY = 50;
/** Problems of one point that are listed. */
const MOST_PROBLEMS = 5;

/** @returns the exit code */
export async function crash(args: readonly string[], around: CrashSurroundings): Promise<number> {
  let settings: Settings | undefined;
  try {
    settings = parseSettings(args, around.cores);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    around.say(`${error.message}. See --help.`);
    return 2;
  }
  if (settings === undefined) {
    around.print(HELP);
    return 0;
  }
  const hosts = startHosts(settings.jobs);
  try {
    return await runCampaigns(hosts, settings, around);
  } finally {
    hosts.close();
  }
}

async function runCampaigns(hosts: Hosts, settings: Settings, around: CrashSurroundings): Promise<number> {
  const { scratch, print, say } = around;
  const bench: Bench = {
    hosts,
    scratch,
    subject: await writeSubject(join(scratch, "subject")),
    build: await readBuildStamp(),
    ...(settings.disk === undefined ? {} : { disk: pathToFileURL(resolve(settings.disk)).href }),
  };
  const campaigns: Campaign[] = [];
  for (const workers of settings.workers) {
    const undisturbed = await runUndisturbed(bench, workers);
    for (const kind of settings.faults) {
      const name = `workers ${workers}, ${kind}`;
      say(`${name} ...`);
      const campaign = await runCampaign(bench, undisturbed, { workers, kind }, settings, (result, tried) => {
        if (!settings.json) for (const line of failureLines(result, settings)) print(line);
        if (tried % SAY_EVERY === 0) say(`${name}: ${tried} points tried`);
      });
      campaigns.push(campaign);
      print(settings.json ? JSON.stringify(inJson(campaign, settings)) : lineOf(campaign));
    }
  }
  const tried = campaigns.reduce((sum, each) => sum + each.tried, 0);
  const failed = campaigns.reduce((sum, each) => sum + each.failed.length, 0);
  print(settings.json ? JSON.stringify({ tried, failed }) : `${tried} points tried, ${failed} failed`);
  if (tried === 0) {
    const most = Math.max(...campaigns.map(({ operations }) => operations));
    say(`nothing was tried: expected points from 1 to ${most} that are in the slice`);
  }
  return failed === 0 && tried > 0 ? 0 : 1;
}

function lineOf({ workers, kind, operations, tried, failed }: Campaign): string {
  return `workers ${workers}, ${kind}: ${operations} operations, ${tried} points tried, ${failed.length} failed`;
}

function failureLines(result: PointResult, settings: Settings): string[] {
  const { point, struck, second, problems } = result;
  if (problems.length === 0) return [];
  const { workers, kind, at } = point;
  return [
    `FAILED workers ${workers}, ${kind} at ${at}: ${struck ?? "not struck"}${second === undefined ? "" : `; then ${second}`}`,
    ...problems.slice(0, MOST_PROBLEMS).map((problem) => `  ${problem}`),
    ...(problems.length > MOST_PROBLEMS ? [`  and ${problems.length - MOST_PROBLEMS} more, see --json`] : []),
    `  again: ${reproduction(point, settings)}`,
  ];
}

function inJson({ failed, ...campaign }: Campaign, settings: Settings): object {
  const failures = failed.map(({ point, struck, second, problems }) => ({
    at: point.at,
    struck,
    second,
    problems,
    reproduction: reproduction(point, settings),
  }));
  return { ...campaign, failed: failed.length, failures };
}
