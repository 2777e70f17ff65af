/** `npm run bench`: see docs/benchmarks.md. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bench } from "./bench/run.ts";
import { SUITES } from "./bench/suites/index.ts";
import { isInstalled } from "./bench/tools.ts";
import { fetchNode } from "./nodes.ts";

const scratch = mkdtempSync(join(tmpdir(), "restep-bench-"));
const say = (line: string) => void process.stderr.write(`${line}\n`);
try {
  process.exitCode = await bench(process.argv.slice(2), {
    suites: SUITES,
    now: () => performance.now(),
    scratch,
    isInstalled,
    getNode: (major) => fetchNode(major, (line) => say(`bench: ${line}`)),
    warn: say,
    print: (text) => void process.stdout.write(text),
    say,
  });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
