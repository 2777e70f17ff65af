import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const TIMEOUT = 600_000;

interface Total {
  readonly tried: number;
  readonly failed: number;
}

interface Campaign extends Total {
  readonly workers: number;
  readonly kind: string;
  readonly operations: number;
  readonly failures: readonly { readonly problems: readonly string[]; readonly reproduction: string }[];
}

/** Runs `npm run crash`, as `npm run` does. */
async function crash(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ["scripts/launch.mjs", "test/lab/crash", ...args], { cwd: root });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    output.stdout += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output.stderr += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, ...output };
}

function read(stdout: string): { campaigns: Campaign[]; total: Total } {
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Campaign & Total);
  return { campaigns: lines.slice(0, -1), total: lines.at(-1)! };
}

describe("a run that is disturbed at a file operation and resumed", () => {
  it(
    "ends as if nothing had been, with one worker and with two, whatever the disturbance",
    async () => {
      const { code, stdout } = await crash("--slice", "7/160", "--json");
      const { campaigns, total } = read(stdout);
      expect(campaigns.flatMap(({ failures }) => failures)).toEqual([]);
      expect(code).toBe(0);
      expect(campaigns.map(({ workers, kind }) => `${kind} ${workers}`).sort()).toEqual(
        ["error", "kill", "no_space", "no_space_once", "power_cut", "torn"].flatMap((kind) => [
          `${kind} 1`,
          `${kind} 2`,
        ]),
      );
      for (const { operations, tried } of campaigns) {
        expect(operations).toBeGreaterThan(100);
        expect(tried).toBeGreaterThanOrEqual(Math.floor(operations / 160));
      }
      expect(total).toEqual({ tried: campaigns.reduce((sum, each) => sum + each.tried, 0), failed: 0 });
    },
    TIMEOUT,
  );
});

describe("a disk that does not do what it says", () => {
  it.each([
    ["drops-syncs", "power_cut", 90, 13, /unexpected quarantine\/|the run is |store's format .* is damaged/],
    ["keeps-files", "torn", 40, 9, /left behind: tmp\//],
    ["copies-for-rename", "torn", 60, 5, /the run is executing/],
    ["writes-late", "kill", 40, 11, /IllegalTransition|events: missing/],
  ])(
    "is found out: %s, by %s",
    async (disk, fault, of, first, problem) => {
      // Which points show it hangs on the order in which threads come to them: a few slices, until one does.
      let found: { code: number | null; campaigns: Campaign[]; total: Total } | undefined;
      for (let step = 0; step < 6 && found?.code !== 1; step++) {
        const slice = `${((first - 1 + step * 7) % of) + 1}/${of}`;
        const where = ["--faults", fault, "--workers", "1", "--slice", slice, "--disk", `test/crash/disks/${disk}.mjs`];
        const { code, stdout } = await crash(...where, "--json");
        found = { code, ...read(stdout) };
      }
      const failures = found?.campaigns.flatMap((campaign) => campaign.failures) ?? [];
      expect(failures.flatMap(({ problems }) => problems).join("\n")).toMatch(problem);
      expect(failures[0]?.reproduction).toContain(`--faults ${fault} --workers 1 --from `);
      expect(found?.total.failed).toBe(failures.length);
      expect(found?.code).toBe(1);
    },
    TIMEOUT,
  );
});
