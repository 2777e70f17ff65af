import { join } from "node:path";
import type { RunId } from "../../contracts/ids.ts";
import { isRunId } from "../identifiers.ts";
import { ensureFolder, namesIn } from "./artifact-files.ts";
import { errnoOf, type FileSystem, isMissing } from "./file-system.ts";

/** Which runs stand behind which bundle. */
export interface Claims {
  /** Durable when it returns. A claim that stands already stays. */
  add(digits: string, claimant: RunId): Promise<void>;
  /** Durable when it returns, also when there was no such claim. */
  remove(digits: string, claimant: RunId): Promise<void>;
  /** Whether this run claims the bundle. */
  has(digits: string, claimant: RunId): Promise<boolean>;
  /** Whether any run claims the bundle. */
  hasAny(digits: string): Promise<boolean>;
}

const EMPTY = new Uint8Array();

/** Each time a claim is made, another process may take the emptied folder away; that often in a row none does. */
const TRIES = 16;

/** Empty files `<64 digits>/<run id>`; a bundle's last claim takes its folder along. */
export function fileClaims(fs: FileSystem, folder: string): Claims {
  const make = async (ofBundle: string, claimant: RunId) => {
    await ensureFolder(fs, folder);
    await ensureFolder(fs, ofBundle);
    await fs.append(join(ofBundle, claimant), EMPTY);
    // Also when it was there: an attempt before may have ended without this.
    await fs.syncFolder(ofBundle);
    await fs.syncFolder(folder);
  };

  return {
    async add(digits, claimant) {
      for (let tries = 1; ; tries += 1) {
        try {
          return await make(join(folder, digits), claimant);
        } catch (error) {
          const isFolderGone = isMissing(error) || errnoOf(error) === "EEXIST";
          if (!isFolderGone || tries === TRIES) throw error;
        }
      }
    },

    async remove(digits, claimant) {
      const ofBundle = join(folder, digits);
      await unlessMissing(() => fs.removeFile(join(ofBundle, claimant)));
      if (!(await isEmptiedAndRemoved(ofBundle))) await unlessMissing(() => fs.syncFolder(ofBundle));
      await unlessMissing(() => fs.syncFolder(folder));
    },

    has: async (digits, claimant) => (await namesIn(fs, join(folder, digits))).includes(claimant),

    hasAny: async (digits) => (await namesIn(fs, join(folder, digits))).some(isRunId),
  };

  async function isEmptiedAndRemoved(path: string): Promise<boolean> {
    try {
      await fs.removeFolder(path);
      return true;
    } catch (error) {
      if (isMissing(error)) return true;
      if (["ENOTEMPTY", "EEXIST"].includes(errnoOf(error) ?? "")) return false;
      throw error;
    }
  }
}

async function unlessMissing(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
