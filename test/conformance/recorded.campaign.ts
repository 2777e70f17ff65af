import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { conformance } from "../lab/conformance/run.ts";

/** Executions recorded from AWS: too large for the repository, so they are looked for beside it. */
const folder =
  process.env.RESTEP_ASL_CASES ??
  join(fileURLToPath(new URL("../../..", import.meta.url)), "shared", "asl-conformance", "cases");
const isMissing = !existsSync(folder);
if (isMissing && process.env.CI === "true") {
  throw new Error(`${folder}: expected the executions recorded from AWS, found nothing; set RESTEP_ASL_CASES`);
}
if (isMissing) process.stderr.write(`SKIPPED: no executions recorded from AWS at ${folder}; set RESTEP_ASL_CASES\n`);

describe("executions recorded from AWS", () => {
  it.skipIf(isMissing)(
    "come out the same, to the event",
    async () => {
      const lines: string[] = [];
      const code = await conformance([folder, "--verbose"], {
        print: (line) => lines.push(line),
        warn: (line) => lines.push(line),
      });
      expect(lines.at(-1)).toMatch(/^[1-9]\d* passed, 0 failed$/);
      expect(code, lines.join("\n")).toBe(0);
    },
    120_000,
  );
});
