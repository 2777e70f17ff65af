import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject } from "vitest";
import type { Campaign } from "../lab/fuzz/campaign.ts";
import { fuzz } from "../lab/fuzz/run.ts";

/** Carries out `count` trials of a campaign, two at a time, with the seed of the test run; what fails is shown with its command. */
export async function expectHeld(campaign: Campaign, count: number): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), "restep-fuzz-"));
  const lines: string[] = [];
  try {
    const args = [campaign.name, "--count", `${count}`, "--seed", `${inject("seed")}`, "--workers", "2"];
    const around = { campaigns: [campaign], cores: 2, scratch, now: () => performance.now(), say: () => {} };
    const code = await fuzz(args, { ...around, print: (line) => void lines.push(line) });
    expect({ code, lines: code === 0 ? [] : lines }).toEqual({ code: 0, lines: [] });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
