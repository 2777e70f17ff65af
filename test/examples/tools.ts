import { spawnSync } from "node:child_process";

/**
 * Whether a tool these tests need is missing, said on standard error. Where `RESTEP_REQUIRE_TOOLS=1` asks for every
 * test, a missing tool is an error instead of a skip.
 */
export function isMissing(command: string, expectedVersion?: RegExp): boolean {
  const { error, stdout } = spawnSync(command, ["--version"], { encoding: "utf8" });
  const lack = error
    ? `${command} is not installed`
    : expectedVersion && !expectedVersion.test(stdout)
      ? `${command} is not the version asked for (${expectedVersion.source}): ${stdout.split("\n")[0]}`
      : undefined;
  if (lack === undefined) return false;
  if (process.env.RESTEP_REQUIRE_TOOLS === "1") throw new Error(`${lack}, and RESTEP_REQUIRE_TOOLS=1 requires it`);
  process.stderr.write(`SKIPPED: ${lack}\n`);
  return true;
}
