import { join } from "node:path";
import { type ArtifactId, artifactRef } from "../../contracts/ids.ts";
import { InvalidInputError } from "../errors.ts";
import { digitsOf } from "../identifiers.ts";
import type { RemoveOutcome, RetentionStore } from "../retention.ts";
import { artifactPath, listDigits } from "./artifact-files.ts";
import { type FileStat, isMissing } from "./file-system.ts";
import { folderArtifacts } from "./folder-artifacts.ts";
import { translated, translatedItems } from "./os-errors.ts";
import type { Quarantine } from "./quarantine.ts";
import type { RemovalRecord } from "./removal-record.ts";
import type { Removals } from "./removals.ts";
import { abandonedNames, type Owners, removeTree, treeSize } from "./temporary-files.ts";

export interface RetentionFiles extends Owners {
  /** The store's folder. */
  readonly root: string;
  /** The `artifacts` folder. */
  readonly artifacts: string;
  /** Folders, by their names in the store, where files of dead processes are of no use. */
  readonly temporary: readonly string[];
  readonly removals: Pick<Removals, "announce">;
  readonly quarantine: Pick<Quarantine, "contents" | "remove">;
  readonly record: RemovalRecord;
}

/** Files that may be taken away. */
export function fileRetention(files: RetentionFiles): RetentionStore {
  const { fs, root } = files;

  async function* listArtifacts() {
    for await (const digits of listDigits(fs, files.artifacts)) {
      const stat = await fs.stat(artifactPath(files.artifacts, digits));
      if (stat?.kind !== "file") continue;
      yield { ref: artifactRef(digits as ArtifactId), size: stat.size, lastPut: lastPutOf(stat) };
    }
  }

  async function* listLeftovers() {
    for (const folder of files.temporary) {
      for (const name of await abandonedNames(files, join(root, folder))) {
        yield { name: `${folder}/${name}`, size: await treeSize(fs, join(root, folder, name)) };
      }
    }
  }

  const removeOld = async (digits: string, lastPut: number): Promise<RemoveOutcome> => {
    const path = artifactPath(files.artifacts, digits);
    const announcement = await files.removals.announce(digits);
    try {
      const stat = await fs.stat(path);
      if (stat?.kind !== "file") return "gone";
      if (lastPutOf(stat) !== lastPut) return "put_since";
      await fs.removeFile(path);
      return "removed";
    } catch (error) {
      if (isMissing(error)) return "gone";
      throw error;
    } finally {
      await announcement.takeBack();
    }
  };

  return {
    artifacts: () => translatedItems("list the artifacts", files.artifacts, listArtifacts()),
    inspect: folderArtifacts(files.artifacts, fs).get,
    remove: async ({ ref, lastPut }) => {
      const digits = digitsOf(ref);
      return translated(`remove ${ref}`, files.artifacts, () => removeOld(digits, lastPut));
    },
    setAside: () => translatedItems("list the quarantine", root, files.quarantine.contents()),
    removeSetAside: async ({ name }) => {
      checkName(name, /^[^/\\]+$/);
      return translated(`remove ${name}`, root, () => files.quarantine.remove(name));
    },
    leftovers: () => translatedItems("list temporary files", root, listLeftovers()),
    removeLeftover: async ({ name }) => {
      checkName(name, new RegExp(`^(${files.temporary.join("|")})/[^/\\\\]+$`));
      return translated(`remove ${name}`, root, () => removeTree(fs, join(root, name)));
    },
    record: (entries) => translated("record removals", root, () => files.record.add(entries)),
    removals: () => translatedItems("read the record of removals", root, files.record.read()),
  };
}

/** Whole milliseconds, as they were set: on its way through the disk's format a time loses a fraction. */
function lastPutOf({ modified }: FileStat): number {
  return Math.round(modified);
}

/** Names become parts of paths. */
function checkName(name: string, pattern: RegExp): void {
  if (pattern.test(name) && !name.split("/").includes("..")) return;
  throw new InvalidInputError("name", "one that was listed", JSON.stringify(name));
}
