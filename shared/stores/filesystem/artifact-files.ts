import { join } from "node:path";
import { LayoutError } from "../errors.ts";
import { errnoOf, type FileSystem, isMissing } from "./file-system.ts";

/** `ab/cdef...`: two digits name the folder, 62 the file. */
export function artifactPath(folder: string, digits: string): string {
  return join(folder, digits.slice(0, 2), digits.slice(2));
}

/** Digits of every artifact in an `ab/cdef...` tree, in order; whatever has another name is passed over. */
export async function* listDigits(fs: FileSystem, folder: string): AsyncIterable<string> {
  for (const prefix of await namesIn(fs, folder)) {
    if (!/^[0-9a-f]{2}$/.test(prefix)) continue;
    for (const rest of await namesIn(fs, join(folder, prefix))) {
      if (/^[0-9a-f]{62}$/.test(rest)) yield prefix + rest;
    }
  }
}

/** Names in a folder, sorted; none when there is no such folder. */
export async function namesIn(fs: FileSystem, folder: string): Promise<string[]> {
  try {
    return await fs.readFolder(folder);
  } catch (error) {
    if (isMissing(error) || errnoOf(error) === "ENOTDIR") return [];
    throw error;
  }
}

/** Makes a folder that may be there already, or be made by another process at this moment. */
export async function ensureFolder(fs: FileSystem, path: string): Promise<void> {
  if ((await fs.stat(path))?.kind === "folder") return;
  try {
    await fs.makeFolder(path);
  } catch (error) {
    const isThere = errnoOf(error) === "EEXIST" && (await fs.stat(path))?.kind === "folder";
    if (!isThere) throw error;
  }
}

/** Makes a folder and those above it. */
export async function makePath(fs: FileSystem, path: string): Promise<void> {
  const stat = await fs.stat(path);
  if (stat?.kind === "folder") return;
  if (stat !== undefined) throw new LayoutError("open the store", path, "a file stands where a folder belongs");
  const above = join(path, "..");
  await makePath(fs, above);
  await ensureFolder(fs, path);
  await fs.syncFolder(above);
}
