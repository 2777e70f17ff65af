import { stripVTControlCharacters } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import type { TestModule, TestSpecification, Vitest } from "vitest/node";
import BriefReporter from "./reporter.ts";
import { asBudgeted, YARDSTICK_SECONDS, yardstick } from "./yardstick.ts";

interface PlayedFile {
  readonly name: string;
  readonly cpuSeconds?: number;
  readonly yardstick?: number;
  readonly states: readonly ("pass" | "fail" | "skip")[];
}

/** What is printed of a run of these files. */
function printedOf(
  files: readonly PlayedFile[],
  wholeBudget = Number.POSITIVE_INFINITY,
  isBudgetHeld = false,
): string[] {
  const printed: string[] = [];
  const log = (...words: unknown[]) => void printed.push(stripVTControlCharacters(words.join(" ")).trimEnd());
  const ctx = {
    config: { root: "/project", experimental: { importDurations: {} } },
    logger: { log, error: log, printError: () => {} },
    state: { getReportedEntity: () => undefined, idMap: new Map(), getTestModules: () => [] },
    projects: [],
    snapshot: { summary: {} },
  };
  const reporter = new BriefReporter({ expectation: "half a minute", seed: 7, budget: 5, wholeBudget, isBudgetHeld });
  reporter.onInit(ctx as unknown as Vitest);
  reporter.onTestRunStart(files.map(() => ({}) as TestSpecification));
  const tasks = files.map(({ name, states, ...meta }) => ({
    name,
    type: "suite",
    filepath: `/project/${name}`,
    meta,
    result: { state: states.includes("fail") ? "fail" : "pass" },
    tasks: states.map((state) => ({ type: "test", name: state, result: { state } })),
  }));
  for (const _ of tasks) reporter.onTestModuleEnd({ state: () => "passed", errors: () => [] } as unknown as TestModule);
  reporter.start = 0;
  reporter.end = 61_000;
  reporter.reportTestSummary(tasks as never, [], 0);
  return printed;
}

const quick = { name: "test/quick.test.ts", cpuSeconds: 0.1, states: ["pass", "pass"] } as const;

describe("what npm test prints", () => {
  it("says what is run, how long that takes, the seed, how far it is, and what came of it", () => {
    expect(printedOf(Array.from({ length: 8 }, () => quick))).toEqual([
      "8 test files (all of them: half a minute). RESTEP_TEST_SEED=7",
      expect.stringMatching(/^ {2}2 of 8 files, \d+ s$/),
      expect.stringMatching(/^ {2}4 of 8 files, \d+ s$/),
      expect.stringMatching(/^ {2}6 of 8 files, \d+ s$/),
      "",
      " Test Files  8 passed (8)",
      "      Tests  16 passed (16)",
      expect.stringContaining("Start at"),
      expect.stringContaining("Duration  61.00s"),
      "",
    ]);
  });

  it("counts what failed", () => {
    const mixed = { name: "test/mixed.test.ts", states: ["pass", "fail"] } as const;
    expect(printedOf([quick, mixed]).join("\n")).toContain("Tests  1 failed | 3 passed (4)");
  });

  it("names the files that take more than their budget, the longest first", () => {
    const slow = (name: string, cpuSeconds: number) => ({ name, cpuSeconds, states: ["pass"] }) as const;
    expect(
      printedOf([slow("test/a.test.ts", 5.1), quick, slow("test/b.test.ts", 12), slow("test/c.test.ts", 5)]).slice(-3),
    ).toEqual([
      "Over 5 s of processor time; make them *.campaign.ts, or quicker:",
      "  12.0 s  test/b.test.ts",
      "  5.1 s  test/a.test.ts",
    ]);
  });
});

describe("the budget of all files", () => {
  const { exitCode } = process;
  afterEach(() => {
    process.exitCode = exitCode;
  });
  /** Files that took ten seconds each, on a machine so many times slower than budgets are stated for. */
  const files = (count: number, slower = 1): PlayedFile[] =>
    Array.from({ length: count }, () => ({
      name: "test/ten.test.ts",
      cpuSeconds: 10,
      yardstick: YARDSTICK_SECONDS * slower,
      states: ["pass"],
    }));

  it("is counted in seconds of one machine, whichever it is", () => {
    expect(printedOf(files(4), 40, true).at(-1)).toBe("Processor time of the files: 40 s, counted as 40 of 40 s");
    expect(printedOf(files(8, 2), 40, true).at(-1)).toBe("Processor time of the files: 80 s, counted as 40 of 40 s");
    expect(process.exitCode).toBe(exitCode);
  });

  it("fails where it is held, and is told of elsewhere", () => {
    expect(printedOf(files(5), 40).at(-1)).toMatch(
      /^Processor time .* counted as 50 of 40 s: over the budget; try fewer/,
    );
    expect(process.exitCode).toBe(exitCode);
    printedOf(files(5), 40, true);
    expect(process.exitCode).toBe(1);
  });

  it("is that of a yardstick that says what a second is worth, whatever took it once", () => {
    expect(asBudgeted(10, [9, YARDSTICK_SECONDS, YARDSTICK_SECONDS, 8])).toBe(10);
    expect(asBudgeted(10, [YARDSTICK_SECONDS / 9, 1, YARDSTICK_SECONDS, 1, 1])).toBe(10);
    expect(asBudgeted(10, [])).toBe(10);
    expect(yardstick()).toBeGreaterThan(0);
  });
});
