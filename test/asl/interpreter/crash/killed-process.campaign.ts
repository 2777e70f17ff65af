import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { historyFilesIn } from "./disks.ts";
import { recordedAttempts } from "./recorded.ts";
import { attempts, output } from "./workload.mjs";

/** As it is built: a process that starts without a compiler is there soonest. */
const interpreter = pathToFileURL(createRequire(import.meta.url).resolve("restep/asl")).href;
const script = fileURLToPath(new URL("killed-process.mjs", import.meta.url));

/** Kills of one execution, so that there are not too many processes. */
const MOST_KILLS = 3;

interface Process {
  /** What it printed, or `"killed"`. */
  readonly end: string;
  readonly began: readonly string[];
}

async function start(folder: string, writes: number): Promise<Process> {
  const began = join(folder, "began.txt");
  rmSync(began, { force: true });
  const child = spawn(process.execPath, [script, interpreter, folder, String(writes), began], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = new Promise((resolve) => child.on("close", (_, signal) => resolve(signal)));
  const printed = await text(child.stdout);
  const end = (await closed) === "SIGKILL" ? "killed" : printed;
  return { end, began: readFileSync(began, { encoding: "utf8", flag: "a+" }).split("\n").filter(Boolean) };
}

/** Runs the workflow in processes of which the first ones live for so many writes each. Returns how many were killed. */
async function runKilled(writes: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "asl-killed-"));
  try {
    for (let killed = 0; ; killed++) {
      expect(killed).toBeLessThanOrEqual(MOST_KILLS);
      const finished = recordedAttempts(historyFilesIn(folder));
      const { end, began } = await start(folder, killed < MOST_KILLS ? writes : Number.POSITIVE_INFINITY);
      expect(began.filter((attempt) => finished.includes(attempt))).toEqual([]);
      if (end === "killed") continue;
      expect(JSON.parse(end)).toEqual({ status: "SUCCEEDED", output });
      expect(recordedAttempts(historyFilesIn(folder))).toEqual(attempts);
      return killed;
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("a process that interprets Map Runs in a Map Run", () => {
  it("may be killed after every nth write, for every n, and the next one goes on behind what is finished", async () => {
    let next = 1;
    const untilNoneIsKilled = async () => {
      for (let killed = 1; killed > 0; ) killed = await runKilled(next++);
    };
    await Promise.all(Array.from({ length: availableParallelism() }, untilNoneIsKilled));
    expect(next).toBeGreaterThan(10);
  }, 120_000);
});
