import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { artifactId } from "../contracts/ids.ts";
import { ContractInputMissing } from "../kernel/errors.ts";
import type { NamedBytes, Package } from "../runs/pack.ts";
import type { SubmissionSource } from "../runs/submission-source.ts";
import { folderArtifacts } from "../stores/open.ts";
import type { ArtifactReader } from "../stores/ports.ts";

/**
 * A submission as `restep pack` writes it: `manifest.json`, with `artifacts/` beside it.
 * @param beside opens the folder of artifacts
 */
export function folderSubmission(
  manifestPath: string,
  beside: (folder: string) => ArtifactReader = folderArtifacts,
): SubmissionSource {
  return {
    name: manifestPath,
    manifest: () => read(manifestPath, "manifest", "; give the path of a manifest.json, as `restep pack` writes it"),
    artifacts: beside(join(dirname(manifestPath), "artifacts")),
    artifactsAt: "the artifacts folder beside the manifest",
  };
}

/** @throws {ContractInputMissing} naming the file */
export async function readInput(path: string, what: string): Promise<NamedBytes> {
  return { name: path, bytes: await read(path, what, "") };
}

async function read(path: string, what: string, remedy: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ContractInputMissing(`${path}: cannot read the ${what} (${code})${remedy}`, { cause: error });
  }
}

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
