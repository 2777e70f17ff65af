import { openStores } from "../../shared/stores/open.ts";
import type { Stores } from "../../shared/stores/ports.ts";

/** Options that every verb takes. */
export interface GlobalOptions {
  /** Folder of the stores. */
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
