import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { crash } from "../lab/crash/run.ts";

let scratch = "";
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "restep-crash-test-"));
});
afterEach(() => rmSync(scratch, { recursive: true }));

async function run(...args: string[]) {
  const printed: string[] = [];
  const said: string[] = [];
  const print = (line: string) => void printed.push(line);
  const code = await crash(args, { cores: 1, scratch, print, say: (line) => void said.push(line) });
  return { code, printed, said };
}

describe("npm run crash", () => {
  it("says in a sentence what it tried, and how often the disturbed runs were as if nothing had been", async () => {
    const { code, printed } = await run("--faults", "kill", "--workers", "1", "--from", "12", "--to", "12");
    expect(printed).toEqual([
      expect.stringMatching(/^workers 1, kill: \d+ operations, 1 points tried, 0 failed$/),
      "1 points tried, 0 failed",
    ]);
    expect(code).toBe(0);
  }, 60_000);

  it.each([
    ["--slice", "3/2", /--slice: expected I\/N with I from 1 to N, such as 1\/20; found "3\/2"/],
    ["--faults", "flood", /--faults: expected some of error, .*; found "flood"/],
    ["--workers", "none", /--workers: expected a whole number of at least 1; found "none"/],
    ["--seed", "x", /--seed: expected a whole number of at least 0/],
  ])("refuses %s %s", async (option, value, message) => {
    const { code, said } = await run(option, value);
    expect(said.join("\n")).toMatch(message);
    expect(code).toBe(2);
  });

  it("that tried no point says so and fails, as one that found something does", async () => {
    const { code, printed, said } = await run("--faults", "kill", "--workers", "1", "--from", "100000");
    expect(printed.at(-1)).toBe("0 points tried, 0 failed");
    expect(said.at(-1)).toMatch(/^nothing was tried: expected points from 1 to \d+/);
    expect(code).toBe(1);
  }, 60_000);
});
