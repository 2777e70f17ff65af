/** `npm run fuzz`: see docs/fuzzing.md. */

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { CAMPAIGNS } from "./fuzz/campaigns/index.ts";
import { fuzz } from "./fuzz/run.ts";

const scratch = mkdtempSync(join(tmpdir(), "restep-fuzz-"));
const say = (line: string) => void process.stderr.write(`${line}\n`);
try {
  process.exitCode = await fuzz(process.argv.slice(2), {
    campaigns: CAMPAIGNS,
    cores: availableParallelism(),
    scratch,
    now: () => performance.now(),
    print: (line) => void process.stdout.write(`${line}\n`),
    say,
  });
} finally {
  // With --keep the folders of failed trials stay.
  if (readdirSync(scratch).length === 0) rmSync(scratch, { recursive: true });
  else say(`What failed trials left is in ${scratch}`);
}
