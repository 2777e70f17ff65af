import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Bench, Campaign } from "../lab/fuzz/campaign.ts";
import { CAMPAIGNS } from "../lab/fuzz/campaigns/index.ts";
import { randomOf } from "../lab/fuzz/random.ts";
import { fuzz } from "../lab/fuzz/run.ts";

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "restep-fuzz-frame-"));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

function campaignOf(attempt: Bench["attempt"], more: Partial<Campaign> = {}, close: Bench["close"] = async () => {}) {
  const campaign: Campaign = {
    name: "sums",
    about: "adds",
    count: 4,
    secondsPerTrial: 60,
    open: async () => ({ attempt, close }),
    ...more,
  };
  return campaign;
}

async function run(campaign: Campaign, ...args: string[]) {
  const [printed, said]: [string[], string[]] = [[], []];
  const code = await fuzz(args, {
    campaigns: [campaign],
    cores: 2,
    scratch,
    now: () => 0,
    print: (line) => void printed.push(line),
    say: (line) => void said.push(line),
  });
  return { code, printed: printed.join("\n"), said: said.join("\n") };
}

describe("a fuzz campaign", () => {
  it("counts by kind what was tried, held and failed, and prints the command that repeats a failure", async () => {
    const campaign = campaignOf(async ({ number }) => ({
      kind: number % 2 === 0 ? "even" : "odd",
      problems: number === 3 ? ["three is wrong"] : [],
      measures: { "peak MiB": number * 10 },
    }));
    const { code, printed } = await run(campaign, "sums", "--seed", "7");
    expect(code).toBe(1);
    expect(printed.split("\n")).toEqual([
      "FAILED trial 3: odd",
      "  three is wrong",
      "  again: npm run fuzz -- sums --seed 7 --from 3 --count 1 --keep",
      "what was tried  tried  held  failed",
      "even                2     2       0",
      "odd                 2     1       1",
      "all                 4     3       1",
      "the most of one trial: peak MiB 40, seconds 0",
    ]);
  });

  it("makes the same trial of the same number and seed, whatever went before it", async () => {
    const seen: string[] = [];
    const campaign = campaignOf(async ({ number, random }) => {
      seen.push(`${number}: ${Buffer.from(random.bytes(8)).toString("hex")}`);
      return { kind: "any", problems: [] };
    });
    await run(campaign, "sums", "--seed", "3", "--workers", "1");
    await run(campaign, "sums", "--seed", "3", "--from", "4", "--count", "1");
    await run(campaign, "sums", "--seed", "4", "--from", "4", "--count", "1");
    expect(seen.slice(0, 4).map((each) => each[0])).toEqual(["1", "2", "3", "4"]);
    expect(seen[4]).toBe(seen[3]);
    expect(seen[5]).not.toBe(seen[3]);
  });

  it("takes what a trial throws for a failure and goes on", async () => {
    const campaign = campaignOf(async ({ number }) => {
      if (number === 1) throw new Error("it broke");
      return { kind: "any", problems: [] };
    });
    const { code, printed } = await run(campaign, "sums", "--json");
    expect(code).toBe(1);
    const [failure, whole] = printed.split("\n").map((line) => JSON.parse(line));
    expect(failure).toMatchObject({ trial: 1, problems: [expect.stringContaining("it broke")] });
    expect(whole).toMatchObject({ campaign: "sums", seed: 1, tried: 4, held: 3, failed: 1 });
  });

  it("gives a trial up that takes too long, closes its bench and opens another", async () => {
    let [opened, closed] = [0, 0];
    const attempt: Bench["attempt"] = ({ number }) =>
      number === 1 ? new Promise(() => {}) : Promise.resolve({ kind: "any", problems: [] });
    const campaign = campaignOf(attempt, {
      secondsPerTrial: 0.001,
      open: async () => {
        opened++;
        return { attempt, close: async () => void closed++ };
      },
    });
    const { code, printed } = await run(campaign, "sums", "--count", "2", "--workers", "1");
    expect(code).toBe(1);
    expect(printed).toContain("it took more than 0.001 s");
    expect([opened, closed]).toEqual([2, 2]);
  });

  it("leaves nothing behind but, with --keep, the folders of failed trials", async () => {
    const campaign = campaignOf(async ({ number }) => ({ kind: "any", problems: number === 2 ? ["no"] : [] }));
    await run(campaign, "sums");
    expect(readdirSync(scratch)).toEqual([]);
    await run(campaign, "sums", "--keep");
    expect(readdirSync(scratch)).toEqual(["sums-2"]);
  });

  it.each([
    [["other"], 'campaign: expected one of sums; found "other". See --help.'],
    [[], "campaign: expected one of sums; found none. See --help."],
    [["sums", "--count", "0"], '--count: expected a whole number of at least 1; found "0". See --help.'],
    [["sums", "--nope"], "--nope"],
  ])("refuses %j", async (args, message) => {
    const { code, said } = await run(
      campaignOf(async () => ({ kind: "any", problems: [] })),
      ...args,
    );
    expect(code).toBe(2);
    expect(said).toContain(message);
  });

  it("tells in its help which campaigns there are", async () => {
    const { code, printed } = await run(
      campaignOf(async () => ({ kind: "any", problems: [] })),
      "--help",
    );
    expect(code).toBe(0);
    expect(printed).toContain("sums  adds (4 trials)");
  });
});

it("no two campaigns have one name", () => {
  const names = CAMPAIGNS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

it("chooses within the bounds it is given", () => {
  const random = randomOf("bounds");
  const numbers = Array.from({ length: 200 }, () => random.between(3, 5));
  expect(new Set(numbers)).toEqual(new Set([3, 4, 5]));
  expect(() => random.pick([])).toThrow(RangeError);
});
