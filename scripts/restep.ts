#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { version } from "../shared/local/installation/package.ts";
import { readEnvironment } from "./cli/environment.ts";
import { describeError, ExitCode, exitCodeOf, UsageError } from "./cli/exit-codes.ts";
import { commandName, optionsLostToNpm } from "./cli/invocation.ts";
import { defaultStore } from "./cli/store-place.ts";
import { usageErrorOf } from "./cli/usage.ts";
import { registerVerbs } from "./commands/index.ts";

const environment = readEnvironment();
const program = new Command("restep")
  .description("Recompiles binaries to WebAssembly as a state machine you can replay anywhere.")
  .addHelpText("before", "Example: restep run examples/sha256/manifest.json\n")
  .addHelpText(
    "after",
    `
Runs are named by their id, its beginning, or latest (restep list shows them). Without --store they are in RESTEP_STORE, or
in the nearest .restep of this folder and those above it.
Exit codes: 0 succeeded, 1 failed, 2 bad usage or bad input, 3 blocked, 4 cancelled, 130 interrupted (resumable).`,
  )
  .version(version, "-V, --version", "say which version this is")
  .configureOutput({ outputError: () => {} })
  .exitOverride()
  .hook("preAction", (_program, verb) => {
    const isStoreGiven = verb.getOptionValue("store") !== undefined;
    if (!isStoreGiven) verb.setOptionValue("store", defaultStore(process.cwd(), environment.store));
    verb.setOptionValue("isStoreGiven", isStoreGiven);
  });

registerVerbs(program, (code) => {
  process.exitCode = code;
});

// A reader that has seen enough (`| head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

try {
  expectAllOptions();
  await program.parseAsync();
} catch (thrown) {
  const isHelp = thrown instanceof CommanderError && /^commander\.(help|version)/.test(thrown.code);
  if (isHelp) process.exitCode = thrown.exitCode === 0 ? ExitCode.succeeded : ExitCode.badInput;
  else {
    const words = process.argv.slice(2);
    const error = thrown instanceof CommanderError ? usageErrorOf(thrown, program, words) : thrown;
    process.stderr.write(`${describeError(error, isJsonAsked(words))}\n`);
    process.exitCode = exitCodeOf(error);
  }
}

/** @throws {UsageError} when npm kept some for itself */
function expectAllOptions(): void {
  const ours = program.commands.flatMap(({ options }) => options.flatMap(({ long }) => long?.slice(2) ?? []));
  const lost = optionsLostToNpm(environment, [...new Set(ours)]);
  if (lost.length === 0) return;
  const names = lost.map((name) => `--${name}`).join(", ");
  throw new UsageError(
    `npm kept ${names} for itself; write -- before the verb, as in: ${commandName()} run … ${names}`,
  );
}

/** What stands behind `--` is the recompiled program's. */
function isJsonAsked(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  return (end < 0 ? words : words.slice(0, end)).includes("--json");
}
