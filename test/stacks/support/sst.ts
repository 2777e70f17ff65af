import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../e2e/cli.ts";

/** Where `npm run sst -- install` puts SST's components, Pulumi and its providers. */
export const platform = join(root, ".sst", "platform");

/** Whether what these tests need of SST is missing, said on standard error; with `RESTEP_REQUIRE_TOOLS=1` that is an error. */
export function isSstMissing(): boolean {
  if (existsSync(join(platform, "node_modules", "@pulumi", "aws"))) return false;
  const lack = "SST is not installed: SST_SKIP_DEPENDENCY_CHECK=1 NO_BUN=1 npm run sst -- install --stage test";
  if (process.env.RESTEP_REQUIRE_TOOLS === "1") throw new Error(`${lack}; RESTEP_REQUIRE_TOOLS=1 requires it`);
  process.stderr.write(`SKIPPED: ${lack}\n`);
  return true;
}
