import { parseArgs } from "node:util";
import { parseCount } from "../../../scripts/cli/arguments.ts";
import { UsageError } from "../../../scripts/cli/exit-codes.ts";
import type { Campaign } from "./campaign.ts";
import { counter, tableOf } from "./report.ts";
import { runTrials, type TrialReport } from "./trials.ts";

export interface FuzzSurroundings {
  readonly campaigns: readonly Campaign[];
  readonly cores: number;
  /** An empty folder. */
  readonly scratch: string;
  /** Milliseconds. */
  now(): number;
  print(line: string): void;
  say(line: string): void;
}

interface Settings {
  readonly campaign: Campaign;
  readonly count: number;
  readonly from: number;
  readonly seed: number;
  readonly workers: number;
  readonly keep: boolean;
  readonly json: boolean;
}

const OPTIONS = {
  count: { type: "string" },
  from: { type: "string", default: "1" },
  seed: { type: "string", default: "1" },
  workers: { type: "string" },
  keep: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** Signs of life in a campaign. */
const SIGNS = 10;
/** Problems of one trial that are listed. */
const MOST_PROBLEMS = 5;

/** @returns the exit code */
export async function fuzz(args: readonly string[], around: FuzzSurroundings): Promise<number> {
  let settings: Settings | undefined;
  try {
    settings = parseSettings(args, around);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    around.say(`${error.message}. See --help.`);
    return 2;
  }
  if (settings === undefined) {
    around.print(helpOf(around.campaigns));
    return 0;
  }
  return await runCampaign(settings, around);
}

async function runCampaign(settings: Settings, around: FuzzSurroundings): Promise<number> {
  const { campaign, count, seed, json } = settings;
  const { print, say } = around;
  const counts = counter();
  const signEvery = Math.max(1, Math.ceil(count / SIGNS));
  let done = 0;
  say(`${campaign.name}: ${count} trials from ${settings.from}, seed ${seed}`);
  await runTrials(campaign, settings, { ...around, keep: settings.keep }, (report) => {
    counts.add(report);
    if (report.problems.length > 0) for (const line of failureLines(report, settings)) print(line);
    for (const note of report.notes ?? [])
      say(`trial ${report.number}: ${note}; again: ${reproduction(report, settings)}`);
    if (++done % signEvery === 0) say(`${campaign.name}: ${done} of ${count} tried`);
  });
  const { tally } = counts;
  if (json) print(JSON.stringify({ campaign: campaign.name, seed, ...tally }));
  else for (const line of tableOf(tally)) print(line);
  return tally.failed === 0 ? 0 : 1;
}

/** The command that repeats one trial. */
function reproduction({ number }: TrialReport, { campaign, seed }: Settings): string {
  return `npm run fuzz -- ${campaign.name} --seed ${seed} --from ${number} --count 1 --keep`;
}

function failureLines(report: TrialReport, settings: Settings): string[] {
  const { number, kind, problems } = report;
  const again = reproduction(report, settings);
  if (settings.json) return [JSON.stringify({ trial: number, kind, problems, again })];
  const more = problems.length - MOST_PROBLEMS;
  return [
    `FAILED trial ${number}: ${kind}`,
    ...problems.slice(0, MOST_PROBLEMS).map((problem) => `  ${problem}`),
    ...(more > 0 ? [`  and ${more} more, see --json`] : []),
    `  again: ${again}`,
  ];
}

/** @returns undefined when help is asked for @throws {UsageError} */
function parseSettings(args: readonly string[], { campaigns, cores }: FuzzSurroundings): Settings | undefined {
  const { values, positionals } = parseValues(args);
  if (values.help) return undefined;
  const [name, ...more] = positionals;
  const campaign = campaigns.find((each) => each.name === name);
  if (campaign === undefined || more.length > 0) {
    const found = name === undefined ? "none" : `"${positionals.join(" ")}"`;
    throw new UsageError(`campaign: expected one of ${campaigns.map((each) => each.name).join(", ")}; found ${found}`);
  }
  return {
    campaign,
    count: values.count === undefined ? campaign.count : parseCount("--count", values.count, 1),
    from: parseCount("--from", values.from, 1),
    seed: parseCount("--seed", values.seed, 0),
    workers: values.workers === undefined ? cores : parseCount("--workers", values.workers, 1),
    keep: values.keep,
    json: values.json,
  };
}

function parseValues(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function helpOf(campaigns: readonly Campaign[]): string {
  const width = Math.max(...campaigns.map(({ name }) => name.length));
  return `npm run fuzz -- ${campaigns[0]?.name ?? "CAMPAIGN"} --count 20

Tries what an adversary would, by the hundred. What a trial is follows from the campaign, the seed and its number: a trial that
fails is printed with the command that repeats it.

${campaigns.map(({ name, about, count }) => `  ${name.padEnd(width)}  ${about} (${count} trials)`).join("\n")}

  --count N    so many trials; default as above
  --from N     begins with this one; default 1
  --seed N     default 1
  --workers N  trials at a time; default one for each core
  --keep       leaves the folders of failed trials for a look
  --json       one JSON object for each trial that failed, and one for the whole

Exit codes: 0 all held, 1 something failed, 2 bad usage.
`;
}
