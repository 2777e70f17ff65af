import { join } from "node:path";
import * as esbuild from "esbuild";
import { packageRoot } from "../../../shared/local/installation/package.ts";
import type { Build } from "../../stacks/support/graph.ts";

/** What SST puts before each bundle. */
const BANNER = `import { createRequire as topLevelCreateRequire } from 'module';
const require = topLevelCreateRequire(import.meta.url);
import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url"
const __filename = topLevelFileUrlToPath(import.meta.url)
const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url))
`;

/**
 * Bundles a handler as SST 4.17 does for a function (`pkg/runtime/node/build.go`).
 * @returns the bytes of its bundle, which is in `folder` under the handler's path
 */
export async function bundleFunction(
  { handler, properties }: Pick<Build, "handler" | "properties">,
  folder: string,
): Promise<number> {
  const { minify = false, esbuild: own = {} } = properties;
  const entry = handler.slice(0, handler.lastIndexOf("."));
  const { metafile } = await esbuild.build({
    entryPoints: [join(packageRoot, `${entry}.ts`)],
    outfile: join(folder, `${entry}.mjs`),
    bundle: true,
    format: "esm",
    platform: "node",
    target: "esnext",
    mainFields: ["module", "main"],
    keepNames: true,
    minify,
    external: ["sharp", "pg-native", ...(own.external ?? [])],
    banner: { js: BANNER },
    logLevel: "error",
    absWorkingDir: packageRoot,
    metafile: true,
  });
  return Object.values(metafile.outputs).reduce((sum, { bytes }) => sum + bytes, 0);
}

export async function bundleAll(builds: readonly Build[], folder: string): Promise<void> {
  for (const build of builds) await bundleFunction(build, folder);
}
