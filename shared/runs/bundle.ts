import { ArtifactRef, RunId } from "../contracts/ids.ts";
import { BundleIndex } from "../contracts/program.ts";
import { getDocument } from "../kernel/documents.ts";
import { ContractInputMissing } from "../kernel/errors.ts";
import type { Stores } from "../stores/ports.ts";
import { readRun } from "./read-run.ts";

/**
 * Finds a bundle by the run that published it, or by its own hash.
 * @param target a run id, `artifact://<sha256>` or the plain 64 digits
 * @throws {ContractInputMissing} when it names neither, or the run has published nothing
 */
export async function findBundle(stores: Stores, target: string): Promise<{ ref: ArtifactRef; index: BundleIndex }> {
  const ref = await bundleRef(stores, target);
  return { ref, index: await getDocument(stores.artifacts, ref, BundleIndex, "bundle index") };
}

/** What it takes to run a bundle's program. */
export interface RecompiledProgram {
  readonly index: BundleIndex;
  /** The WebAssembly module. */
  readonly module: Uint8Array;
}

/** @param target as `findBundle` takes it. @throws {ContractInputMissing} when there is no module in it either */
export async function findProgram(stores: Stores, target: string): Promise<RecompiledProgram> {
  const { ref, index } = await findBundle(stores, target);
  const file = index.files.find(({ role }) => role === "module");
  if (file === undefined) {
    throw new ContractInputMissing(`bundle ${ref} of ${index.name}: expected a file of role module, found none`);
  }
  return { index, module: await stores.artifacts.get(file.artifact) };
}

async function bundleRef(stores: Stores, target: string): Promise<ArtifactRef> {
  const stated = ArtifactRef.safeParse(/^[0-9a-f]{64}$/.test(target) ? `artifact://${target}` : target);
  if (stated.success) return stated.data;
  const runId = RunId.safeParse(target.toLowerCase());
  if (!runId.success) {
    throw new ContractInputMissing(`"${target}": expected a run id or a bundle (artifact://<sha256>)`);
  }
  const { record } = await readRun(stores, runId.data);
  if (record.bundle === undefined) {
    throw new ContractInputMissing(
      `run ${runId.data} has published no bundle: it is ${record.phase}; see \`restep summary ${runId.data}\``,
    );
  }
  return record.bundle;
}
