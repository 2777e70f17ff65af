import { BundleIndex } from "../contracts/program.ts";
import { VerifyArtifactsInput, VerifyArtifactsOutput } from "../contracts/stages.ts";
import { getDocument } from "../kernel/documents.ts";
import { HardGateFailed } from "../kernel/errors.ts";
import { defineStage } from "../kernel/stage.ts";
import { DECLARATIONS, declared } from "./declarations.ts";

/** Hard gate: every file of the bundle is there, hashes to its name, has its size, and the module is valid WebAssembly. */
export const verifyArtifacts = defineStage({
  ...declared("verify_artifacts"),
  input: VerifyArtifactsInput,
  output: VerifyArtifactsOutput,
  async run({ bundle }, { artifacts }) {
    const index = await getDocument(artifacts, bundle, BundleIndex, "bundle index");
    for (const file of index.files) {
      const bytes = await artifacts.get(file.artifact);
      if (bytes.length !== file.size) {
        throw new HardGateFailed(
          DECLARATIONS.verify_artifacts.gate.name,
          `bundle ${bundle}: file ${file.path}: expected ${file.size} bytes, found ${bytes.length}`,
        );
      }
      if (file.role === "module" && !WebAssembly.validate(bytes as BufferSource)) {
        throw new HardGateFailed(
          DECLARATIONS.verify_artifacts.gate.name,
          `bundle ${bundle}: file ${file.path}: expected a valid WebAssembly module`,
        );
      }
    }
    return { bundle, verified: index.files.length + 1 };
  },
});
