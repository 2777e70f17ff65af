import { ArtifactRef } from "../contracts/ids.ts";
import { StoredBundleIndex } from "../contracts/program.ts";
import { getDocument } from "../kernel/documents.ts";
import { ContractInputMissing } from "../kernel/errors.ts";
import type { Stores } from "../stores/ports.ts";
import { findRun, isRunName } from "./find-run.ts";
import { readRun } from "./read-run.ts";

/**
 * Finds a bundle by the run that published it, or by its own hash.
 * @param target a run as `findRun` takes it, `artifact://<sha256>` or the plain 64 digits
 * @param where the runs are, for messages
 * @throws {ContractInputMissing} when it names neither, or the run has published nothing
 */
async function findBundle(
  stores: Stores,
  target: string,
  where: string,
): Promise<{ ref: ArtifactRef; index: StoredBundleIndex }> {
  const ref = await bundleRef(stores, target, where);
  return { ref, index: await getDocument(stores.artifacts, ref, StoredBundleIndex, "bundle index") };
}

/** A bundle that is published. */
export interface PublishedBundle {
  /** The artifact of its index, whose hash is the bundle's. */
  readonly ref: ArtifactRef;
  readonly index: StoredBundleIndex;
  /** An artifact of it: a file that the index names, or the index. @throws CorruptionError, NotFoundError */
  read(artifact: ArtifactRef): Promise<Uint8Array>;
}

/** @param target as `findBundle` takes it */
export async function openBundle(stores: Stores, target: string, where: string): Promise<PublishedBundle> {
  return { ...(await findBundle(stores, target, where)), read: (artifact) => stores.artifacts.get(artifact) };
}

/** What it takes to run a bundle's program. */
export interface RecompiledProgram {
  readonly index: StoredBundleIndex;
  /** The WebAssembly module. */
  readonly module: Uint8Array;
}

/**
 * @param target as `findBundle` takes it
 * @throws {ContractInputMissing} when there is no module in it either
 * @throws {CorruptionError} when a part is not what was written; the second time it is not there any more
 */
export async function findProgram(stores: Stores, target: string, where: string): Promise<RecompiledProgram> {
  const { ref, index } = await findBundle(stores, target, where);
  return { index, module: await stores.artifacts.get(moduleOf(index, `bundle ${ref}`).artifact) };
}

/** @throws {ContractInputMissing} when a bundle has no module */
export function moduleOf({ name, files }: StoredBundleIndex, what: string): StoredBundleIndex["files"][number] {
  const file = files.find(({ role }) => role === "module");
  if (file !== undefined) return file;
  throw new ContractInputMissing(`${what} of ${name}: expected a file of role module, found none`);
}

async function bundleRef(stores: Stores, target: string, where: string): Promise<ArtifactRef> {
  const stated = ArtifactRef.safeParse(/^[0-9a-f]{64}$/.test(target) ? `artifact://${target}` : target);
  if (stated.success) return stated.data;
  if (!isRunName(target)) {
    throw new ContractInputMissing(
      `"${target}": expected a run (its id, the beginning of it, or latest), a bundle (artifact://<sha256>) or the folder of one`,
    );
  }
  const runId = await findRun(stores.runs, target, where);
  const { record } = await readRun(stores, runId);
  if (record.bundle === undefined) {
    throw new ContractInputMissing(
      `run ${runId} has published no bundle: it has come to ${record.phase}; see \`restep status ${runId}\``,
    );
  }
  return record.bundle;
}
