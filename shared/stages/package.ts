import type { ArtifactRef } from "../contracts/ids.ts";
import { type BundleIndex, LiftRecords, ProgramPlan } from "../contracts/program.ts";
import { PackageInput, PackageOutput } from "../contracts/stages.ts";
import { type TestRecord, ValidationReport } from "../contracts/validation.ts";
import { getDocument, putDocument } from "../kernel/documents.ts";
import { artifactEmitted, defineStage } from "../kernel/stage.ts";
import type { ArtifactReader } from "../stores/ports.ts";
import { declared } from "./declarations.ts";
import { readDocument } from "./read-once.ts";

/**
 * Writes the bundle: the module, one report for each function (how it was lifted, how it was tested), the validation
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
    const tests = await getDocument(artifacts, validation.report, ValidationReport, "validation report");
    const testOf = new Map(tests.functions.map((test) => [test.index, test]));
    const functions = lifted.functions.map((record) => ({ ...record, test: testFields(testOf.get(record.index)) }));
    const report = await putDocument(artifacts, "output", { schema_version: 2, functions });
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
      schema_version: 2,
      kind: "restep.bundle",
      name: plan.name,
      module_manifest: submission.module_manifest,
      config_manifest: submission.config_manifest,
      provenance_manifest: submission.provenance_manifest,
      endianness: plan.endianness,
      entry: plan.entry,
      layout: plan.layout,
      functions: { found: plan.functions.length, lifted: link.lifted, tested: validation.tested },
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

function testFields(test: TestRecord | undefined): Omit<TestRecord, "index" | "name" | "address"> | null {
  if (test === undefined) return null;
  const { index: _index, name: _name, address: _address, ...fields } = test;
  return fields;
}
