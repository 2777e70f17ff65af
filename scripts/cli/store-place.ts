import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

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
