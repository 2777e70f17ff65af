import { type Command, Option } from "commander";
import { PRIORITIES } from "../../shared/contracts/priorities.ts";
import { MAP_MODES } from "../../shared/kernel/map-mode.ts";
import { UsageError } from "../cli/exit-codes.ts";

/** How a verb tells the process what to exit with: one of `ExitCode`, or a recompiled program's own status. */
export type SetExit = (code: number) => void;

/** A second root would take the place of what the first granted, for a program has one. @throws {UsageError} */
function onlyRoot(given: string, before: string | undefined): string {
  if (before === undefined) return given;
  throw new UsageError(
    `--root: expected it once, found ${before} and ${given}: a program has one root; name a folder that holds both, or the files as arguments`,
  );
}

/** Adds every verb. What a verb needs is imported when it runs, so that `exec` does not wait for the recompiler. */
export function registerVerbs(program: Command, setExit: SetExit): void {
  storeless(
    program,
    "writes",
    "pack <binary>",
    "make manifest.json and artifacts/ for a binary",
    "restep pack game.elf -o game/",
  )
    .option("-o, --output <dir>", "folder to write (default: the binary's name, with .restep)")
    .option("--symbols <file>", "symbol file: N64Recomp's TOML, symbol_addrs.txt, a map of GNU ld, Ghidra's CSV")
    .option("--config <file>", "config manifest as JSON (default: lift everything)")
    .option("--provenance <file>", "provenance manifest as JSON (default: states only the file)")
    .option("--run-id <uuid>", "run id (default: derived from the three manifests)")
    .option("--requested-by <principal>", "who asks for the run", "local")
    .addOption(
      new Option("--priority <priority>", "of the runs that wait, one that is higher begins first")
        .choices(PRIORITIES)
        .default("standard"),
    )
    .action(async (binary, options) => (await import("./pack.ts")).packVerb(binary, options));
  verb(
    program,
    "writes",
    "run <manifest>",
    "run a manifest to its end, or go on with it",
    "restep run examples/sha256/manifest.json",
  )
    .option("--new", "run under a fresh id", false)
    .addOption(
      new Option("--hybrid", "carry it out here, on the stores of the deployment (with --cloud, it does)").conflicts([
        "store",
        "cloud",
      ]),
    )
    .option("--parent <run_id>", "as the child of a run that goes on: its log tells of it")
    .option("--workers <n>", "worker threads (default: the cores)")
    .addOption(mapMode())
    .addOption(onSignal())
    .addOption(keyFile("that signs the run once it succeeded (default: RESTEP_SIGNING_KEY, or unsigned)"))
    .action(async (manifest, options) =>
      setExit(
        options.isCloud
          ? await (await import("./run-in-cloud.ts")).runInCloud(manifest, options)
          : await (await import("./run.ts")).runVerb(manifest, options),
      ),
    );
  verb(
    program,
    "writes",
    "resume <run_id>",
    "go on with an interrupted run, or from a failed one as a new run",
    "restep resume 6d0c…, or restep resume 6d0c… --new --from link",
  )
    .option("--new", "as a new run, from where one that failed or was cancelled can be gone on from", false)
    .option("--from <step>", "with --new: the step to do again first (default: what the failed one depends on)")
    .option("--workers <n>", "worker threads (default: the cores)")
    .addOption(mapMode())
    .addOption(onSignal())
    .addOption(keyFile("that signs the run once it succeeded (default: RESTEP_SIGNING_KEY, or unsigned)"))
    .action(async (runId, options) => setExit(await (await import("./run.ts")).resumeVerb(runId, options)));
  verb(
    program,
    "writes",
    "cancel <run_id>",
    "cancel a run, and take back what it did",
    'restep cancel 6d0c… --by alice --reason "wrong binary"',
  )
    .requiredOption("--by <principal>", "who wants it")
    .requiredOption("--reason <text>", "why")
    .option("--timeout <seconds>", "how long to wait for whoever carries the run out to hear", "30")
    .option("--workers <n>", "worker threads (default: the cores)")
    .action(async (runId, options) => setExit(await (await import("./cancel.ts")).cancelVerb(runId, options)));
  verb(
    program,
    "reads",
    "exec <target> [args...]",
    "run the recompiled program of a run or bundle",
    "restep exec 6d0c… -- file.txt",
  )
    .option(
      "--root <dir[:rw]>",
      "folder the program may read, with :rw also write, besides the files its arguments name",
      onlyRoot,
    )
    .option(
      "--env <NAME=VALUE>",
      "a variable of the program's environment, which is empty but for these; may be repeated",
      (given: string, before: readonly string[] = []) => [...before, given],
    )
    .option("--timeout <seconds>", "end the program after so long, exit code 124 (default: never)")
    .option("--memory <MiB>", "let it have no more memory, image and stack included (default: 1024, or as linked)")
    .option(
      "--host <file>",
      "functions of yours in the place of the program's, and hooks: JavaScript or WebAssembly, which may do what you may",
    )
    .addOption(
      new Option(
        "--interpreted",
        "interpret the code in the program's memory, and run none of what was lifted: slow, and goes wherever the program does",
      ).conflicts("host"),
    )
    .action(async (target, args, options) =>
      setExit(await (await import("./exec.ts")).execVerb(target, args, options)),
    );
  verb(
    program,
    "reads",
    "list",
    "the runs: their states, stages and ages, and who works on them",
    "restep list",
  ).action(async (options) => (await import("./list.ts")).listVerb(options));
  verb(program, "reads", "status <run_id>", "the status record of a run", "restep status 6d0c…").action(
    async (runId, options) => (await import("./inspect.ts")).statusVerb(runId, options),
  );
  verb(program, "reads", "events <run_id>", "the event log of a run", "restep events 6d0c… --tail 20 --follow")
    .option("--tail <n>", "only the last n")
    .option("--follow", "wait for more until the run ends", false)
    .addOption(new Option("--states", "only the changes of the run's phase").default(false).conflicts("tail"))
    .action(async (runId, options) => (await import("./inspect.ts")).eventsVerb(runId, options));
  verb(program, "reads", "summary <run_id>", "what happened in a run", "restep summary 6d0c…").action(
    async (runId, options) => (await import("./inspect.ts")).summaryVerb(runId, options),
  );
  verb(program, "reads", "context <run_id> [key]", "what a run's states gave back", "restep context 6d0c… link").action(
    async (runId, key, options) => (await import("./inspect.ts")).contextVerb(runId, key, options),
  );
  verb(
    program,
    "reads",
    "functions <run_id> [name]",
    "the functions of a run's program and how they stand, or all there is about one: by name, or an address in it",
    "restep functions 6d0c… --untested, or restep functions 6d0c… main",
  )
    .option("--not-lifted", "only those that were not lifted", false)
    .option("--obstacles", "only those that trap somewhere, because what stands there cannot be lifted", false)
    .option("--untested", "only those that no input told anything of", false)
    .option("--disproven", "only those that differ from the oracle", false)
    .option("--diverge", "of one function, after which instruction it first differs from the oracle", false)
    .option("--asm", "of one function, its assembly (default: assembly, IR and WebAssembly side by side)", false)
    .option("--ir", "of one function, its IR", false)
    .option("--wasm", "of one function, its WebAssembly", false)
    .addOption(new Option("--stacked", "what is shown of one function below each other").default(false))
    .option(
      "--passes-until <n>",
      "of one function, leave out passes over the IR from the nth on, as far as they may be",
    )
    .action(async (runId, name, options) => (await import("./functions.ts")).functionsVerb(runId, name, options));
  verb(
    program,
    "reads",
    "verify [run_id]",
    "hash every artifact and the event chain of a run again; without one, of every run whose folder is there, and what no run leads to",
    "restep verify 6d0c…, or restep verify",
  )
    .option(
      "--key <file>",
      "public key, of several if need be: one of them must have signed the run, or each run",
      several,
      [],
    )
    .action(async (runId, options) => setExit(await (await import("./verify.ts")).verifyVerb(runId, options)));
  verb(
    program,
    "writes",
    "sign <run_id>",
    "sign where a run's bundle comes from, and its log",
    "restep sign 6d0c… --key me.key",
  )
    .addOption(keyFile("(default: RESTEP_SIGNING_KEY)"))
    .action(async (runId, options) => (await import("./sign.ts")).signVerb(runId, options));
  storeless(
    program,
    "writes",
    "keys <action> <file>",
    "make a pair of keys (new), or show the public part of one (show)",
    "restep keys new me.key",
  ).action(async (action, file, options) => (await import("./keys.ts")).keysVerb(action, file, options));
  verb(program, "reads", "facts <run_id>", "the recorded external calls of a run", "restep facts 6d0c…")
    .option("--keep", "keep their index in the store, for another run's config to name as run.facts", false)
    .action(async (runId, options) => (await import("./inspect.ts")).factsVerb(runId, options));
  verb(program, "reads", "provenance <run_id>", "where a run's bundle comes from", "restep provenance 6d0c… --slsa")
    .option("--slsa", "as an in-toto statement (SLSA provenance v1): the bytes whose hash is named", false)
    .addOption(new Option("--dsse", "that statement in an envelope, signed (DSSE)").default(false).conflicts("slsa"))
    .action(async (runId, options) => (await import("./inspect.ts")).provenanceVerb(runId, options));
  verb(
    program,
    "reads",
    "bundle <target>",
    "write what a run has published to a folder",
    "restep bundle 6d0c… -o game.bundle, or restep bundle latest --cloud",
  )
    .option("-o, --output <dir>", "folder to write (default: the module's name, with .bundle)")
    .action(async (target, options) => (await import("./bundle.ts")).bundleVerb(target, options));
  verb(
    program,
    "reads",
    "replay <run_id>",
    "run a finished run again from its recorded facts, and compare",
    "restep replay 6d0c…",
  )
    .option("--workers <n>", "worker threads (default: the cores)")
    .action(async (runId, options) => setExit(await (await import("./replay.ts")).replayVerb(runId, options)));
  for (const [name, decision, gate, description] of DECISIONS) {
    verb(
      program,
      "writes",
      `${name} <run_id> <gate>`,
      description,
      `restep ${name} 6d0c… ${gate} --by alice --reason "checked"`,
    )
      .requiredOption("--by <principal>", "who decides")
      .requiredOption("--reason <text>", "why")
      .option("--workers <n>", "worker threads (default: the cores)")
      .option("--no-resume", "only record the decision")
      .addOption(keyFile("of whoever decides, which signs the decision (default: who decides is merely said)"))
      .action(async (runId, gate, options) =>
        setExit(await (await import("./decide.ts")).decideVerb(runId, gate, decision, options)),
      );
  }
  verb(
    program,
    "reads",
    "cost <what>",
    "what the run of a manifest would cost in AWS, or what a run would have, as long as its stages took here",
    "restep cost examples/sha256/manifest.json, or restep cost 6d0c… --runs 10000",
  )
    .option("--runs <n>", "of so many runs like it", "1")
    .addOption(mapMode())
    .action(async (what, options) => (await import("./cost.ts")).costVerb(what, options));
  verb(program, "writes", "gc", "remove what the retention policy keeps no longer", "restep gc --dry-run")
    .option("--dry-run", "print what would go and why, change nothing", false)
    .option("--keep-failed <days>", "all of a failed run, and quarantine (default: 30)")
    .option("--keep-intermediates <days>", "all of a succeeded run (default: 7)")
    .option("--grace <hours>", "any artifact since it was put last (default: 24)")
    .action(async (options) => setExit(await (await import("./gc.ts")).gcVerb(options)));
  verb(
    program,
    "writes",
    "tokens <action> [name]",
    "make (new), list or revoke a token that lets its bearer call a deployment's API",
    "restep tokens new ci --cloud",
  ).action(async (action, name, options) => (await import("./tokens.ts")).tokensVerb(action, name, options));
  verb(
    program,
    "writes",
    "redrive",
    "send again what a deployment gave up: starts of runs, and ends that were to be recorded",
    "restep redrive --cloud --dry-run",
  )
    .option("--dry-run", "print what there is and why, send nothing", false)
    .action(async (options) => (await import("./redrive.ts")).redriveVerb(options));
  verb(
    program,
    "writes",
    "serve",
    "serve the Step Functions API, or the API of runs, on this machine",
    "restep serve --sfn --port 8083, or restep serve --api --token-file token",
  )
    .option("--sfn", "the Step Functions API (JSON 1.0)")
    .option("--api", "the API of runs (HTTP and JSON; /v1/openapi.json describes it); wants --token-file")
    .option("--port <n>", "port; 0 takes a free one (default: 8083 for --sfn, 8084 for --api)")
    .option("--host <address>", "address to listen on; one that others reach wants --token-file", "127.0.0.1")
    .option("--token-file <file>", "callers must show what stands in it (mode 0600), as SDKs do with AWS_SESSION_TOKEN")
    .option("--allow-host <name>", "a name, besides this machine's, that callers may call; may be repeated", more, [])
    .option("--workers <n>", "--api: worker threads of each run (default: the cores)")
    .option("--runs <n>", "--api: runs at once, the others in their turn, by priority (default: the cores)")
    .option("--in-memory", "--sfn: keep nothing over a restart (default: keep it in <store>/sfn)")
    .option("--lambda-endpoint <url>", "--sfn: where Lambda functions are called, over Lambda's Invoke API")
    .option("--s3 <folder>", "--sfn: buckets, as folders in it, for Distributed Maps and aws-sdk:s3 tasks")
    .option("--mock-config <file>", "--sfn: what tasks answer in test cases, as Step Functions Local reads it")
    .option("--fast", "--sfn: do not wait: skip ahead when nothing else is left to do")
    .option("--region <name>", "--sfn: region that ARNs name (default: us-east-1)")
    .option("--account <id>", "--sfn: account that ARNs name, twelve digits (default: 000000000000)")
    .addHelpText(
      "after",
      '\nStartSyncExecution and TestState: clients put "sync-" before the host name; turn that off with disableHostPrefix: true.',
    )
    .action(async (options) => (await import("./serve.ts")).serveVerb(options));
}

