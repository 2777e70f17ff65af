import { existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { root } from "../../e2e/cli.ts";
import type { Build } from "../../stacks/support/graph.ts";

/** What SST puts before each bundle. */
const BANNER = `import { createRequire as topLevelCreateRequire } from 'module';
const require = topLevelCreateRequire(import.meta.url);
import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url"
const __filename = topLevelFileUrlToPath(import.meta.url)
const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url))
`;

/**
 * Bundles handlers as SST 4.17 does for their functions (`pkg/runtime/node/build.go`). The SDK, which Lambda's runtime has, is found
 * beside them.
 */
export async function bundleAll(builds: readonly Build[], folder: string): Promise<void> {
  for (const { handler, properties } of builds) {
    const entry = handler.slice(0, handler.lastIndexOf("."));
    const { minify = false, esbuild: own = {} } = properties;
    await esbuild.build({
      entryPoints: [join(root, `${entry}.ts`)],
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
      absWorkingDir: root,
    });
  }
  const sdk = join(folder, "node_modules");
  if (!existsSync(sdk)) symlinkSync(join(root, "node_modules"), sdk);
}
