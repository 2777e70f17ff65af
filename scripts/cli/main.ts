import { Command, CommanderError } from "commander";
import { version } from "../../shared/local/installation/package.ts";
import { registerVerbs } from "../commands/index.ts";
import { say } from "./context.ts";
import { type CliEnvironment, readEnvironment } from "./environment.ts";
import { describeError, ExitCode, exitCodeOf, UsageError } from "./exit-codes.ts";
import { commandName, optionsLostToNpm, optionsSharedWithNpm, storeOption } from "./invocation.ts";
import { cloudStore, defaultStore } from "./store-place.ts";
import { usageErrorOf } from "./usage.ts";

/**
 * Does what a command line says, and prints it.
 * @param words of the command line, without Node.js and the script
 * @returns what the process has to exit with
 */
export async function main(words: readonly string[], environment = readEnvironment()): Promise<number> {
  let code: number = ExitCode.succeeded;
  let givenStore: readonly string[] | undefined;
  let asked = words;
  const program = createProgram(environment, (store) => {
    givenStore = store;
  });
  registerVerbs(program, (given) => {
    code = given;
  });
  try {
    expectAllOptions(program, environment);
    asked = withSharedOptions(program, environment, withoutHelp(program, words));
    await program.parseAsync(asked, { from: "user" });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError && /^commander\.(help|version)/.test(thrown.code)) {
      return thrown.exitCode === 0 ? ExitCode.succeeded : ExitCode.badInput;
    }
    const error = thrown instanceof CommanderError ? usageErrorOf(thrown, program, asked) : thrown;
    say(describeError(error, isJsonAsked(asked), givenStore));
    return exitCodeOf(error);
  }
}

/** Help on a verb that there is none of is that verb: the same is said of it as everywhere. */
function withoutHelp({ commands }: Command, words: readonly string[]): readonly string[] {
  const [first, verb] = words;
  const isKnown = verb === undefined || verb === "help" || commands.some((command) => command.name() === verb);
  return first === "help" && !isKnown ? words.slice(1) : words;
}

function createProgram({ store, cloud }: CliEnvironment, takeGivenStore: (option: readonly string[]) => void): Command {
  return new Command("restep")
    .description("Recompiles binaries to WebAssembly as a state machine you can replay anywhere.")
    .addHelpText("before", "Example: restep run examples/sha256/manifest.json\n")
    .addHelpText(
      "after",
      `
Runs are named by their id, its beginning, or latest (restep list shows them). Without --store they are in RESTEP_STORE, or
in the nearest .restep of this folder and those above it. With --cloud they are those of a deployment: of RESTEP_CLOUD, or of
the nearest .sst/outputs.json.
Exit codes: 0 succeeded, 1 failed, 2 bad usage or bad input, 3 blocked, 4 cancelled, 5 incomplete, 130 interrupted (resumable).`,
    )
    .version(version, "-V, --version", "say which version this is")
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    .hook("preAction", (_program, verb) => {
      const { store: given, cloud: isCloud = false, hybrid: isHybrid = false } = verb.opts();
      const isStoreGiven = given !== undefined || isCloud || isHybrid;
      verb.setOptionValue("isStoreGiven", isStoreGiven);
      verb.setOptionValue("isCloud", isCloud);
      if (isCloud || isHybrid) verb.setOptionValue("store", cloudStore(process.cwd(), cloud));
      else if (!isStoreGiven) verb.setOptionValue("store", defaultStore(process.cwd(), store));
      if (isStoreGiven) takeGivenStore(storeOption(verb.getOptionValue("store"), isCloud));
    });
}

/** @throws {UsageError} when npm kept some for itself */
function expectAllOptions({ commands }: Command, environment: CliEnvironment): void {
  const ours = commands.flatMap(({ options }) => options.flatMap(({ long }) => long?.slice(2) ?? []));
  const lost = optionsLostToNpm(environment, [...new Set(ours)]);
  if (lost.length === 0) return;
  const names = lost.map((name) => `--${name}`).join(", ");
  throw new UsageError(
    `npm kept ${names} for itself; write -- before the verb, as in: ${commandName()} run … ${names}`,
  );
}

/**
 * The words with the JSON that npm was asked for in the place of this program, and kept. A dry run is refused instead: whoever
 * wanted one gets no other, and whose configuration has it would never get any.
 * @throws {UsageError}
 */
function withSharedOptions(
  { commands }: Command,
  environment: CliEnvironment,
  words: readonly string[],
): readonly string[] {
  const verb = commands.find((command) => command.name() === words[0]);
  const ours = verb?.options.flatMap(({ long }) => long?.slice(2) ?? []) ?? [];
  const kept = optionsSharedWithNpm(environment, ours, words);
  if (kept.includes("dry-run")) {
    throw new UsageError(
      `npm kept --dry-run for itself, or its configuration has it; write -- before the verb, as in: npm run -s ${environment.npmScript} -- ${words[0]} --dry-run`,
    );
  }
  return kept.includes("json") ? [...words.slice(0, 1), "--json", ...words.slice(1)] : words;
}

/** What stands behind `--` is the recompiled program's. */
function isJsonAsked(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  return (end < 0 ? words : words.slice(0, end)).includes("--json");
}
