import { ConfigManifest } from "../contracts/config-manifest.ts";
import type { ArtifactRef } from "../contracts/ids.ts";
import { ModuleManifest } from "../contracts/module-manifest.ts";
import { type PlannedFunction, ProgramPlan } from "../contracts/program.ts";
import { ProvenanceManifest } from "../contracts/provenance-manifest.ts";
import type { Submission } from "../contracts/submission.ts";
import { HardGateFailed } from "../kernel/errors.ts";
import type { StageContext } from "../kernel/stage.ts";
import { loadElf } from "../recompiler/elf/index.ts";
import type { GuestFunction, MemoryLayout, ProgramImage } from "../recompiler/program.ts";
import { type PlacedSymbols, placeSymbols } from "../recompiler/symbol-file/place.ts";
import { DECLARATIONS } from "./declarations.ts";
import { patchImage } from "./patches.ts";
import { toFunction, toLayout } from "./program-documents.ts";
import { once, readDocument, type Source } from "./read-once.ts";
import { splitIntoShards } from "./shards.ts";
import { stubImage } from "./stubs.ts";

/** Where a stage reads from; the config manifest may be at hand. */
type RunSource = Source & Pick<Partial<StageContext>, "configManifest">;

/** What lifting and testing work on. */
export interface PlannedProgram {
  readonly config: ConfigManifest;
  readonly image: ProgramImage;
  readonly layout: MemoryLayout;
  readonly planned: readonly PlannedFunction[];
  readonly functions: readonly GuestFunction[];
  membersOf(shard: number): readonly PlannedFunction[];
}

/** The config manifest; the one that the attempt at hand has read already, where it is that. */
export async function loadConfig(source: RunSource, submission: Submission): Promise<ConfigManifest> {
  const { configManifest: read } = source;
  if (read?.ref === submission.config_manifest) return read.document;
  return readDocument(source, submission.config_manifest, ConfigManifest, "config manifest");
}

export function loadProvenance(source: Source, submission: Submission): Promise<ProvenanceManifest> {
  return readDocument(source, submission.provenance_manifest, ProvenanceManifest, "provenance manifest");
}

export function loadModuleManifest(source: Source, submission: Submission): Promise<ModuleManifest> {
  return readDocument(source, submission.module_manifest, ModuleManifest, "module manifest");
}

/** The module manifest and what its files hold. */
interface Module {
  readonly manifest: ModuleManifest;
  readonly image: ProgramImage;
  readonly symbols: PlacedSymbols | undefined;
}

/**
 * The module manifest and its binary, as the file has it.
 * @throws {HardGateFailed} when the binary is not what the manifest says
 * @throws {ElfError} when the binary cannot be read
 * @throws {SymbolFileError} when its symbol file cannot be used
 */
export async function loadModule(source: RunSource, submission: Submission): Promise<Module> {
  const manifest = await loadModuleManifest(source, submission);
  const image = await once(source, `image ${submission.module_manifest}`, async () => {
    const bytes = await source.artifacts.get(manifest.binary.artifact);
    expectField(submission, "binary.size", manifest.binary.size, bytes.length);
    const value = loadElf(bytes, `binary of ${manifest.name} (${manifest.binary.artifact})`);
    expectField(submission, "endianness", manifest.endianness, value.endianness);
    return { value, bytes: bytes.length };
  });
  const symbols = await loadSymbols(source, submission, manifest, image);
  return { manifest, image, symbols };
}

/** What the module's symbol file says of its binary; undefined without one. @throws {SymbolFileError} */
function loadSymbols(
  source: RunSource,
  submission: Submission,
  { name, symbols }: ModuleManifest,
  image: ProgramImage,
): Promise<PlacedSymbols> | undefined {
  if (symbols === undefined) return undefined;
  return once(source, `symbols ${submission.module_manifest}`, async () => {
    const bytes = await source.artifacts.get(symbols.artifact);
    expectField(submission, "symbols.size", symbols.size, bytes.length, "symbol file");
    return { value: placeSymbols(image, bytes, `symbol file of ${name} (${symbols.artifact})`), bytes: bytes.length };
  });
}

/** The program to recompile: the binary with the config's patches written over it. */
export async function loadProgram(
  source: RunSource,
  submission: Submission,
): Promise<Module & { readonly config: ConfigManifest }> {
  const config = await loadConfig(source, submission);
  const { manifest, image, symbols } = await loadModule(source, submission);
  return { manifest, config, image: patchImage(image, config.patches), symbols };
}

/** The program as planned, ready to lift or to test: patches and stubs in the image, functions, memory layout. */
export function loadPlannedProgram(
  source: RunSource,
  { submission, program }: { submission: Submission; program: ArtifactRef },
): Promise<PlannedProgram> {
  const { module_manifest, config_manifest } = submission;
  return once(source, `planned program ${module_manifest} ${config_manifest} ${program}`, async () => {
    const { config, manifest, image } = await loadProgram(source, submission);
    const plan = await readDocument(source, program, ProgramPlan, "program plan");
    const shards = splitIntoShards(plan.functions, config.functions_per_shard);
    const value: PlannedProgram = {
      config,
      image: stubImage(image, plan.functions),
      layout: toLayout(plan.layout),
      planned: plan.functions,
      functions: plan.functions.map(toFunction),
      membersOf: (shard) => shards[shard] ?? [],
    };
    return { value, bytes: value.image === image ? 0 : manifest.binary.size };
  });
}

function expectField(submission: Submission, field: string, expected: unknown, found: unknown, file = "binary"): void {
  if (expected === found) return;
  throw new HardGateFailed(
    DECLARATIONS.intake.gate.name,
    `module manifest (${submission.module_manifest}): field ${field}: says ${expected}, but the ${file} has ${found}`,
  );
}
