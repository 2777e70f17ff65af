import * as z from "zod";
import { ArtifactRef, OpId, PrincipalId, RunId, Sha256, StateId } from "./ids.ts";
import { ProvenanceManifest } from "./provenance-manifest.ts";
import { ResumedFrom } from "./resumption.ts";
import { Tag } from "./run-config.ts";
import { KeyId } from "./signature.ts";

const count = z.int().nonnegative();

/** What the program that carries out runs was built from. */
export const BuildStamp = z.strictObject({
  restep_version: z.string(),
  git_commit: z
    .string()
    .regex(/^[0-9a-f]{40}(-dirty)?$/)
    .optional(),
  lockfile_sha256: Sha256.optional(),
  state_machines: z.record(z.string(), Sha256).describe("of the definitions in statemachines/, by name"),
});
export type BuildStamp = z.infer<typeof BuildStamp>;

/** The same, and where it ran. */
export const BuildProvenance = BuildStamp.omit({ state_machines: true }).extend({
  state_machine_sha256: Sha256.describe("of the definition that the run was carried out from"),
  node_version: z.string(),
  platform: z.string(),
  architecture: z.string(),
  capabilities_sha256: Sha256.optional().describe("of capabilities.lock.json, as canonical JSON"),
  environment: z.record(z.string(), z.string()).describe("variables that the run config lets into provenance"),
});
export type BuildProvenance = z.infer<typeof BuildProvenance>;

const Tool = z.strictObject({
  name: z.string(),
  version: z.string().describe("what it printed"),
  program_sha256: Sha256,
});

const StepProvenance = z.strictObject({
  state_id: StateId,
  attempts: z.int().positive().describe("entries, retries and resumptions included"),
  base_snapshot: ArtifactRef,
  snapshot: ArtifactRef,
  reused_from: RunId.optional().describe("the run that did it, where this one did not"),
});

const Decision = z.strictObject({
  gate: z.string(),
  decision: z.enum(["approved", "overridden"]),
  by: PrincipalId,
  basis: z
    .templateLiteral(["key:", KeyId])
    .optional()
    .describe("by whose key the decision was signed; left out where it was merely said who decided"),
  reason: z.string(),
  subject: ArtifactRef.optional(),
  evidence: ArtifactRef.optional(),
  decided_at: z.iso.datetime().optional(),
});

const Fact = z.strictObject({ key: z.string(), attempt: count, payload: ArtifactRef });

/** What stands in the log of a run when its provenance is written: read once, and recorded as a fact. */
export const RunTrail = z.strictObject({
  started_at: z.iso.datetime(),
  resumed_from: ResumedFrom.optional().describe("the failed run that it goes on from"),
  plan: ArtifactRef,
  steps: z.array(StepProvenance),
  skipped: z.array(z.strictObject({ state_id: StateId, by: z.string() })),
  failed_attempts: count,
  decisions: z.array(Decision),
  facts: z.array(Fact),
  escalations: count,
  events: z
    .strictObject({ count, head_sha256: Sha256 })
    .describe("the log up to here: events, and the last line's hash"),
});
export type RunTrail = z.infer<typeof RunTrail>;

/** Where a bundle comes from: everything that went into it, and everything that was done. */
export const ProvenanceDocument = z
  .strictObject({
    schema_version: z.literal(1),
    kind: z.literal("restep.provenance"),
    run_id: RunId,
    requested_by: PrincipalId,
    issued_at: z.iso.datetime(),
    bundle: ArtifactRef,
    submission: ArtifactRef,
    module_manifest: ArtifactRef,
    config_manifest: ArtifactRef,
    provenance_manifest: ArtifactRef,
    flow: z
      .strictObject({ name: OpId, version: z.string(), state_machine: z.string() })
      .optional()
      .describe("what was carried out; left out before there was more than one"),
    source: ProvenanceManifest,
    inputs: z.array(z.strictObject({ role: z.string(), artifact: ArtifactRef, size: count.describe("bytes") })),
    outputs: z.array(z.strictObject({ path: z.string(), artifact: ArtifactRef, size: count.describe("bytes") })),
    build: BuildProvenance,
    tools: z.array(Tool),
    skip_tags: z.array(Tag),
    trail: RunTrail,
  })
  .meta({ id: "ProvenanceDocument", description: "The provenance of one run's bundle." });
export type ProvenanceDocument = z.infer<typeof ProvenanceDocument>;

const Digest = z.strictObject({ sha256: Sha256 });
const ResourceDescriptor = z.strictObject({ name: z.string(), uri: z.string().optional(), digest: Digest });

/** An in-toto Statement with SLSA provenance v1, unsigned. https://slsa.dev/spec/v1.0/provenance */
export const SlsaStatement = z
  .strictObject({
    _type: z.literal("https://in-toto.io/Statement/v1"),
    subject: z.array(z.strictObject({ name: z.string(), digest: Digest })).min(1),
    predicateType: z.literal("https://slsa.dev/provenance/v1"),
    predicate: z.strictObject({
      buildDefinition: z.strictObject({
        buildType: z.url(),
        externalParameters: z.record(z.string(), z.json()),
        internalParameters: z.record(z.string(), z.json()),
        resolvedDependencies: z.array(ResourceDescriptor),
      }),
      runDetails: z.strictObject({
        builder: z.strictObject({ id: z.url(), version: z.record(z.string(), z.string()) }),
        metadata: z.strictObject({
          invocationId: z.string(),
          startedOn: z.iso.datetime(),
          finishedOn: z.iso.datetime(),
        }),
        byproducts: z.array(ResourceDescriptor),
      }),
    }),
  })
  .meta({ id: "SlsaStatement", description: "The same provenance as an in-toto statement (SLSA v1)." });
export type SlsaStatement = z.infer<typeof SlsaStatement>;
