import { createRequire } from "node:module";
import { dirname } from "node:path";

/** The folder of this package. The package names itself, so it is found from the sources and from `dist/` alike. */
export const packageRoot = dirname(createRequire(import.meta.url).resolve("restep/package.json"));
