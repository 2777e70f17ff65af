/** `npm run crash`: see docs/crash-testing.md. */

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { crash } from "./crash/run.ts";
import { crashServer } from "./crash/server/run.ts";

const scratch = mkdtempSync(join(tmpdir(), "restep-crash-"));
const say = (line: string) => void process.stderr.write(`${line}\n`);
try {
  const [first, ...rest] = process.argv.slice(2);
  const campaign = first === "server" ? crashServer : crash;
  process.exitCode = await campaign(first === "server" ? rest : process.argv.slice(2), {
    cores: availableParallelism(),
    scratch,
    print: (line) => void process.stdout.write(`${line}\n`),
    say,
  });
} finally {
  // With --keep the stores of failed points stay.
  for (const name of readdirSync(scratch))
    if (/^(lane-|undisturbed$)/.test(name)) rmSync(join(scratch, name), { recursive: true });
  rmSync(join(scratch, "subject"), { recursive: true, force: true });
  if (readdirSync(scratch).length === 0) rmSync(scratch, { recursive: true });
  else say(`Stores of failed points are in ${scratch}`);
}
