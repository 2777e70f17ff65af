import { openRuns, type RunsOptions } from "../../shared/local/open-runs.ts";
import type { Runs } from "../../shared/runs/runs.ts";

/** Options that every verb takes. */
export interface GlobalOptions {
  /** URL or folder of the stores. */
  readonly store: string;
  readonly json: boolean;
}

/** Results go to standard output, everything else to standard error. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Opens the runs in the stores for the length of one verb. Whoever only reads or goes on makes no store where none is. */
export async function withRuns<T>(
  options: GlobalOptions,
  use: (runs: Runs) => Promise<T>,
  more: Omit<RunsOptions, "store"> = {},
): Promise<T> {
  const runs = await openRuns({ store: options.store, mustExist: true, ...more });
  try {
    return await use(runs);
  } finally {
    await runs.close();
  }
}
