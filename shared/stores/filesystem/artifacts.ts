import { dirname } from "node:path";
import { type ArtifactId, type ArtifactRef, artifactRef } from "../../contracts/ids.ts";
import type { Clock } from "../clock.ts";
import { sha256 } from "../digest.ts";
import { CorruptionError, NotFoundError } from "../errors.ts";
import { checkKind, digitsOf } from "../identifiers.ts";
import type { ArtifactStat, ArtifactStore, StoreNotice } from "../ports.ts";
import { checkSecrecy } from "../secret-payload.ts";
import { artifactPath, ensureFolder, listDigits } from "./artifact-files.ts";
import type { KindIndex } from "./artifact-kinds.ts";
import { discard, readWholeFile, replaceFile, writeNewFile } from "./durable-file.ts";
import { errnoOf, type FileSystem, isMissing } from "./file-system.ts";
import { translated, translatedItems } from "./os-errors.ts";
import type { Quarantine } from "./quarantine.ts";
import type { Removals } from "./removals.ts";
import type { TemporaryFiles } from "./temporary-files.ts";

export interface ArtifactFiles {
  readonly fs: FileSystem;
  readonly clock: Clock;
  /** The `artifacts` folder. */
  readonly folder: string;
  readonly temporary: TemporaryFiles;
  /** Where damage is moved to; without it, it is reported and stays. */
  readonly quarantine: Pick<Quarantine, "setAside"> | undefined;
  readonly removals: Pick<Removals, "over">;
  readonly kinds: KindIndex;
  readonly notify: (notice: StoreNotice) => void;
}

/** Artifacts as files named by their SHA-256. */
export function fileArtifacts(files: ArtifactFiles): ArtifactStore {
  const { fs, folder, kinds, temporary } = files;
  /** Folders whose own name, and files whose name and bytes, this process knows to be durable. */
  const durableFolders = new Set<string>();

  const ensureDurableFolder = async (path: string) => {
    if (durableFolders.has(path)) return;
    await ensureFolder(fs, path);
    // Also when it was there: whoever made it may not have come to sync it yet.
    await fs.syncFolder(folder);
    durableFolders.add(path);
  };

  const setAside = async (ref: ArtifactRef, path: string, bytes: Uint8Array) => {
    const expected = digitsOf(ref);
    const found = sha256(bytes);
    const movedTo = await files.quarantine?.setAside({ ref, path, expected, found, size: bytes.length });
    if (movedTo !== undefined) {
      files.notify({ kind: "artifact_quarantined", ref, movedTo, why: `its bytes hash to ${found}` });
    }
    return { found, movedTo };
  };

  const statOf = async (ref: ArtifactRef, digits: string): Promise<ArtifactStat | undefined> => {
    const stat = await fs.stat(artifactPath(folder, digits));
    if (stat?.kind !== "file") return undefined;
    return { ref, size: stat.size, kinds: await kinds.kindsOf(digits) };
  };

  async function* listAll() {
    for await (const digits of listDigits(fs, folder)) {
      const stat = await statOf(artifactRef(digits as ArtifactId), digits);
      if (stat !== undefined) yield stat;
    }
  }

  /** Whether the right bytes are there; wrong ones are set aside. */
  const holds = async (ref: ArtifactRef, path: string, bytes: Uint8Array): Promise<boolean> => {
    const present = await readIfThere(fs, path);
    if (present === undefined) return false;
    if (Buffer.compare(present, bytes) === 0) return true;
    await setAside(ref, path, present);
    return false;
  };

  /** Says that these bytes were put now. @returns false when they are gone */
  const freshen = async (path: string, bytes: Uint8Array): Promise<boolean> => {
    try {
      await fs.touch(path, files.clock.now());
    } catch (error) {
      if (isMissing(error)) return false;
      if (!["EPERM", "EACCES"].includes(errnoOf(error) ?? "")) throw error;
      // Another user's file: its time is not ours to set, but its place is ours to fill.
      await replaceFile(fs, temporary.next(), path, bytes);
    }
    return true;
  };

  /** Waits for three syncs at once. An artifact has its name only when its kind and its folder are durable. */
  const place = async (path: string, bytes: Uint8Array, noted: Promise<void>): Promise<void> => {
    const staged = temporary.next();
    const steps = [writeNewFile(fs, staged, bytes), noted, ensureDurableFolder(dirname(path))];
    const failed = (await Promise.allSettled(steps)).find((step) => step.status === "rejected");
    try {
      if (failed !== undefined) throw failed.reason;
      await fs.rename(staged, path);
    } catch (error) {
      await discard(fs, staged);
      throw error;
    }
  };

  /** Sees to it that the bytes are there, and stay. See `removals.ts`. */
  const secure = async (ref: ArtifactRef, path: string, bytes: Uint8Array, noted: Promise<void>): Promise<void> => {
    for (;;) {
      if (!(await holds(ref, path, bytes))) await place(path, bytes, noted);
      if (!(await freshen(path, bytes))) continue;
      await files.removals.over(digitsOf(ref));
      if ((await fs.stat(path)) !== undefined) return;
    }
  };

  return {
    put: async (kind, given) =>
      translated("store an artifact", folder, async () => {
        checkKind(kind);
        checkSecrecy(kind, given);
        // They are written after this returned: what the caller does to its buffer by then is not what was hashed.
        const bytes = Uint8Array.from(given);
        const digits = sha256(bytes);
        const ref = artifactRef(digits as ArtifactId);
        const path = artifactPath(folder, digits);
        const noted = kinds.note(digits, kind);
        noted.catch(() => undefined);
        await secure(ref, path, bytes, noted);
        await noted;
        // Also when it was there: the process that put it may be between its rename and this.
        await fs.syncFolder(dirname(path));
        return ref;
      }),

    get: async (ref) => {
      const digits = digitsOf(ref);
      const path = artifactPath(folder, digits);
      return translated(`read ${ref}`, path, async () => {
        for (;;) {
          const bytes = await readIfThere(fs, path);
          if (bytes === undefined) throw new NotFoundError(ref, folder);
          if (sha256(bytes) === digits) return bytes;
          const { found, movedTo } = await setAside(ref, path, bytes);
          if (movedTo === undefined && files.quarantine !== undefined) continue;
          const done = movedTo === undefined ? "the file stays where it is" : `the file was moved to ${movedTo}`;
          throw new CorruptionError(ref, {
            where: path,
            expected: `SHA-256 ${digits}`,
            found: `SHA-256 ${found}`,
            remedy: `${done}; putting the right bytes again heals it, as running the manifest again with --new does`,
          });
        }
      });
    },

    has: async (ref) => {
      const path = artifactPath(folder, digitsOf(ref));
      return translated(`look for ${ref}`, path, async () => (await fs.stat(path))?.kind === "file");
    },

    stat: async (ref) => {
      const digits = digitsOf(ref);
      return translated(`look for ${ref}`, folder, () => statOf(ref, digits));
    },

    list: () => translatedItems("list the artifacts", folder, listAll()),
  };
}

/** @param most bytes that it may have */
export async function readIfThere(fs: FileSystem, path: string, most?: number): Promise<Uint8Array | undefined> {
  try {
    return await readWholeFile(fs, path, most);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