const DECISIONS = [
  ["approve", "approved", "publish", "approve what a manual gate waits for, and go on"],
  ["reject", "rejected", "publish", "reject what a gate waits for: the run fails"],
  ["override", "overridden", "validation", "let a failed hard gate pass, where the run's policy allows it, and go on"],
] as const;

function more(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function several(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function keyFile(what: string): Option {
  return new Option("--key <file>", `file with the private key ${what}`);
}

function mapMode(): Option {
  return new Option(
    "--maps <mode>",
    "carry out the Maps of a run that has come to none yet within its execution, or each item as one of its own",
  ).choices(MAP_MODES);
}

function onSignal(): Option {
  return new Option("--on-signal <what>", "what SIGINT and SIGTERM do: leave the run to be resumed, or cancel it")
    .choices(["leave", "cancel"])
    .default("leave");
}

/** What a verb does to the stores: one that reads changes not a byte, and is given stores that it finds as they are. */
type Effect = "reads" | "writes";

function verb(program: Command, effect: Effect, usage: string, description: string, example: string): Command {
  return storeless(program, effect, usage, description, example)
    .option(
      "--store <url>",
      "folder of the stores, file:PATH, or s3://BUCKET/PREFIX (default: RESTEP_STORE, or the nearest .restep)",
    )
    .addOption(
      new Option("--cloud", "those of the deployment: of RESTEP_CLOUD, or of the nearest .sst/outputs.json").conflicts(
        "store",
      ),
    );
}

/** A verb that has nothing to do with runs. */
function storeless(program: Command, effect: Effect, usage: string, description: string, example: string): Command {
  return program
    .command(usage)
    .setOptionValue("asFound", effect === "reads")
    .description(description)
    .addHelpText("before", `Example: ${example}\n`)
    .option("--json", "print JSON", false)
    .exitOverride();
}
