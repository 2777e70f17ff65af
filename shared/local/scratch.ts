import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StoresAt } from "../runs/executor.ts";
import { openStores } from "../stores/open.ts";

/** Lends an empty store that worker threads can open too; it is gone afterwards. */
export async function withScratch<T>(use: (scratch: StoresAt) => Promise<T>): Promise<T> {
  const url = await mkdtemp(join(tmpdir(), "restep-scratch-"));
  try {
    const stores = await openStores(url);
    try {
      return await use({ url, stores });
    } finally {
      await stores.close();
    }
  } finally {
    await rm(url, { recursive: true, force: true });
  }
}
