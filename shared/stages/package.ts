import type { ArtifactRef } from "../contracts/ids.ts";
import { type BundleIndex, LiftRecords, ProgramPlan, type TestRecord, ValidationReport } from "../contracts/program.ts";
import { PackageInput, PackageOutput } from "../contracts/stages.ts";
import { getDocument, putDocument } from "../kernel/documents.ts";
import { artifactEmitted, defineStage } from "../kernel/stage.ts";
import type { ArtifactReader } from "../stores/ports.ts";
import { declared } from "./declarations.ts";
import { readDocument } from "./read-once.ts";

/**
 * Writes the bundle: the module, one report for each function (how it was lifted, how it was proven), the validation
 * report, and the index that names them. The index holds only what follows from the manifests; its hash is the
 * bundle's.
 */
export const packageStage = defineStage({
  ...declared("package"),
  input: PackageInput,
  output: PackageOutput,
  async run({ submission, program, link, validation }, context) {
    const { artifacts, emit } = context;
    const plan = await readDocument(context, program, ProgramPlan, "program plan");
    const lifted = await readDocument(context, link.report, LiftRecords, "lift report");
    const proofs = await getDocument(artifacts, validation.report, ValidationReport, "validation report");
    const proofOf = new Map(proofs.functions.map((proof) => [proof.index, proof]));
    const functions = lifted.functions.map((record) => ({ ...record, proof: proofFields(proofOf.get(record.index)) }));
    const report = await putDocument(artifacts, "output", { schema_version: 1, functions });
    const files = await Promise.all(
      (
        [
          ["functions.json", "functions", report],
          ["module.wasm", "module", link.module],
          ["validation.json", "validation", validation.report],
        ] as const
      ).map(async ([path, role, artifact]) => ({ path, role, artifact, size: await sizeOf(artifacts, artifact) })),
    );
    const index: BundleIndex = {
      schema_version: 1,
      kind: "restep.bundle",
      name: plan.name,
      module_manifest: submission.module_manifest,
      config_manifest: submission.config_manifest,
      provenance_manifest: submission.provenance_manifest,
      endianness: plan.endianness,
      entry: plan.entry,
      layout: plan.layout,
      functions: { found: plan.functions.length, lifted: link.lifted, proven: validation.proven },
      files,
    };
    const bundle = await putDocument(artifacts, "output", index);
    for (const file of files) emit(artifactEmitted(file.role, file.artifact));
    emit(artifactEmitted("bundle", bundle));
    return { bundle, files: files.length, bytes: files.reduce((sum, file) => sum + file.size, 0) };
  },
});

/** Bytes of an artifact; the gate that follows looks at what they are. A store says of one that is not there what it says to a reader. */
async function sizeOf(artifacts: ArtifactReader, ref: ArtifactRef): Promise<number> {
  return (await artifacts.stat(ref))?.size ?? (await artifacts.get(ref)).length;
}

function proofFields(proof: TestRecord | undefined): Omit<TestRecord, "index" | "name" | "address"> | null {
  if (proof === undefined) return null;
  const { index: _index, name: _name, address: _address, ...fields } = proof;
  return fields;
}
