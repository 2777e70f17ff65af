import { basename, join } from "node:path";
import * as z from "zod";
import type { ArtifactRef } from "../../contracts/ids.ts";
import { type Clock, rfc3339 } from "../clock.ts";
import { sha256 } from "../digest.ts";
import type { SetAside } from "../retention.ts";
import { namesIn } from "./artifact-files.ts";
import { discard, readWholeFile, replaceFile } from "./durable-file.ts";
import { type FileSystem, isMissing, renameIfThere } from "./file-system.ts";
import { removeTree, type TemporaryFiles, treeSize } from "./temporary-files.ts";

export interface Quarantine {
  /**
   * Moves a damaged file out of the store, next to a JSON file that says why.
   * @returns where it is now, or undefined when another process moved or healed it meanwhile
   */
  setAside(damaged: DamagedFile): Promise<string | undefined>;
  /**
   * Moves a whole bundle there, or what was made of it.
   * @returns where it is now, or undefined when there was nothing
   */
  setBundleAside(bundle: UnwantedBundle): Promise<string | undefined>;
  contents(): AsyncIterable<SetAside>;
  /** Removes it with its reason. @returns false when it was gone */
  remove(name: string): Promise<boolean>;
}

export interface DamagedFile {
  readonly ref: ArtifactRef;
  readonly path: string;
  /** SHA-256 its bytes should have, and the one they have. */
  readonly expected: string;
  readonly found: string;
  readonly size: number;
}

export interface UnwantedBundle {
  readonly bundle: ArtifactRef;
  readonly digits: string;
  readonly path: string;
  readonly why: string;
}

const Reason = z.looseObject({ moved_at: z.iso.datetime() });
const REASON_SUFFIX = ".json";

export function quarantine(fs: FileSystem, folder: string, temporary: TemporaryFiles, clock: Clock): Quarantine {
  /** A name of this process's own, so that two that find the same thing at once do not undo each other's work. */
  const placeFor = (digits: string) => join(folder, `${digits}.${basename(temporary.next())}`);

  /** The reason first: something set aside without one would be a riddle, a reason alone is only early. */
  const withReason = async (target: string, reason: object, move: () => Promise<boolean>) => {
    const reasonPath = `${target}${REASON_SUFFIX}`;
    const text = JSON.stringify({ ...reason, moved_at: rfc3339(clock.now()) }, null, 2);
    await replaceFile(fs, temporary.next(), reasonPath, Buffer.from(`${text}\n`));
    if (!(await move())) {
      await discard(fs, reasonPath);
      return undefined;
    }
    await fs.syncFolder(folder);
    return target;
  };

  /** From the reason, or else from the disk. */
  const sinceOf = async (name: string): Promise<number> => {
    for (const path of [`${join(folder, name)}${REASON_SUFFIX}`, join(folder, name)]) {
      const moved = await movedAt(fs, path);
      if (moved !== undefined) return moved;
    }
    return (await fs.stat(join(folder, name)))?.modified ?? clock.now();
  };

  return {
    setAside({ ref, path, expected, found, size }) {
      const target = placeFor(expected);
      const reason = {
        artifact: ref,
        moved_from: path,
        why: "the bytes do not hash to the address",
        expected_sha256: expected,
        found_sha256: found,
        size,
      };
      return withReason(target, reason, () => moveDamaged(fs, path, target, expected));
    },

    setBundleAside({ bundle, digits, path, why }) {
      const target = placeFor(digits);
      return withReason(target, { bundle, moved_from: path, why }, () => renameIfThere(fs, path, target));
    },

    async *contents() {
      const names = await namesIn(fs, folder);
      for (const name of names) {
        // A reason whose file a crash kept from coming stands for itself.
        const isReason = name.endsWith(REASON_SUFFIX) && names.includes(name.slice(0, -REASON_SUFFIX.length));
        if (!isReason) yield { name, size: await treeSize(fs, join(folder, name)), since: await sinceOf(name) };
      }
    },

    async remove(name) {
      const wasThere = await removeTree(fs, join(folder, name));
      await removeTree(fs, join(folder, `${name}${REASON_SUFFIX}`));
      return wasThere;
    },
  };
}

async function movedAt(fs: FileSystem, path: string): Promise<number | undefined> {
  if (!path.endsWith(REASON_SUFFIX)) return undefined;
  try {
    const reason = Reason.safeParse(JSON.parse(Buffer.from(await readWholeFile(fs, path)).toString("utf8")));
    return reason.success ? Date.parse(reason.data.moved_at) : undefined;
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Between our read and our rename another process may have put the right bytes there: then they go back. (A crash just
 * between the two renames leaves them in quarantine: the artifact is missing, not wrong, and putting it again heals it.)
 */
async function moveDamaged(fs: FileSystem, path: string, target: string, expected: string): Promise<boolean> {
  if (!(await renameIfThere(fs, path, target))) return false;
  if (sha256(await readWholeFile(fs, target)) !== expected) return true;
  await fs.rename(target, path);
  return false;
}
