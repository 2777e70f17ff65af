/** Runs a module in a worker, as a process of its own: `node run-program.ts MODULE`. The outcome goes to standard error. */

import { readFileSync } from "node:fs";
import { runInWorker } from "../../../../shared/recompiler/runtime/run-in-worker.ts";
import { ENTRY, LAYOUT } from "./programs.ts";

const outcome = await runInWorker({
  module: readFileSync(process.argv[2]!),
  start: { layout: LAYOUT, endianness: "little", entry: ENTRY, args: ["program"], env: [] },
  files: {},
});
process.stderr.write(JSON.stringify(outcome));
