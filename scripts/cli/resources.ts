import { readFile } from "node:fs/promises";

/** Everything here is said from `dist/scripts/cli/`, where this module runs. */

/** The module that local mode's worker threads start with. */
export const workerEntry = new URL("../../functions/local-worker.js", import.meta.url);

/** A definition of `statemachines/`, with its placeholders as they stand. */
export function readStateMachine(name: string): Promise<string> {
  return readFile(new URL(`../../../statemachines/${name}.asl.json`, import.meta.url), "utf8");
}
