import type { Content } from "../contracts/facts.ts";
import { filesOf } from "../contracts/module-manifest.ts";
import { BundleIndex } from "../contracts/program.ts";
import { BuildProvenance, type ProvenanceDocument, RunTrail, SlsaStatement } from "../contracts/provenance.ts";
import { AttestInput, AttestOutput } from "../contracts/stages.ts";
import { getDocument, putDocument } from "../kernel/documents.ts";
import { ContractInputMissing } from "../kernel/errors.ts";
import { execProgram } from "../kernel/io/exec.ts";
import { artifactEmitted, defineStage, type StageContext } from "../kernel/stage.ts";
import { declared } from "./declarations.ts";
import { loadModuleManifest, loadProvenance } from "./manifests.ts";
import { slsaStatement } from "./slsa.ts";
import { trailOf } from "./trail.ts";

/**
 * Writes where the bundle comes from: one document that names every input, tool, build, state, fact and decision, and the
 * same as an in-toto statement. Everything in it that is not in the manifests is a recorded fact, so a replay writes the
 * same documents.
 */
export const attest = defineStage({
  ...declared("attest"),
  input: AttestInput,
  output: AttestOutput,
  async run({ submission, bundle }, context) {
    const { artifacts, config, emit, flow, io, runId } = context;
    const index = await getDocument(artifacts, bundle, BundleIndex, "bundle index");
    const module = await loadModuleManifest(context, submission);
    const build = BuildProvenance.parse(await io.recordValue("build", context.build));
    const tools = await toolsOf(context);
    const trail = RunTrail.parse(await io.recordValue("trail", async () => trailOf(await context.run())));
    const issuedAt = await io.now("issued_at");
    const document: ProvenanceDocument = {
      schema_version: 1,
      kind: "restep.provenance",
      run_id: runId,
      requested_by: submission.requested_by,
      issued_at: issuedAt.toISOString(),
      bundle,
      submission: await putDocument(artifacts, "manifest", submission),
      module_manifest: submission.module_manifest,
      config_manifest: submission.config_manifest,
      provenance_manifest: submission.provenance_manifest,
      flow: { name: flow.name, version: flow.version, state_machine: flow.stateMachine },
      source: await loadProvenance(context, submission),
      inputs: filesOf(module),
      outputs: index.files.map(({ path, artifact, size }) => ({ path, artifact, size })),
      build,
      tools,
      skip_tags: config.skip_tags,
      trail,
    };
    const provenance = await putDocument(artifacts, "output", document);
    const statement = SlsaStatement.parse(slsaStatement(document, provenance));
    const attestation = await putDocument(artifacts, "output", statement);
    emit(artifactEmitted("provenance", provenance));
    emit(artifactEmitted("attestation", attestation));
    return { provenance, attestation };
  },
});

/** What is no text is shown as the bytes it is. */
function textOf(content: Content): string {
  return typeof content === "string" ? content : `base64:${content.base64}`;
}

/** The programs the config names, each with what it says of its version. */
async function toolsOf({ config, io }: StageContext): Promise<ProvenanceDocument["tools"]> {
  const tools: ProvenanceDocument["tools"] = [];
  for (const { program, args } of config.tools) {
    const { exit_status, stdout, program_sha256 } = await execProgram(io, `tool.${program}`, { program, args });
    if (exit_status !== 0) {
      throw new ContractInputMissing(
        `config manifest: field run.tools: ${program} ${args.join(" ")}: expected exit status 0, found ${exit_status}`,
      );
    }
    tools.push({ name: program, version: textOf(stdout).trim(), program_sha256 });
  }
  return tools;
}
