import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { bundleFunction } from "../cloud/support/bundles.ts";
import { root, temporaryFolder } from "../e2e/cli.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());

const functions = readdirSync(join(root, "functions")).filter((name) =>
  existsSync(join(root, "functions", name, "handler.ts")),
);

/** KiB, of those that lift, link, run or compare code; and of the one with every verb, whose schemas describe themselves too. */
const MOST: Readonly<Record<string, number>> = {
  api: 1330,
  "api-by-token": 1330,
  "compare-runs": 590,
  intake: 510,
  lift: 660,
  link: 545,
  plan: 670,
  validate: 775,
};

describe("a function's bundle, but for the SDK", () => {
  it.each(functions)("%s is as small as a cold start wants it", async (name) => {
    const properties = { minify: true, esbuild: { external: ["@aws-sdk/*"] } };
    const bytes = await bundleFunction({ handler: `functions/${name}/handler.handler`, properties }, folder.path);
    expect(bytes / 1024).toBeLessThan(MOST[name] ?? 480);
  });
});
