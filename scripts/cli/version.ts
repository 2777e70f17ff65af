import { createRequire } from "node:module";

/** This package's version. The package names itself, so the path is the same from the sources and from `dist/`. */
export const { version } = createRequire(import.meta.url)("restep/package.json") as { version: string };
