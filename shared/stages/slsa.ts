import { type ArtifactRef, artifactId } from "../contracts/ids.ts";
import type { ProvenanceDocument, SlsaStatement } from "../contracts/provenance.ts";

/** What documents mean that name no flow. */
const FIRST_FLOW = { name: "recompile", version: "1", state_machine: "run-lifecycle" };
const BUILDER = "https://restep.dev/restep";

/** A run's provenance in the words of SLSA v1. https://slsa.dev/spec/v1.0/provenance */
export function slsaStatement(document: ProvenanceDocument, provenance: ArtifactRef): SlsaStatement {
  const { build, flow = FIRST_FLOW, tools, trail } = document;
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [
      { name: "bundle.json", digest: digestOf(document.bundle) },
      ...document.outputs.map(({ path, artifact }) => ({ name: path, digest: digestOf(artifact) })),
    ],
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        // A run of the flow's state machine, its parameters the submission's manifests.
        buildType: `https://restep.dev/${flow.name}/v${flow.version}`,
        externalParameters: {
          submission: document.submission,
          module_manifest: document.module_manifest,
          config_manifest: document.config_manifest,
          provenance_manifest: document.provenance_manifest,
        },
        internalParameters: {
          requested_by: document.requested_by,
          skip_tags: document.skip_tags,
          environment: build.environment,
          ...(trail.resumed_from === undefined ? {} : { resumed_from: trail.resumed_from }),
        },
        resolvedDependencies: [
          ...document.inputs.map(({ role, artifact }) => ({ name: role, uri: artifact, digest: digestOf(artifact) })),
          ...(["module_manifest", "config_manifest", "provenance_manifest"] as const).map((name) => ({
            name,
            uri: document[name],
            digest: digestOf(document[name]),
          })),
          { name: `${flow.state_machine}.asl.json`, digest: { sha256: build.state_machine_sha256 } },
          ...(build.lockfile_sha256 === undefined
            ? []
            : [{ name: "package-lock.json", digest: { sha256: build.lockfile_sha256 } }]),
          ...tools.map(({ name, program_sha256 }) => ({ name, digest: { sha256: program_sha256 } })),
        ],
      },
      runDetails: {
        builder: {
          id: BUILDER,
          version: {
            restep: build.restep_version,
            node: build.node_version,
            platform: `${build.platform}-${build.architecture}`,
            ...(build.git_commit === undefined ? {} : { git_commit: build.git_commit }),
          },
        },
        metadata: {
          invocationId: document.run_id,
          startedOn: trail.started_at,
          finishedOn: document.issued_at,
        },
        byproducts: [
          { name: "provenance.json", uri: provenance, digest: digestOf(provenance) },
          { name: "plan.json", uri: trail.plan, digest: digestOf(trail.plan) },
          ...trail.facts.map(({ key, payload }) => ({ name: key, uri: payload, digest: digestOf(payload) })),
        ],
      },
    },
  };
}

function digestOf(ref: ArtifactRef): { sha256: string } {
  return { sha256: artifactId(ref) };
}
