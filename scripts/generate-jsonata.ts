/**
 * Makes `shared/asl/query/jsonata/library-source.ts`, the `jsonata` package with its `async` and `await` taken out and its
 * steps counted, and `shared/asl/query/isolation/thread-source.ts`, the thread that evaluates with it.
 *
 *   npm run jsonata             writes them
 *   npm run jsonata -- --check  fails when they are not what the installed package and the sources give
 */

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { generateLibrary, generateThread, readPackage } from "./jsonata/generate.ts";

const query = (name: string) => fileURLToPath(new URL(`../shared/asl/query/${name}`, import.meta.url));
const source = readPackage();
// The thread is made from the library as it was written.
bring("jsonata/library-source.ts", generateLibrary(source), `jsonata ${source.version}`);
bring("isolation/thread-source.ts", generateThread(query("isolation/thread.ts")), "its sources");

function bring(name: string, generated: string, from: string): void {
  const file = query(name);
  if (!process.argv.includes("--check")) writeFileSync(file, generated);
  else if (readFileSync(file, "utf8") !== generated) {
    console.error(`${file}: expected what ${from} gives, found other code; run: npm run jsonata`);
    process.exitCode = 1;
  }
}
