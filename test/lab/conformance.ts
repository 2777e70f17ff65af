/** `npm run conformance -- DIR`: compares the interpreter with executions recorded from AWS. */

import { conformance } from "./conformance/run.ts";

process.exitCode = await conformance(process.argv.slice(2), {
  print: (line) => void process.stdout.write(`${line}\n`),
  warn: (line) => void process.stderr.write(`${line}\n`),
});
// A task that was recorded as never answering keeps nothing alive; a clock that was left running would.
process.exit();
