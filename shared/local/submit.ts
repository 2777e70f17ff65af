import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { v4 as uuidV4 } from "uuid";
import { type ArtifactRef, RunId } from "../contracts/ids.ts";
import { ModuleManifest } from "../contracts/module-manifest.ts";
import { Submission } from "../contracts/submission.ts";
import { parseDocument } from "../kernel/documents.ts";
import { ContractInputMissing } from "../kernel/errors.ts";
import type { ArtifactReader, Stores } from "../stores/ports.ts";

/**
 * Takes a submission in: reads and checks `manifest.json`, finds every artifact it names (beside it, then in the
 * store), and only then writes artifacts and the run. Submitting the same run again changes nothing.
 * @param beside opens the `artifacts/` folder beside the manifest
 * @throws {ContractInputMissing} naming file, field, expected and found; nothing is written then
 * @throws {ConflictError} when the run id is taken by another submission
 */
export async function submit(
  stores: Stores,
  manifestPath: string,
  beside: (folder: string) => ArtifactReader,
  options: { withFreshId?: boolean } = {},
): Promise<{ submission: Submission; isNew: boolean }> {
  const stated = parseDocument(await readManifest(manifestPath), Submission, manifestPath);
  const submission = options.withFreshId === true ? { ...stated, run_id: RunId.parse(uuidV4()) } : stated;
  const folder = beside(join(dirname(manifestPath), "artifacts"));
  const found = new Map<ArtifactRef, { bytes: Uint8Array; kind: "manifest" | "other" }>();
  const take = async (field: string, ref: ArtifactRef, kind: "manifest" | "other"): Promise<Uint8Array> => {
    const source = (await folder.has(ref)) ? folder : (await stores.artifacts.has(ref)) ? stores.artifacts : undefined;
    if (source === undefined) {
      throw new ContractInputMissing(
        `${manifestPath}: field ${field}: expected ${ref} in the artifacts folder beside the manifest or in the store, found it in neither`,
      );
    }
    const bytes = await source.get(ref).catch((error: Error) => {
      throw new ContractInputMissing(`${manifestPath}: field ${field}: ${error.message}`, { cause: error });
    });
    found.set(ref, { bytes, kind });
    return bytes;
  };
  const module = parseDocument(
    await take("module_manifest", submission.module_manifest, "manifest"),
    ModuleManifest,
    `module manifest (${submission.module_manifest})`,
  );
  await take("config_manifest", submission.config_manifest, "manifest");
  await take("provenance_manifest", submission.provenance_manifest, "manifest");
  await take("module_manifest: binary.artifact", module.binary.artifact, "other");
  for (const { bytes, kind } of found.values()) await stores.artifacts.put(kind, bytes);
  const { isNew } = await stores.runs.create(submission.run_id, submission);
  return { submission, isNew };
}

async function readManifest(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new ContractInputMissing(
      `${path}: cannot read the manifest (${(error as NodeJS.ErrnoException).code}); give the path of a manifest.json, as \`restep pack\` writes it`,
      { cause: error },
    );
  }
}
