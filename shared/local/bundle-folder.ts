import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { artifactId } from "../contracts/ids.ts";
import { StoredBundleIndex } from "../contracts/program.ts";
import { parseDocument } from "../kernel/documents.ts";
import { moduleOf, type PublishedBundle, type RecompiledProgram } from "../runs/bundle.ts";
import { sha256 } from "../stores/digest.ts";
import { CorruptionError } from "../stores/errors.ts";
import { readFileHere, translated } from "../stores/open.ts";
import { writeWhole } from "./submission-folder.ts";

const INDEX = "bundle.json";

export function isBundleFolder(path: string): boolean {
  return existsSync(join(path, INDEX));
}

/** A bundle is published in a folder that its hash names, which is that of its index. */
const HASH = /^[0-9a-f]{64}$/;

/**
 * The program of a published bundle, from its files alone: wherever they were copied to. What its own folder's name no longer
 * says, nothing here does.
 * @throws {ContractInputMissing} when it has no module, or its index is not one
 * @throws {CorruptionError} when the module is not the one that the index names, or the index not what a folder with a hash
 *   for a name says
 */
export async function readBundleFolder(path: string): Promise<RecompiledProgram> {
  const bytesOf = (name: string, size?: number) => {
    const file = join(path, name);
    return translated(`read the bundle's ${name}`, file, () => readFileHere(file, size));
  };
  const bytes = await bytesOf(INDEX);
  const name = basename(resolve(path));
  if (HASH.test(name)) expectHash(path, INDEX, bytes, name);
  const index = parseDocument(bytes, StoredBundleIndex, join(path, INDEX));
  const file = moduleOf(index, `bundle ${path}`);
  const module = await bytesOf(file.path, file.size);
  expectHash(path, file.path, module, artifactId(file.artifact));
  return { index, module };
}

function expectHash(where: string, file: string, bytes: Uint8Array, expected: string): void {
  const found = sha256(bytes);
  if (found === expected) return;
  const hashes = { expected: `SHA-256 ${expected}`, found: `SHA-256 ${found}` };
  throw new CorruptionError(file, { where, ...hashes, remedy: "copy it anew from where it was published" });
}

/**
 * Writes a bundle's files to a folder as a store publishes them, the index last: `readBundleFolder` takes it.
 * @returns the paths of the files in the folder
 */
export function writeBundleFolder(path: string, { ref, index, read }: PublishedBundle): Promise<readonly string[]> {
  const files = [...index.files, { path: INDEX, artifact: ref }];
  return translated("write the bundle", path, async () => {
    for (const file of files) await writeWhole(join(path, file.path), await read(file.artifact));
    return files.map((file) => file.path);
  });
}
