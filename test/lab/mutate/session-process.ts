import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { createVitest, type TestModule, type Vitest } from "vitest/node";
import type { Outcome, Trial } from "./channel.ts";
import { instrument } from "./instrument.ts";
import type { Mutant } from "./mutants.ts";

/**
 * A process that keeps one vitest at hand and runs a test file whenever it is told to: what was transformed stays so. Test
 * files run in processes of their own, as they always do; the files on disk are never touched.
 */

export interface Opening {
  readonly root: string;
  readonly mutants: readonly Mutant[];
}

process.once("message", async ({ root, mutants }: Opening) => {
  const vitest = await openVitest(root, mutants);
  process.on("message", async (trial: Trial) => {
    process.send?.(await run(vitest, trial));
  });
  process.send?.("ready");
});
process.on("disconnect", () => process.exit());

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

function openVitest(root: string, mutants: readonly Mutant[]): Promise<Vitest> {
  const numbers = new Map(mutants.map((mutant, number) => [mutant, number]));
  const inFile = (file: string) => mutants.filter((mutant) => mutant.file === file);
  return createVitest(
    "test",
    {
      root,
      config: false,
      watch: false,
      pool: "forks",
      include: ["test/**/*.test.ts"],
      // No mutant reaches what was built.
      globalSetup: [],
      setupFiles: [here("./switches.ts"), here("../../support/setup.ts")],
      // The same inputs with each mutant, as few as a developer runs.
      provide: { seed: 1, isWhole: false },
      testTimeout: 30_000,
      // Behind a test that fails others may wait for what does not come.
      bail: 1,
      maxWorkers: 1,
      reporters: [{}],
      onConsoleLog: () => false,
    },
    {
      logLevel: "silent",
      plugins: [
        {
          name: "mutants",
          enforce: "pre",
          transform(source: string, id: string) {
            const found = id.startsWith(`${root}/`) ? inFile(id.slice(root.length + 1)) : [];
            return found.length === 0
              ? null
              : { code: instrument(source, found, (each) => numbers.get(each)!), map: null };
          },
        },
      ],
    },
  );
}

async function run(vitest: Vitest, { testFile, ...mutation }: Trial): Promise<Outcome> {
  vitest.provide("mutation", mutation);
  const since = performance.now();
  const specifications = await vitest.globTestSpecifications([testFile]);
  const { testModules: all, unhandledErrors } = await vitest.runTestSpecifications(specifications);
  // What ran before is still among them.
  const testModules = all.filter(({ moduleId }) => moduleId === `${vitest.config.root}/${testFile}`);
  const failures = testModules.flatMap(failuresOf);
  const unhandled = unhandledErrors.map(messageOf);
  const whys = [...failures, ...unhandled, ...(testModules.length === 0 ? ["no such test file"] : [])];
  const isTimeout = whys[0] !== undefined && /mutant goes on for ever|timed out in \d+ms/.test(whys[0]);
  return {
    verdict: isTimeout ? "timed_out" : whys.length > 0 ? "failed" : "passed",
    milliseconds: performance.now() - since,
    hits: testModules.flatMap((module) => module.meta().hits ?? []),
    ...(whys[0] === undefined ? {} : { why: whys[0] }),
  };
}

/** It comes from another process, as whatever was thrown there. */
function messageOf(thrown: unknown): string {
  const isError = typeof thrown === "object" && thrown !== null && "message" in thrown;
  return isError ? String(thrown.message) : inspect(thrown);
}

function failuresOf(module: TestModule): string[] {
  const ofModule = module.errors().map(({ message }) => `${module.relativeModuleId}: ${message}`);
  const ofTests = [...module.children.allTests("failed")].map(
    (test) => `${test.fullName}: ${test.result().errors?.[0]?.message ?? ""}`,
  );
  return [...ofModule, ...ofTests].map((why) => why.split("\n")[0]!.slice(0, 200));
}
