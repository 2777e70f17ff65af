import { randomInt } from "node:crypto";
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import BriefReporter from "./test/support/reporter.ts";

/** What a developer runs again and again. */
const TESTS = "test/**/*.test.ts";

/** What generates or enumerates by the thousand, kills processes, compiles, or compares with what is outside. See CONTRIBUTING.md. */
const CAMPAIGNS = "test/**/*.campaign.ts";

/** Seconds of processor time of a file in `npm test`, and of all of them. */
const BUDGET = 5;
const WHOLE_BUDGET = 250;

const seed = Number(process.env.RESTEP_TEST_SEED ?? randomInt(2 ** 31 - 1));

export default defineConfig(({ mode }) => {
  // `npm test` is `vitest run --mode brief`; whoever names files has whatever they name.
  const isWhole = mode !== "brief";
  const options = {
    expectation: isWhole ? "some fourteen minutes on two cores" : "some two minutes on two cores",
    seed,
    budget: isWhole ? Number.POSITIVE_INFINITY : BUDGET,
    wholeBudget: isWhole ? Number.POSITIVE_INFINITY : WHOLE_BUDGET,
    isBudgetHeld: process.env.RESTEP_HOLD_BUDGET === "1",
  };
  return {
    test: {
      include: isWhole ? [TESTS, CAMPAIGNS] : [TESTS],
      testTimeout: 30_000,
      // Where nobody looks on, one test of ten thousand that a busy machine broke does not refuse a change; it is named.
      retry: process.env.CI === "true" ? 1 : 0,
      hookTimeout: 30_000,
      pool: "forks",
      // Files share processes and what those have loaded: no test changes a module, or leaves a global otherwise than it was.
      isolate: false,
      maxWorkers: availableParallelism(),
      // End-to-end tests run what `npm run` runs.
      globalSetup: ["test/build.ts"],
      setupFiles: ["test/support/setup.ts"],
      provide: { seed, isWhole },
      // Modules as they were transformed for the run before, by what is in them: a third of a second of import time each stays away.
      experimental: { fsModuleCache: true },
      reporters: [new BriefReporter(options)],
      env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    },
  };
});
