import { openRuns, type RunsOptions } from "../../shared/local/open-runs.ts";
import type { Runs } from "../../shared/runs/runs.ts";
import { openStores } from "../../shared/stores/open.ts";
import type { Stores } from "../../shared/stores/ports.ts";

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

/** Opens the stores for the length of one verb. */
export async function withStores<T>(options: GlobalOptions, use: (stores: Stores) => Promise<T>): Promise<T> {
  const stores = await openStores(options.store);
  try {
    return await use(stores);
  } finally {
    await stores.close();
  }
}

/** Opens the runs in the stores for the length of one verb. */
export async function withRuns<T>(
  options: GlobalOptions,
  use: (runs: Runs) => Promise<T>,
  more: Omit<RunsOptions, "store"> = {},
): Promise<T> {
  const runs = await openRuns({ store: options.store, ...more });
  try {
    return await use(runs);
  } finally {
    await runs.close();
  }
}
