import { mkdir, open, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { artifactId } from "../contracts/ids.ts";
import type { Package } from "./pack.ts";

/**
 * Writes a package as a folder: `artifacts/ab/cdef…` first, `manifest.json` last, each file whole or not at all.
 * @returns the path of `manifest.json`
 */
export async function writePackage(folder: string, { submission, artifacts }: Package): Promise<string> {
  for (const [ref, bytes] of artifacts) {
    const id = artifactId(ref);
    await writeWhole(join(folder, "artifacts", id.slice(0, 2), id.slice(2)), bytes);
  }
  const manifest = join(folder, "manifest.json");
  await writeWhole(manifest, new TextEncoder().encode(`${JSON.stringify(submission, null, 2)}\n`));
  return manifest;
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  const file = await open(temporary, "w");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
