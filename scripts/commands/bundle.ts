import { readdir } from "node:fs/promises";
import { writeBundleFolder } from "../../shared/local/bundle-folder.ts";
import { type GlobalOptions, nextCommand, print, say, withRuns } from "../cli/context.ts";
import { UsageError } from "../cli/exit-codes.ts";

interface BundleOptions extends GlobalOptions {
  readonly output?: string;
}

/** Writes what a run has published to a folder, from whichever store it is in. */
export async function bundleVerb(target: string, options: BundleOptions): Promise<void> {
  const bundle = await withRuns(options, async (runs) => {
    const found = await runs.bundle(target);
    const folder = options.output ?? `${found.index.name}.bundle`;
    await expectNothingIn(folder);
    return { folder, ref: found.ref, files: await writeBundleFolder(folder, found) };
  });
  if (options.json) return print(JSON.stringify({ folder: bundle.folder, bundle: bundle.ref, files: bundle.files }));
  print(`${bundle.folder}: ${bundle.files.join(", ")}\nbundle ${bundle.ref}`);
  say(`Next: ${nextCommand({ ...options, isStoreGiven: false }, "exec", bundle.folder)}`);
}

/** What stands there stays. @throws {UsageError} */
async function expectNothingIn(folder: string): Promise<void> {
  const found = await readdir(folder).catch(({ code }: NodeJS.ErrnoException) => (code === "ENOENT" ? [] : [code]));
  if (found.length === 0) return;
  throw new UsageError(`--output: expected a folder that is empty or not there yet, found ${found[0]} (${folder})`);
}
