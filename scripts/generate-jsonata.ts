/**
 * Makes `shared/asl/query/jsonata/library-source.ts`, the `jsonata` package with its `async` and `await` taken out.
 *
 *   npm run jsonata             writes it
 *   npm run jsonata -- --check  fails when it is not what the installed package gives
 */

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { generateLibrary, readPackage } from "./jsonata/generate.ts";

const file = fileURLToPath(new URL("../shared/asl/query/jsonata/library-source.ts", import.meta.url));
const source = readPackage();
const generated = generateLibrary(source);
if (!process.argv.includes("--check")) {
  writeFileSync(file, generated);
} else if (readFileSync(file, "utf8") !== generated) {
  console.error(`${file}: expected what jsonata ${source.version} gives, found other code; run: npm run jsonata`);
  process.exitCode = 1;
}
