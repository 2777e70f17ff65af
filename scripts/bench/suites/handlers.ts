/** How large a handler is as one file, and how long it takes to load: what a cold start of its Lambda pays first. */

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageRoot } from "../../cli/package-root.ts";
import { finish } from "../processes.ts";
import type { BenchCase, Metric, Suite } from "../suite.ts";

const METRICS: readonly Metric[] = [
  { name: "bundle_size", unit: "KiB", better: "lower" },
  { name: "import_time", unit: "ms", better: "lower" },
];

/** Prints how long the import alone took, in milliseconds: Node's own start does not count. */
const TIMED_IMPORT =
  "const begun = performance.now(); await import(process.argv[1]); console.log(performance.now() - begun)";

export const handlersSuite: Suite = {
  name: "handlers",
  summary: "size of each handler's bundle, and the time to import it in a fresh process",
  cases: async function* ({ scratch }) {
    const functions = join(packageRoot, "functions");
    const folders = readdirSync(functions, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of folders) {
      yield handlerCase(name, await bundleOf(join(functions, name, "handler.ts"), join(scratch, `${name}.mjs`)));
    }
  },
};

/** Bundled as it is deployed: one minified module without anything beside it. @returns the file written */
async function bundleOf(entry: string, file: string): Promise<string> {
  // Only the benchmark needs a bundler: the package has none.
  const { build } = await import("esbuild");
  await build({
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    minify: true,
    platform: "node",
    target: "node20",
    format: "esm",
    // Packages in CommonJS load the modules of Node.js themselves.
    banner: {
      js: 'import { createRequire as requireFor } from "node:module"; const require = requireFor(import.meta.url);',
    },
    logLevel: "error",
  });
  return file;
}

function handlerCase(name: string, file: string): BenchCase {
  return {
    name,
    metrics: METRICS,
    subject: {
      name: "restep",
      sample: () => {
        const { output } = finish(
          [process.execPath, "--input-type=module", "-e", TIMED_IMPORT],
          [pathToFileURL(file).href],
        );
        return { bundle_size: statSync(file).size / 1024, import_time: Number(output) };
      },
    },
  };
}
