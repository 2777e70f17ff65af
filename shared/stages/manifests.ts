import { ConfigManifest } from "../contracts/config-manifest.ts";
import type { ArtifactRef } from "../contracts/ids.ts";
import { ModuleManifest } from "../contracts/module-manifest.ts";
import { type PlannedFunction, ProgramPlan } from "../contracts/program.ts";
import { ProvenanceManifest } from "../contracts/provenance-manifest.ts";
import type { Submission } from "../contracts/submission.ts";
import { getDocument } from "../kernel/documents.ts";
import { HardGateFailed } from "../kernel/errors.ts";
import { loadElf } from "../recompiler/elf/index.ts";
import type { GuestFunction, MemoryLayout, ProgramImage } from "../recompiler/program.ts";
import type { ArtifactStore } from "../stores/ports.ts";
import { patchImage } from "./patches.ts";
import { toFunction, toLayout } from "./program-documents.ts";
import { splitIntoShards } from "./shards.ts";
import { stubImage } from "./stubs.ts";

/** What lifting and proving work on. */
export interface PlannedProgram {
  readonly config: ConfigManifest;
  readonly image: ProgramImage;
  readonly layout: MemoryLayout;
  readonly planned: readonly PlannedFunction[];
  readonly functions: readonly GuestFunction[];
  membersOf(shard: number): readonly PlannedFunction[];
}

export function loadConfig(artifacts: ArtifactStore, submission: Submission): Promise<ConfigManifest> {
  return getDocument(artifacts, submission.config_manifest, ConfigManifest, "config manifest");
}

export function loadProvenance(artifacts: ArtifactStore, submission: Submission): Promise<ProvenanceManifest> {
  return getDocument(artifacts, submission.provenance_manifest, ProvenanceManifest, "provenance manifest");
}

/**
 * The module manifest and its binary, as the file has it.
 * @throws {HardGateFailed} when the binary is not what the manifest says
 * @throws {ElfError} when the binary cannot be read
 */
export async function loadModule(
  artifacts: ArtifactStore,
  submission: Submission,
): Promise<{ manifest: ModuleManifest; image: ProgramImage }> {
  const manifest = await getDocument(artifacts, submission.module_manifest, ModuleManifest, "module manifest");
  const bytes = await artifacts.get(manifest.binary.artifact);
  expectField(submission, "binary.size", manifest.binary.size, bytes.length);
  const image = loadElf(bytes);
  expectField(submission, "endianness", manifest.endianness, image.endianness);
  return { manifest, image };
}

/** The program to recompile: the binary with the config's patches written over it. */
export async function loadProgram(
  artifacts: ArtifactStore,
  submission: Submission,
): Promise<{ manifest: ModuleManifest; config: ConfigManifest; image: ProgramImage }> {
  const config = await loadConfig(artifacts, submission);
  const { manifest, image } = await loadModule(artifacts, submission);
  return { manifest, config, image: patchImage(image, config.patches) };
}

/** The program as planned, ready to lift or to prove: patches and stubs in the image, functions, memory layout. */
export async function loadPlannedProgram(
  artifacts: ArtifactStore,
  { submission, program }: { submission: Submission; program: ArtifactRef },
): Promise<PlannedProgram> {
  const { config, image } = await loadProgram(artifacts, submission);
  const plan = await getDocument(artifacts, program, ProgramPlan, "program plan");
  const shards = splitIntoShards(plan.functions, config.functions_per_shard);
  return {
    config,
    image: stubImage(image, plan.functions),
    layout: toLayout(plan.layout),
    planned: plan.functions,
    functions: plan.functions.map(toFunction),
    membersOf: (shard) => shards[shard] ?? [],
  };
}

function expectField(submission: Submission, field: string, expected: unknown, found: unknown): void {
  if (expected === found) return;
  throw new HardGateFailed(
    "intake",
    `module manifest (${submission.module_manifest}): field ${field}: says ${expected}, but the binary has ${found}`,
  );
}
