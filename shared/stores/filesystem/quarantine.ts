import { basename, join } from "node:path";
import type { ArtifactRef } from "../../contracts/ids.ts";
import { type Clock, rfc3339 } from "../clock.ts";
import { sha256 } from "../digest.ts";
import { discard, readWholeFile, replaceFile } from "./durable-file.ts";
import { type FileSystem, isMissing } from "./file-system.ts";
import type { TemporaryFiles } from "./temporary-files.ts";

export interface Quarantine {
  /**
   * Moves a damaged file out of the store, next to a JSON file that says why.
   * @returns where it is now, or undefined when another process moved or healed it meanwhile
   */
  setAside(damaged: DamagedFile): Promise<string | undefined>;
}

export interface DamagedFile {
  readonly ref: ArtifactRef;
  readonly path: string;
  /** SHA-256 its bytes should have, and the one they have. */
  readonly expected: string;
  readonly found: string;
  readonly size: number;
}

export function quarantine(fs: FileSystem, folder: string, temporary: TemporaryFiles, clock: Clock): Quarantine {
  return {
    async setAside({ ref, path, expected, found, size }) {
      // A name of this process's own, so that two that find the damage at once do not undo each other's work.
      const target = join(folder, `${expected}.${basename(temporary.next())}`);
      const reason = {
        artifact: ref,
        moved_from: path,
        moved_at: rfc3339(clock.now()),
        why: "the bytes do not hash to the address",
        expected_sha256: expected,
        found_sha256: found,
        size,
      };
      const reasonPath = `${target}.json`;
      // The reason first: a file set aside without one would be a riddle, a reason without its file is only early.
      await replaceFile(fs, temporary.next(), reasonPath, Buffer.from(`${JSON.stringify(reason, null, 2)}\n`));
      if (!(await moveDamaged(fs, path, target, expected))) {
        await discard(fs, reasonPath);
        return undefined;
      }
      await fs.syncFolder(folder);
      return target;
    },
  };
}

/**
 * Between our read and our rename another process may have put the right bytes there: then they go back. (A crash just
 * between the two renames leaves them in quarantine: the artifact is missing, not wrong, and putting it again heals it.)
 */
async function moveDamaged(fs: FileSystem, path: string, target: string, expected: string): Promise<boolean> {
  try {
    await fs.rename(path, target);
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  if (sha256(await readWholeFile(fs, target)) !== expected) return true;
  await fs.rename(target, path);
  return false;
}
