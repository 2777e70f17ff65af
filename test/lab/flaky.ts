/**
 * `npm run flaky -- [--seeds N] [--from SEED] [FILE...]`: runs the tests that generate their cases with one seed after the
 * other, each in a process of its own, and shows those that fail. A test that one seed in five hundred breaks fails somebody's
 * change every second week.
 */

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: "string", default: "40" }, from: { type: "string", default: "1" } },
});
const [seeds, from] = [Number(values.seeds), Number(values.from)];
if (!Number.isInteger(seeds) || seeds < 1 || !Number.isInteger(from) || from < 0) {
  console.error("Usage: npm run flaky -- [--seeds N] [--from SEED] [FILE...]");
  process.exit(2);
}

const files = positionals.length > 0 ? positionals : generatingTests("test");
const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
const failed: number[] = [];
for (let seed = from; seed < from + seeds; seed += 1) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [vitest, "run", "--mode", "brief", ...files], {
    encoding: "utf8",
    env: { ...process.env, RESTEP_TEST_SEED: String(seed) },
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  if (status !== 0) {
    failed.push(seed);
    process.stdout.write(`${stdout}${stderr}`);
  }
  console.log(`seed ${seed}: ${status === 0 ? "passed" : "FAILED"}`);
}
console.log(
  `${files.length} files, ${seeds} seeds: ${failed.length === 0 ? "none failed" : `failed with ${failed.join(", ")}`}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

/** The test files that draw cases, or import what does. */
function generatingTests(folder: string): string[] {
  const found = new Map<string, boolean>();
  const generates = (file: string): boolean => {
    const known = found.get(file);
    if (known !== undefined) return known;
    // Of a circle, the file that is asked first decides.
    found.set(file, false);
    const text = readFileSync(file, "utf8");
    const imports = [...text.matchAll(/from "(\.[^"]+\.ts)"/g)].map(([, path = ""]) => resolve(dirname(file), path));
    const does = text.includes('from "fast-check"') || imports.some((path) => existsSync(path) && generates(path));
    found.set(file, does);
    return does;
  };
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join(folder, name))
    .filter(generates)
    .sort();
}
