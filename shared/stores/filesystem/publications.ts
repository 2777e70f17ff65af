import { join } from "node:path";
import type { ArtifactRef } from "../../contracts/ids.ts";
import { CorruptionError, IoError, NotFoundError } from "../errors.ts";
import { checkPublishedPaths, checkRunId, digitsOf, INDEX_FILE } from "../identifiers.ts";
import type { ArtifactReader, StoreNotice } from "../ports.ts";
import type { PublicationStore, PublishedFile } from "../publications.ts";
import { ensureFolder } from "./artifact-files.ts";
import type { Claims } from "./claims.ts";
import { writeNewFile } from "./durable-file.ts";
import { errnoOf, type FileSystem } from "./file-system.ts";
import { translated } from "./os-errors.ts";
import type { Quarantine } from "./quarantine.ts";
import type { Removals } from "./removals.ts";
import { removeTree, type TemporaryFiles } from "./temporary-files.ts";

export interface PublicationFiles {
  readonly fs: FileSystem;
  /** The `bundles` folder, made on first use. */
  readonly folder: string;
  readonly claims: Claims;
  readonly removals: Removals;
  readonly temporary: TemporaryFiles;
  readonly artifacts: Pick<ArtifactReader, "get">;
  readonly quarantine: Pick<Quarantine, "setBundleAside">;
  readonly notify: (notice: StoreNotice) => void;
}

/**
 * Bundles as folders named by their hash: filled aside, then renamed into place.
 *
 * Claims keep a publication and a withdrawal from undoing each other, over all processes, as `removals.ts` does for artifacts:
 *
 * 1. A withdrawal takes its run's claim back, announces itself, looks if any claim is left, moves the bundle if none is, and
 *    then takes the announcement back.
 * 2. A publication claims the bundle, waits until no withdrawal of it is announced, and only then looks if it is there.
 *
 * A withdrawal that was announced before the publication looked is over by then. One that was announced later sees the claim.
 * Of several withdrawals the one that takes the last claim back finds none.
 */
export function filePublications(files: PublicationFiles): PublicationStore {
  const { fs, folder, claims, temporary, artifacts } = files;
  const isFolder = async (path: string) => (await fs.stat(path))?.kind === "folder";

  const fill = async (staged: string, bundle: ArtifactRef, parts: readonly PublishedFile[]) => {
    await fs.makeFolder(staged);
    for (const { path, artifact } of [{ path: INDEX_FILE, artifact: bundle }, ...parts]) {
      await writeNewFile(fs, join(staged, path), await artifacts.get(artifact));
    }
    await fs.syncFolder(staged);
  };

  const setAside = async (bundle: ArtifactRef, path: string, why: string): Promise<string | undefined> => {
    const movedTo = await files.quarantine.setBundleAside({ bundle, digits: digitsOf(bundle), path, why });
    if (movedTo !== undefined) files.notify({ kind: "bundle_set_aside", bundle, movedTo, why });
    return movedTo;
  };

  /** What an artifact's loss or damage left half made is evidence; what a full disk left is not. */
  const clearAway = async (error: unknown, bundle: ArtifactRef, staged: string) => {
    const isEvidence = error instanceof NotFoundError || error instanceof CorruptionError;
    try {
      if (isEvidence) await setAside(bundle, staged, `publishing failed: ${error.message}`);
      else await removeTree(fs, staged);
    } catch {
      // The first failure is the one to report; what stays is found by its owner's name.
    }
  };

  /** @returns false when another process was first */
  const make = async (bundle: ArtifactRef, location: string, parts: readonly PublishedFile[]): Promise<boolean> => {
    const staged = temporary.next();
    try {
      await fill(staged, bundle, parts);
      await ensureFolder(fs, folder);
      await fs.rename(staged, location);
      return true;
    } catch (error) {
      await clearAway(error, bundle, staged);
      const isThere = ["EEXIST", "ENOTEMPTY"].includes(errnoOf(error) ?? "") && (await isFolder(location));
      if (!isThere) throw error;
      return false;
    }
  };

  const withdrawalsOver = async (bundle: ArtifactRef): Promise<void> => {
    try {
      await files.removals.over(announcedAs(bundle));
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      const { where, reason } = error.details;
      throw new IoError(`publish ${bundle}`, String(where), `its withdrawal does not end: ${reason}`, error);
    }
  };

  const setAsideUnclaimed = async (bundle: ArtifactRef, location: string, why: string) => {
    const announcement = await files.removals.announce(announcedAs(bundle));
    try {
      return (await claims.hasAny(digitsOf(bundle))) ? undefined : await setAside(bundle, location, why);
    } finally {
      await announcement.takeBack();
    }
  };

  return {
    publish: (bundle, parts, claimant) =>
      translated(`publish ${bundle}`, folder, async () => {
        checkPublishedPaths(parts);
        const location = join(folder, digitsOf(bundle));
        await claims.add(digitsOf(bundle), checkRunId(claimant));
        await withdrawalsOver(bundle);
        const isNew = !(await isFolder(location)) && (await make(bundle, location, parts));
        // Also when another process was first: it may not have come to this yet.
        await fs.syncFolder(folder);
        return { location, isNew };
      }),

    confirm: (bundle, claimant) =>
      translated(`look for ${bundle}`, folder, async () => {
        const digits = digitsOf(bundle);
        if (!(await claims.has(digits, checkRunId(claimant)))) return false;
        // Who made the claim, or the bundle, may have ended before it was durable.
        await claims.add(digits, claimant);
        await withdrawalsOver(bundle);
        if (!(await isFolder(join(folder, digits)))) return false;
        await fs.syncFolder(folder);
        return true;
      }),

    find: (bundle) =>
      translated(`look for ${bundle}`, folder, async () => {
        const location = join(folder, digitsOf(bundle));
        return (await isFolder(location)) ? location : undefined;
      }),

    withdraw: (bundle, claimant, reason) =>
      translated(`withdraw ${bundle}`, folder, async () => {
        const location = join(folder, digitsOf(bundle));
        await claims.remove(digitsOf(bundle), checkRunId(claimant));
        const movedTo = (await isFolder(location)) ? await setAsideUnclaimed(bundle, location, reason) : undefined;
        // Also when nothing was moved: who did, perhaps an attempt before, may not have come to this.
        if (await isFolder(folder)) await fs.syncFolder(folder);
        return movedTo;
      }),
  };
}

/** Not as the removal of an artifact is, for the bundle's index has the same digits. */
function announcedAs(bundle: ArtifactRef): string {
  return `bundle.${digitsOf(bundle)}`;
}
