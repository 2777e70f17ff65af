import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { isatty } from "node:tty";
import { isBundleFolder, readBundleFolder } from "../../shared/local/bundle-folder.ts";
import { hex } from "../../shared/recompiler/machine.ts";
import { SIGNAL_STATUS } from "../../shared/recompiler/runtime/exit.ts";
import type { HostFilesOptions } from "../../shared/recompiler/runtime/host-files.ts";
import { runInWorker } from "../../shared/recompiler/runtime/run-in-worker.ts";
import { signalName } from "../../shared/recompiler/runtime/signals.ts";
import { syscallName } from "../../shared/recompiler/runtime/syscalls/names.ts";
import { isRunName } from "../../shared/runs/find-run.ts";
import type { Trap } from "../../shared/runs/functions/trap.ts";
import { toLayout } from "../../shared/stages/program-documents.ts";
import { parseCount } from "../cli/arguments.ts";
import { type GlobalOptions, say, withRuns } from "../cli/context.ts";
import { ExitCode, UsageError } from "../cli/exit-codes.ts";
import { formatTrap } from "../cli/functions/trap.ts";
import { endWithSupervisor, isSupervised, runSupervised } from "./exec-supervised.ts";

interface ExecOptions extends GlobalOptions {
  readonly root?: string;
  /** In the order in which they were given. */
  readonly env?: readonly string[];
  readonly timeout?: string;
  readonly memory?: string;
  readonly host?: string;
  readonly interpreted?: boolean;
}

/** As `timeout` of the GNU tools exits. */
const TIMED_OUT = 124;

/** Three weeks: what timers can count. */
const MOST_SECONDS = 2_000_000;

const MEBIBYTE = 1 << 20;

/** Mebibytes: a guest's whole address space. */
const MOST_MEBIBYTES = 4096;

/** What `--root` grants: `DIR` or `DIR:ro` for reading, `DIR:rw` for writing too. @throws {UsageError} */
function parseRoot(given: string | undefined): Pick<HostFilesOptions, "root" | "isRootWritable"> {
  if (given === undefined) return {};
  const [, root = "", access = "ro"] = /^(.*?)(?::(rw|ro))?$/s.exec(given) ?? [];
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new UsageError(`--root: expected a folder, found ${existsSync(root) ? "a file" : "nothing"} at ${root}`);
  }
  return { root, isRootWritable: access === "rw" };
}

/** Standard streams that are a terminal, and how large that is. */
function terminals(): NonNullable<HostFilesOptions["terminals"]> {
  const { columns = 80, rows = 24 } = process.stdout;
  return Object.fromEntries([0, 1, 2].filter((each) => isatty(each)).map((each) => [each, { columns, rows }]));
}

/** `NAME=VALUE` each, the last of a name; what the program's `environ` holds. @throws {UsageError} */
function parseEnvironment(given: readonly string[] = []): string[] {
  const byName = new Map<string, string>();
  for (const variable of given) {
    const name = /^([^=]+)=/s.exec(variable)?.[1];
    if (name === undefined) throw new UsageError(`--env: expected NAME=VALUE, found ${variable}`);
    byName.set(name, variable);
  }
  return [...byName.values()];
}

/** @throws {UsageError} */
function parseHostFile(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  if (!/\.(m?js|wasm)$/.test(given) || statSync(given, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new UsageError(`--host: expected a file of JavaScript (.mjs, .js) or WebAssembly (.wasm), found ${given}`);
  }
  return resolve(given);
}

/** Runs the recompiled program with this process's standard streams. @returns the program's own exit status; 128 + signal where one ends it */
export async function execVerb(target: string, programArgs: string[], options: ExecOptions): Promise<number> {
  const root = parseRoot(options.root);
  const seconds = options.timeout === undefined ? undefined : parseCount("--timeout", options.timeout, 1, MOST_SECONDS);
  const mebibytes =
    options.memory === undefined ? undefined : parseCount("--memory", options.memory, 1, MOST_MEBIBYTES);
  const hostFile = parseHostFile(options.host);
  const env = parseEnvironment(options.env);
  if (seconds !== undefined && !isSupervised()) return await execWithin(seconds);
  if (isSupervised()) endWithSupervisor();
  const { index, module } = isBundleFolder(target)
    ? await readBundleFolder(target)
    : await withRuns(options, (runs) => runs.program(target));
  const args = [index.name, ...programArgs];
  const outcome = await runInWorker({
    module,
    start: {
      layout: toLayout(index.layout),
      endianness: index.endianness,
      entry: Number(index.entry),
      args,
      env,
      ...(mebibytes === undefined ? {} : { mostMemoryBytes: mebibytes * MEBIBYTE }),
    },
    ...(options.interpreted && { isInterpreted: true }),
    // What the person typed names files, what the bundle is called does not.
    files: { args: programArgs, ...root, terminals: terminals() },
    ...(hostFile !== undefined && { hostFile }),
  });
  for (const { number, count } of outcome.unknownSyscalls) {
    const name = syscallName(number);
    const called = name === undefined ? `system call ${number}` : `system call ${name} (${number})`;
    say(`restep: ${index.name}: ${called} is not there; it answered ENOSYS ${count === 1 ? "once" : `${count} times`}`);
  }
  if (outcome.writtenCode !== undefined) {
    const where = hex(outcome.writtenCode);
    say(
      `restep: ${index.name}: it says (cacheflush) that it has written code, first at ${where}: what ran is the code of its file`,
    );
  }
  if (outcome.kind === "exit") {
    if (outcome.reason === "signal")
      say(`restep: ${index.name}: ended by ${signalName(outcome.status - SIGNAL_STATUS)}`);
    if (outcome.reason === "deadlock")
      say(
        `restep: ${index.name}: ended: it waits for what nobody is left to do (one thread runs, and no timer is set)`,
      );
    return outcome.status;
  }
  await sayTrap(outcome, target, index.name, options);
  const { signal } = outcome;
  return signal === undefined ? ExitCode.failed : SIGNAL_STATUS + signal;
}

/** Of a run, all that its artifacts tell of it; of a bundle, what its module does. */
async function sayTrap(trap: Trap, target: string, program: string, options: ExecOptions): Promise<void> {
  const { signal, message, scene } = trap;
  const ended = signal === undefined ? "" : `ended by ${signalName(signal)}: `;
  const [innermost] = scene.frames;
  const where = innermost?.name === undefined ? "" : ` in ${innermost.name}`;
  if (!isRunName(target) || isBundleFolder(target)) {
    say(`restep: ${program}: ${ended}${message}${where}`);
    const calls = scene.frames.map(({ name, index }) => name ?? `function ${index}`);
    if (calls.length > 1) say(`Calls under way, the last first: ${calls.join(", ")}`);
    return;
  }
  const report = await withRuns(options, async (runs) => runs.explainTrap(await runs.find(target), trap));
  say(`restep: ${program}: ${ended}${formatTrap(report)}`);
}

async function execWithin(seconds: number): Promise<number> {
  const status = await runSupervised(seconds);
  if (status === undefined) say(`restep: the program was ended after ${seconds} s, as --timeout says`);
  return status ?? TIMED_OUT;
}
