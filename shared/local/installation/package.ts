import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** The folder of this package. The package names itself, so it is found from the sources and from `dist/` alike. */
export const packageRoot = dirname(createRequire(import.meta.url).resolve("restep/package.json"));

/** This package's version. */
export const { version } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { version: string };

/** The module that local mode's worker threads start with. */
export const workerEntry = pathToFileURL(join(packageRoot, "dist", "functions", "local-worker.js"));

/** A definition of `statemachines/`, with its placeholders as they stand. */
export function readStateMachine(name: string): Promise<string> {
  return readFile(join(packageRoot, "statemachines", `${name}.asl.json`), "utf8");
}
