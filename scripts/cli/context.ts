import type { RunId } from "../../shared/contracts/ids.ts";
import { openRuns, type RunsOptions } from "../../shared/local/open-runs.ts";
import type { ExecutionControl } from "../../shared/runs/elsewhere.ts";
import type { Runs } from "../../shared/runs/runs.ts";
import { expectRunName } from "./arguments.ts";
import { commandName, storeOption } from "./invocation.ts";
import { visibleText } from "./visible-text.ts";

/** Options that every verb takes. */
export interface GlobalOptions {
  /** URL or folder of the stores. */
  readonly store: string;
  /** Whether the command line says which, so that a command to type next has to say it too. */
  readonly isStoreGiven: boolean;
  /** Whether it says that by `--cloud`. */
  readonly isCloud?: boolean;
  readonly json: boolean;
  /** Whether the verb only reads, so that stores are opened as they are. */
  readonly asFound: boolean;
}

/** Results go to standard output, everything else to standard error. */
export function print(text: string): void {
  process.stdout.write(`${visibleText(text)}\n`);
}

export function say(text: string): void {
  process.stderr.write(`${visibleText(text)}\n`);
}

/** Loaded where an execution is told something. */
const elsewhere: ExecutionControl = {
  answer: async (...told) => (await import("../../functions/execution-control.ts")).stepFunctions.answer(...told),
  stop: async (...told) => (await import("../../functions/execution-control.ts")).stepFunctions.stop(...told),
};

/** Opens the runs in the stores for the length of one verb. Whoever only reads or goes on makes no store where none is. */
export async function withRuns<T>(
  options: GlobalOptions,
  use: (runs: Runs) => Promise<T>,
  more: Omit<RunsOptions, "store"> = {},
): Promise<T> {
  const runs = await openRuns({ store: options.store, mustExist: true, asFound: options.asFound, elsewhere, ...more });
  try {
    return await use(runs);
  } finally {
    await runs.close();
  }
}

/** The same for one run. @param name an id, the beginning of one, or `latest` */
export async function withRun<T>(
  options: GlobalOptions,
  name: string,
  use: (runs: Runs, runId: RunId) => Promise<T>,
  more: Omit<RunsOptions, "store"> = {},
): Promise<T> {
  expectRunName(name);
  return withRuns(options, async (runs) => use(runs, await runs.find(name)), more);
}

/** A command to type next: started as this one was, and for the same store. What stands behind `--` stays last. */
export function nextCommand({ store, isStoreGiven, isCloud = false }: GlobalOptions, ...words: string[]): string {
  const end = words.indexOf("--");
  const [own, rest] = end < 0 ? [words, []] : [words.slice(0, end), words.slice(end)];
  return [commandName(), ...own, ...(isStoreGiven ? storeOption(store, isCloud) : []), ...rest].join(" ");
}
