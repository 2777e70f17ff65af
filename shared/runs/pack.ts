import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { v5 as uuidV5 } from "uuid";
import { ConfigManifest } from "../contracts/config-manifest.ts";
import { ArtifactId, type ArtifactRef, artifactRef, type PrincipalId, RunId } from "../contracts/ids.ts";
import type { ModuleManifest } from "../contracts/module-manifest.ts";
import { ProvenanceManifest } from "../contracts/provenance-manifest.ts";
import type { Submission } from "../contracts/submission.ts";
import { canonicalBytes, parseDocument } from "../kernel/documents.ts";
import { ContractInputMissing } from "../kernel/errors.ts";
import { secretsGuard } from "../kernel/secrets-guard.ts";
import { loadElf } from "../recompiler/elf/index.ts";
import { planLifecycle } from "../stages/lifecycle.ts";
import { sha256 } from "../stores/digest.ts";

/** Namespace of run ids derived from content (a fixed random UUID). */
const RUN_ID_NAMESPACE = "6f0a3f0e-6f3b-4d0e-9a52-5b1b7f6f2c11";

/** A submission with every artifact it names, ready to be written to a folder or to a store. */
export interface Package {
  readonly submission: Submission;
  readonly artifacts: ReadonlyMap<ArtifactRef, Uint8Array>;
}

export interface PackOptions {
  readonly configPath?: string | undefined;
  readonly provenancePath?: string | undefined;
  readonly runId?: RunId | undefined;
  readonly requestedBy: PrincipalId;
  /** Version of this tool, for a provenance that it writes itself. */
  readonly toolVersion: string;
}

/**
 * Makes a submission for a binary. The same files give the same bytes: the run id is the UUID v5 of the three manifests
 * unless one is given. Without a provenance file the provenance states only what is known: the file and this tool.
 * @throws {ElfError} when the binary is not one this recompiler reads
 * @throws {ContractInputMissing} when a file is missing or not of its schema
 * @throws {InvalidPlan} when the config asks for a run that cannot be
 * @throws {SecretRefused} when the config or the provenance holds a secret
 */
export async function pack(binaryPath: string, options: PackOptions): Promise<Package> {
  const binary = await readInput(binaryPath, "binary");
  const image = loadElf(binary);
  const artifacts = new Map<ArtifactRef, Uint8Array>();
  const add = (bytes: Uint8Array): ArtifactRef => {
    const ref = artifactRef(ArtifactId.parse(sha256(bytes)));
    artifacts.set(ref, bytes);
    return ref;
  };
  const module: ModuleManifest = {
    schema_version: 1,
    name: basename(binaryPath, extname(binaryPath)),
    format: "elf32",
    isa: "mips32",
    endianness: image.endianness,
    binary: { artifact: add(binary), size: binary.length },
  };
  const config =
    options.configPath === undefined
      ? ConfigManifest.parse({ schema_version: 1 })
      : parseDocument(await readInput(options.configPath, "config"), ConfigManifest, options.configPath);
  const provenance =
    options.provenancePath === undefined
      ? statedProvenance(binaryPath, binary, options.toolVersion)
      : parseDocument(
          await readInput(options.provenancePath, "provenance"),
          ProvenanceManifest,
          options.provenancePath,
        );
  planLifecycle(config.run);
  const guard = secretsGuard([]);
  guard.refuse(options.configPath ?? "config", config);
  guard.refuse(options.provenancePath ?? "provenance", provenance);
  const manifests = {
    module_manifest: add(canonicalBytes(module)),
    config_manifest: add(canonicalBytes(config)),
    provenance_manifest: add(canonicalBytes(provenance)),
  };
  const submission: Submission = {
    run_id: options.runId ?? RunId.parse(uuidV5(Object.values(manifests).join("\n"), RUN_ID_NAMESPACE)),
    ...manifests,
    requested_by: options.requestedBy,
    priority: "standard",
    execution_mode: "local",
    task_lane: "general",
    candidate_selector: "hybrid",
  };
  return { submission, artifacts };
}

function statedProvenance(path: string, binary: Uint8Array, toolVersion: string): ProvenanceManifest {
  const name = basename(path);
  return {
    schema_version: 1,
    title: { name },
    collection: { device: "not stated", tool: { name: "restep pack", version: toolVersion } },
    inputs: [{ path: name, sha256: sha256(binary), size: binary.length, format: "elf32", role: "binary" }],
    licence: "not stated",
  };
}

async function readInput(path: string, what: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new ContractInputMissing(`${path}: cannot read the ${what} (${(error as NodeJS.ErrnoException).code})`, {
      cause: error,
    });
  }
}
