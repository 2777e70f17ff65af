#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { version } from "../shared/local/installation/version.ts";
import { describeError, ExitCode, exitCodeOf } from "./cli/exit-codes.ts";
import { registerVerbs } from "./commands/index.ts";

const program = new Command("restep")
  .description("Recompiles binaries to WebAssembly as a state machine you can replay anywhere.")
  .addHelpText("before", "Example: restep run examples/sha256/manifest.json\n")
  .addHelpText(
    "after",
    "\nExit codes: 0 succeeded, 1 failed, 2 bad usage or bad input, 3 blocked, 4 cancelled, 130 interrupted (resumable).",
  )
  .version(version, "-V, --version", "say which version this is")
  .exitOverride();

registerVerbs(program, (code) => {
  process.exitCode = code;
});

// A reader that has seen enough (`| head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? ExitCode.succeeded : ExitCode.badInput;
  } else {
    process.stderr.write(`${describeError(error, process.argv.includes("--json"))}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
