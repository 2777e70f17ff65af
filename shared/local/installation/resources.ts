import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageRoot } from "./package-root.ts";

/** The module that local mode's worker threads start with. */
export const workerEntry = pathToFileURL(join(packageRoot, "dist", "functions", "local-worker.js"));

/** A definition of `statemachines/`, with its placeholders as they stand. */
export function readStateMachine(name: string): Promise<string> {
  return readFile(join(packageRoot, "statemachines", `${name}.asl.json`), "utf8");
}
