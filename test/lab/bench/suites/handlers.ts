/** How large a handler is as one file, and how long it takes to load: what a cold start of its Lambda pays first. */

import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageRoot } from "../../../../shared/local/installation/package.ts";
import { finish } from "../processes.ts";
import type { BenchCase, Metric, Suite } from "../suite.ts";

const METRICS: readonly Metric[] = [
  { name: "bundle_size", unit: "KiB", better: "lower" },
  { name: "loaded_size", unit: "KiB", better: "lower" },
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
      yield handlerCase(name, await bundle(join(functions, name, "handler.ts"), join(scratch, name)));
    }
  },
};

interface Bundle {
  /** The module to import. */
  readonly file: string;
  /** Bytes of all its files. */
  readonly size: number;
  /** Bytes of those that importing it loads: the others wait for a dynamic import. */
  readonly loaded: number;
}

/** Bundled as for deployment: minified modules without anything beside them. */
async function bundle(entry: string, folder: string): Promise<Bundle> {
  // Only the benchmark needs a bundler: the package has none.
  const { build } = await import("esbuild");
  mkdirSync(folder, { recursive: true });
  const { metafile } = await build({
    entryPoints: [entry],
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    minify: true,
    metafile: true,
    absWorkingDir: folder,
    platform: "node",
    target: "node20",
    format: "esm",
    // Packages in CommonJS load the modules of Node.js themselves.
    banner: {
      js: 'import { createRequire as requireFor } from "node:module"; const require = requireFor(import.meta.url);',
    },
    logLevel: "error",
  });
  const { outputs } = metafile;
  const loaded = new Set(Object.keys(outputs).filter((file) => outputs[file]!.entryPoint?.endsWith("handler.ts")));
  for (const file of loaded) {
    for (const { path, kind } of outputs[file]?.imports ?? []) if (kind === "import-statement") loaded.add(path);
  }
  const sum = (files: Iterable<string>) => [...files].reduce((bytes, file) => bytes + (outputs[file]?.bytes ?? 0), 0);
  return { file: join(folder, "handler.mjs"), size: sum(Object.keys(outputs)), loaded: sum(loaded) };
}

function handlerCase(name: string, { file, size, loaded }: Bundle): BenchCase {
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
        return { bundle_size: size / 1024, loaded_size: loaded / 1024, import_time: Number(output) };
      },
    },
  };
}
