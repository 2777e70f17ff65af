import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { UsageError } from "./exit-codes.ts";

const FOLDER = ".restep";

/** Whether a folder looks like a store. */
export function isStore(path: string): boolean {
  return existsSync(join(path, "runs"));
}

/**
 * Where the runs are when no option says it: RESTEP_STORE, else the nearest `.restep` in this folder or one above it, as git
 * looks for a repository, else a new one here.
 * @param isThere whether a folder holds a store
 */
export function defaultStore(
  from: string,
  stated: string | undefined,
  isThere: (path: string) => boolean = isStore,
): string {
  if (stated !== undefined) return stated;
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const candidate = join(folder, FOLDER);
    if (isThere(candidate)) return relative(from, candidate);
    if (folder === dirname(folder)) return FOLDER;
  }
}

/** Where SST writes what a deployment prints. */
const OUTPUTS = join(".sst", "outputs.json");

/**
 * Where the runs of the deployment are: RESTEP_CLOUD, else what the nearest `.sst/outputs.json` says, in this folder or one above it.
 * @throws {UsageError} where neither says it
 */
export function cloudStore(from: string, stated: string | undefined): string {
  if (stated !== undefined) return stated;
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const store = deployedIn(join(folder, OUTPUTS));
    if (store !== undefined) return store;
    if (folder === dirname(folder)) break;
  }
  throw new UsageError(
    `--cloud: expected the address of a deployment's store in RESTEP_CLOUD, or ${OUTPUTS} here or in a folder above, found neither; "store" of what \`npm run sst -- deploy\` prints is it`,
  );
}

function deployedIn(path: string): string | undefined {
  try {
    const { store } = JSON.parse(readFileSync(path, "utf8")) as { readonly store?: unknown };
    return typeof store === "string" ? store : undefined;
  } catch {
    return undefined;
  }
}
