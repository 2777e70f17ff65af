import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { TestModule, TestSpecification, Vitest } from "vitest/node";
import BriefReporter from "./reporter.ts";

interface PlayedFile {
  readonly name: string;
  readonly cpuSeconds?: number;
  readonly states: readonly ("pass" | "fail" | "skip")[];
}

/** What is printed of a run of these files. */
function printedOf(files: readonly PlayedFile[]): string[] {
  const printed: string[] = [];
  const log = (...words: unknown[]) => void printed.push(stripVTControlCharacters(words.join(" ")).trimEnd());
  const ctx = {
    config: { root: "/project", experimental: { importDurations: {} } },
    logger: { log, error: log, printError: () => {} },
    state: { getReportedEntity: () => undefined, idMap: new Map(), getTestModules: () => [] },
    projects: [],
    snapshot: { summary: {} },
  };
  const reporter = new BriefReporter({ expectation: "half a minute", seed: 7, budget: 5 });
  reporter.onInit(ctx as unknown as Vitest);
  reporter.onTestRunStart(files.map(() => ({}) as TestSpecification));
  const tasks = files.map(({ name, cpuSeconds, states }) => ({
    name,
    type: "suite",
    filepath: `/project/${name}`,
    meta: cpuSeconds === undefined ? {} : { cpuSeconds },
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
