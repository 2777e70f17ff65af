import { join } from "node:path";
import { digitsOf } from "../identifiers.ts";
import type { ArtifactReader } from "../ports.ts";
import type { PublicationStore } from "../publications.ts";
import { ensureFolder } from "./artifact-files.ts";
import { writeNewFile } from "./durable-file.ts";
import { errnoOf, type FileSystem } from "./file-system.ts";
import { translated } from "./os-errors.ts";
import { removeTree, type TemporaryFiles } from "./temporary-files.ts";

export interface PublicationFiles {
  readonly fs: FileSystem;
  /** The `bundles` folder, made on first use. */
  readonly folder: string;
  readonly temporary: TemporaryFiles;
  readonly artifacts: ArtifactReader;
}

/** Bundles as folders named by their hash: filled aside, then renamed into place. */
export function filePublications({ fs, folder, temporary, artifacts }: PublicationFiles): PublicationStore {
  const isFolder = async (path: string) => (await fs.stat(path))?.kind === "folder";
  return {
    publish: (bundle, files) =>
      translated(`publish ${bundle}`, folder, async () => {
        const target = join(folder, digitsOf(bundle));
        if (await isFolder(target)) return target;
        const staged = temporary.next();
        try {
          await fs.makeFolder(staged);
          await writeNewFile(fs, join(staged, "bundle.json"), await artifacts.get(bundle));
          for (const file of files) await writeNewFile(fs, join(staged, file.path), await artifacts.get(file.artifact));
          await fs.syncFolder(staged);
          await ensureFolder(fs, folder);
          await fs.rename(staged, target);
        } catch (error) {
          await removeTree(fs, staged);
          // Another process published the same bundle meanwhile.
          const isThere = ["EEXIST", "ENOTEMPTY"].includes(errnoOf(error) ?? "") && (await isFolder(target));
          if (!isThere) throw error;
        }
        await fs.syncFolder(folder);
        return target;
      }),
    find: (bundle) =>
      translated(`look for ${bundle}`, folder, async () => {
        const target = join(folder, digitsOf(bundle));
        return (await isFolder(target)) ? target : undefined;
      }),
  };
}
