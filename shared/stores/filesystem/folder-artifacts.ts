import { join } from "node:path";
import { type ArtifactId, type ArtifactRef, artifactRef } from "../../contracts/ids.ts";
import { sha256 } from "../digest.ts";
import { CorruptionError, NotFoundError } from "../errors.ts";
import { digitsOf } from "../identifiers.ts";
import type { ArtifactReader } from "../ports.ts";
import { artifactPath, listDigits } from "./artifact-files.ts";
import { readIfThere } from "./artifacts.ts";
import { errnoOf, type FileSystem, isMissing } from "./file-system.ts";
import { nodeFileSystem } from "./node-file-system.ts";
import { translated, translatedItems } from "./os-errors.ts";

/**
 * Artifacts in a folder that belongs to someone else, such as the one beside a manifest: `ab/cdef...` or flat `<sha256>`
 * names. Never written to; damage is reported and left in place. A folder that is not there holds nothing.
 */
export function folderArtifacts(folder: string, fs: FileSystem = nodeFileSystem): ArtifactReader {
  const find = async (digits: string) => {
    for (const path of [artifactPath(folder, digits), join(folder, digits)]) {
      const stat = await statIfThere(fs, path);
      if (stat?.kind === "file") return { path, size: stat.size };
    }
    return undefined;
  };

  const statOf = async (ref: ArtifactRef, digits: string) => {
    const file = await find(digits);
    return file === undefined ? undefined : { ref, size: file.size, kinds: [] };
  };

  return {
    get: async (ref) => {
      const digits = digitsOf(ref);
      return translated(`read ${ref}`, folder, async () => {
        const file = await find(digits);
        const bytes = file === undefined ? undefined : await readIfThere(fs, file.path);
        if (file === undefined || bytes === undefined) throw new NotFoundError(ref, folder);
        const found = sha256(bytes);
        if (found === digits) return bytes;
        throw new CorruptionError(ref, {
          where: file.path,
          expected: `SHA-256 ${digits}`,
          found: `SHA-256 ${found}`,
          remedy: "replace the file with the right one, or remove it",
        });
      });
    },
    has: async (ref) => {
      const digits = digitsOf(ref);
      return translated(`look for ${ref}`, folder, async () => (await find(digits)) !== undefined);
    },
    stat: async (ref) => {
      const digits = digitsOf(ref);
      return translated(`look for ${ref}`, folder, () => statOf(ref, digits));
    },
    list: () => translatedItems("list the artifacts", folder, listAll()),
  };

  async function* listAll() {
    const all = new Set<string>();
    for await (const digits of listDigits(fs, folder)) all.add(digits);
    for (const name of await flatNames(fs, folder)) all.add(name);
    for (const digits of [...all].sort()) {
      const stat = await statOf(artifactRef(digits as ArtifactId), digits);
      if (stat !== undefined) yield stat;
    }
  }
}

async function flatNames(fs: FileSystem, folder: string): Promise<string[]> {
  try {
    return (await fs.readFolder(folder)).filter((name) => /^[0-9a-f]{64}$/.test(name));
  } catch (error) {
    if (isMissing(error) || errnoOf(error) === "ENOTDIR") return [];
    throw error;
  }
}

/** A flat file named like a two-digit folder is no artifact, so ENOTDIR means absent. */
async function statIfThere(fs: FileSystem, path: string) {
  try {
    return await fs.stat(path);
  } catch (error) {
    if (errnoOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}
