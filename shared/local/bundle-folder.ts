import { existsSync } from "node:fs";
import { join } from "node:path";
import { artifactId } from "../contracts/ids.ts";
import { StoredBundleIndex } from "../contracts/program.ts";
import { parseDocument } from "../kernel/documents.ts";
import { moduleOf, type RecompiledProgram } from "../runs/bundle.ts";
import { sha256 } from "../stores/digest.ts";
import { CorruptionError } from "../stores/errors.ts";
import { readFileHere, translated } from "../stores/open.ts";

const INDEX = "bundle.json";

export function isBundleFolder(path: string): boolean {
  return existsSync(join(path, INDEX));
}

/**
 * The program of a published bundle, from its files alone: wherever they were copied to.
 * @throws {ContractInputMissing} when it has no module, or its index is not one
 * @throws {CorruptionError} when the module is not the one that the index names
 */
export async function readBundleFolder(path: string): Promise<RecompiledProgram> {
  const bytesOf = (name: string, size?: number) => {
    const file = join(path, name);
    return translated(`read the bundle's ${name}`, file, () => readFileHere(file, size));
  };
  const index = parseDocument(await bytesOf(INDEX), StoredBundleIndex, join(path, INDEX));
  const file = moduleOf(index, `bundle ${path}`);
  const module = await bytesOf(file.path, file.size);
  const expected = artifactId(file.artifact);
  const found = sha256(module);
  if (found === expected) return { index, module };
  const hashes = { expected: `SHA-256 ${expected}`, found: `SHA-256 ${found}` };
  throw new CorruptionError(file.path, { where: path, ...hashes, remedy: "copy it anew from where it was published" });
}
