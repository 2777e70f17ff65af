import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";

/** `.ts` when run from the sources, `.js` from `dist/`. */
const extension = extname(new URL(import.meta.url).pathname);

/** The module that local mode's worker threads start with. */
export const workerEntry = new URL(`../../functions/local-worker${extension}`, import.meta.url);

/** A definition of `statemachines/`, with its placeholders as they stand. */
export async function readStateMachine(name: string): Promise<string> {
  const besideSources = new URL(`../../statemachines/${name}.asl.json`, import.meta.url);
  const besideDist = new URL(`../../../statemachines/${name}.asl.json`, import.meta.url);
  return readFile(existsSync(besideSources) ? besideSources : besideDist, "utf8");
}
