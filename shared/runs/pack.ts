import { basename, extname } from "node:path";
import { v5 as uuidV5 } from "uuid";
import { ConfigManifest } from "../contracts/config-manifest.ts";
import { ArtifactId, type ArtifactRef, artifactRef, type PrincipalId, RunId } from "../contracts/ids.ts";
import { type ModuleManifest, ModuleName } from "../contracts/module-manifest.ts";
import type { Priority } from "../contracts/priorities.ts";
import { ProvenanceManifest } from "../contracts/provenance-manifest.ts";
import type { Submission } from "../contracts/submission.ts";
import { parseDocument } from "../kernel/documents.ts";
import { planFlow } from "../kernel/plan/plan-flow.ts";
import { createGuard } from "../kernel/secrets-guard.ts";
import { loadElf } from "../recompiler/elf/index.ts";
import { placeSymbols } from "../recompiler/symbol-file/place.ts";
import { flowFor } from "../stages/flows.ts";
import { canonicalBytes, sha256 } from "../stores/digest.ts";
import { NotFoundError } from "../stores/errors.ts";
import type { SubmissionSource } from "./submission-source.ts";
import { expectReplayable } from "./submit.ts";

/** Namespace of run ids derived from content (a fixed random UUID). */
const RUN_ID_NAMESPACE = "6f0a3f0e-6f3b-4d0e-9a52-5b1b7f6f2c11";

/** Characters of a module's name. */
const MOST_NAME = 128;

/** A submission with every artifact it names, ready to be written to a folder or to a store. */
export interface Package {
  readonly submission: Submission;
  readonly artifacts: ReadonlyMap<ArtifactRef, Uint8Array>;
}

interface Packed extends Package {
  /** What is wrong with the binary or its symbol file and does not stand in the way: one sentence each, with the file's name. */
  readonly warnings: readonly string[];
}

/** A document as it was handed in. */
export interface NamedBytes {
  /** What messages call it, such as its path. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface PackInput {
  /** The module has the file's name without its extension. */
  readonly binary: NamedBytes;
  /** A symbol file for it. */
  readonly symbols?: NamedBytes | undefined;
  /** Config manifest as JSON. Default: lift everything. */
  readonly config?: NamedBytes | undefined;
  /** Provenance manifest as JSON. Default: one that states only the file. */
  readonly provenance?: NamedBytes | undefined;
}

export interface PackOptions {
  readonly runId?: RunId | undefined;
  readonly requestedBy: PrincipalId;
  /** Default: standard. */
  readonly priority?: Priority | undefined;
  /** Version of this tool, for a provenance that it writes itself. */
  readonly toolVersion: string;
}

/**
 * Makes a submission for a binary. The same bytes give the same submission: the run id is the UUID v5 of the three manifests
 * unless one is given. Without a provenance it states only what is known: the file and this tool.
 * @throws {ElfError} when the binary is not one this recompiler reads
 * @throws {SymbolFileError} when the symbol file is none for it
 * @throws {ContractInputMissing} when a document is not of its schema
 * @throws {InvalidPlan} when the config asks for a run that cannot be
 * @throws {SecretRefused} when the config or the provenance holds a secret
 */
export function pack(input: PackInput, options: PackOptions): Packed {
  const { name: path, bytes: binary } = input.binary;
  const image = loadElf(binary, path);
  const { symbols } = input;
  const placed = symbols === undefined ? undefined : placeSymbols(image, symbols.bytes, symbols.name);
  const artifacts = new Map<ArtifactRef, Uint8Array>();
  const add = (bytes: Uint8Array): ArtifactRef => {
    const ref = artifactRef(ArtifactId.parse(sha256(bytes)));
    artifacts.set(ref, bytes);
    return ref;
  };
  const module: ModuleManifest = {
    schema_version: 1,
    name: moduleNameOf(path),
    format: "elf32",
    isa: "mips32",
    endianness: image.endianness,
    binary: { artifact: add(binary), size: binary.length },
    ...(symbols !== undefined && { symbols: { artifact: add(symbols.bytes), size: symbols.bytes.length } }),
  };
  const config =
    input.config === undefined
      ? ConfigManifest.parse({ schema_version: 1 })
      : parseDocument(input.config.bytes, ConfigManifest, input.config.name);
  const provenance =
    input.provenance === undefined
      ? statedProvenance(input, options.toolVersion)
      : parseDocument(input.provenance.bytes, ProvenanceManifest, input.provenance.name);
  expectReplayable(config.run, input.config?.name ?? "config");
  planFlow(flowFor(config), config.run);
  const guard = createGuard([]);
  guard.refuse(input.config?.name ?? "config", config);
  guard.refuse(input.provenance?.name ?? "provenance", provenance);
  const manifests = {
    module_manifest: add(canonicalBytes(module)),
    config_manifest: add(canonicalBytes(config)),
    provenance_manifest: add(canonicalBytes(provenance)),
  };
  const submission: Submission = {
    run_id: options.runId ?? RunId.parse(uuidV5(Object.values(manifests).join("\n"), RUN_ID_NAMESPACE)),
    ...manifests,
    requested_by: options.requestedBy,
    priority: options.priority ?? "standard",
    execution_mode: "local",
    task_lane: "general",
    candidate_selector: "hybrid",
  };
  return {
    submission,
    artifacts,
    warnings: [...(image.warnings ?? []).map((warning) => `${path}: ${warning}`), ...(placed?.warnings ?? [])],
  };
}

/** The file's name without its extension; what no module's name may hold is a `_` there. */
function moduleNameOf(path: string): string {
  const name = basename(path, extname(path)).slice(0, MOST_NAME);
  return ModuleName.safeParse(name).success
    ? name
    : `_${name.replace(/[^\p{L}\p{M}\p{N} .,+-]/gu, "_")}`.slice(0, MOST_NAME);
}

function statedProvenance({ binary, symbols }: PackInput, toolVersion: string): ProvenanceManifest {
  const name = basename(binary.name);
  const stated = ({ name: path, bytes }: NamedBytes) => ({
    path: basename(path),
    sha256: sha256(bytes),
    size: bytes.length,
  });
  return {
    schema_version: 1,
    title: { name },
    collection: { device: "not stated", tool: { name: "restep pack", version: toolVersion } },
    inputs: [
      { ...stated(binary), format: "elf32", role: "binary" },
      ...(symbols === undefined ? [] : [{ ...stated(symbols), format: "text", role: "symbols" as const }]),
    ],
    licence: "not stated",
  };
}

/** What was packed, to be submitted as it is. */
export function packageSource({ submission, artifacts }: Package): SubmissionSource {
  return {
    name: `submission ${submission.run_id}`,
    manifest: async () => canonicalBytes(submission),
    artifacts: {
      has: async (ref) => artifacts.has(ref),
      async get(ref) {
        const bytes = artifacts.get(ref);
        if (bytes === undefined) throw new NotFoundError(ref, "the package");
        return bytes;
      },
    },
    artifactsAt: "the package",
  };
}
