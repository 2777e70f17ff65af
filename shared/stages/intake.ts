import { artifactId } from "../contracts/ids.ts";
import { filesOf } from "../contracts/module-manifest.ts";
import { IntakeInput, IntakeOutput } from "../contracts/stages.ts";
import { HardGateFailed } from "../kernel/errors.ts";
import { defineStage } from "../kernel/stage.ts";
import { hex } from "../recompiler/machine.ts";
import { DECLARATIONS, declared } from "./declarations.ts";
import { routeOf } from "./flows.ts";
import { loadConfig, loadModule, loadProvenance } from "./manifests.ts";

/** Hard gate: the submission names this run, its manifests and binary are whole, and the binary's provenance is told. */
export const intake = defineStage({
  ...declared("intake"),
  input: IntakeInput,
  output: IntakeOutput,
  async run({ submission }, context) {
    const { runId, plan, telemetry } = context;
    if (submission.run_id !== runId) {
      throw new HardGateFailed(
        DECLARATIONS.intake.gate.name,
        `submission: field run_id: expected the execution's name ${runId}, found ${submission.run_id}`,
      );
    }
    await loadConfig(context, submission);
    const { manifest, image, symbols } = await loadModule(context, submission);
    for (const warning of image.warnings ?? []) telemetry.warn("elf_damaged", `binary of ${manifest.name}: ${warning}`);
    for (const warning of symbols?.warnings ?? []) telemetry.warn("symbols_left_out", warning);
    const provenance = await loadProvenance(context, submission);
    for (const { role, artifact } of filesOf(manifest)) {
      const sha256 = artifactId(artifact);
      if (provenance.inputs.some((input) => input.role === role && input.sha256 === sha256)) continue;
      throw new HardGateFailed(
        DECLARATIONS.intake.gate.name,
        `provenance manifest (${submission.provenance_manifest}): field inputs: expected an entry of role "${role}" with sha256 ${sha256}, the ${role} of the module manifest; found none. Tell where the ${role} ${role === "binary" ? "comes" : "come"} from`,
      );
    }
    return {
      name: manifest.name,
      binary: manifest.binary.artifact,
      size: manifest.binary.size,
      endianness: image.endianness,
      entry: hex(image.entry),
      route: routeOf(plan()),
    };
  },
});
