import * as z from "zod";
import { ConfigManifest } from "../../contracts/config-manifest.ts";
import type { EventEnvelope } from "../../contracts/event.ts";
import type { FactPayload } from "../../contracts/facts.ts";
import { type ArtifactId, type ArtifactRef, artifactRef } from "../../contracts/ids.ts";
import { filesOf, ModuleManifest } from "../../contracts/module-manifest.ts";
import type { StoredBundleIndex } from "../../contracts/program.ts";
import { ProvenanceDocument } from "../../contracts/provenance.ts";
import { ProvenanceManifest } from "../../contracts/provenance-manifest.ts";
import type { Submission } from "../../contracts/submission.ts";
import type { RunRecord } from "../../kernel/run/record.ts";
import { slsaStatement } from "../../stages/slsa.ts";
import { canonicalHash } from "../../stores/digest.ts";
import type { RunArtifacts } from "./artifacts.ts";
import { indexedFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import { checkAnswers, checkTrail, isOwnTrail, type Say } from "./trail.ts";

/** What a run's provenance is compared with. */
export interface AttestedRun {
  readonly submission: Submission;
  readonly record: RunRecord;
  readonly events: readonly EventEnvelope[];
  readonly facts: readonly FactPayload[];
  readonly bundle: ArtifactRef;
  readonly index: StoredBundleIndex | undefined;
}

/** Every statement of a provenance document, and of the in-toto statement made from it, against the run. */
export async function checkProvenance(
  { provenance, attestation }: { readonly provenance: ArtifactRef; readonly attestation: ArtifactRef | undefined },
  run: AttestedRun,
  artifacts: RunArtifacts,
  findings: Findings,
): Promise<void> {
  const named = { ref: provenance, in: "the run's provenance", kind: "output" } as const;
  const document = await artifacts.document(named, ProvenanceDocument);
  if (document === undefined) return;
  const say = (field: string, expected: unknown, found: unknown) =>
    findings.same("provenance", `${provenance}, ${field}`, expected, found);

  const { config_manifest: ref } = run.submission;
  const config = await artifacts.document({ ref, in: "the submission", kind: "manifest" }, ConfigManifest);
  const answers = config === undefined ? [] : await indexedFacts(config, artifacts);
  const facts = [...answers, ...run.facts];
  await checkSources(document, run, artifacts, say);
  if (config !== undefined) checkConfig(document, config, say);
  if (answers.length > 0 && !isOwnTrail(document, run.events)) {
    findings.notice("provenance", provenance, "its trail is that of the run whose facts answered this one");
  } else checkTrail(document, run, findings, say);
  checkAnswers(document, facts, say);
  if (attestation !== undefined) await checkStatement(document, { provenance, attestation }, artifacts, findings);
}

/** The same as an in-toto statement: its canonical JSON follows from the document, and so does its hash. */
async function checkStatement(
  document: ProvenanceDocument,
  { provenance, attestation }: { readonly provenance: ArtifactRef; readonly attestation: ArtifactRef },
  artifacts: RunArtifacts,
  findings: Findings,
): Promise<void> {
  const statement = slsaStatement(document, provenance);
  const ref = artifactRef(canonicalHash(statement) as ArtifactId);
  if (ref === attestation) return;
  const stored = await artifacts.document({ ref: attestation, in: "the run's attestation", kind: "output" }, z.json());
  const isOtherwise = stored === undefined || !findings.same("in-toto statement", attestation, statement, stored);
  if (!isOtherwise)
    findings.problem("in-toto statement", attestation, `its canonical JSON, ${ref}`, "another spelling");
}

/** What the run was given, and what it made of it. */
async function checkSources(
  document: ProvenanceDocument,
  { submission, bundle, index }: AttestedRun,
  artifacts: RunArtifacts,
  say: Say,
): Promise<void> {
  const manifest = (ref: ArtifactRef) => ({ ref, in: "the submission", kind: "manifest" }) as const;
  const { run_id, requested_by, module_manifest, config_manifest, provenance_manifest } = submission;
  const stated = { run_id, requested_by, module_manifest, config_manifest, provenance_manifest, bundle };
  for (const [field, value] of Object.entries(stated)) say(field, value, document[field as keyof typeof stated]);
  say("submission", artifactRef(canonicalHash(submission) as ArtifactId), document.submission);
  const source = await artifacts.document(manifest(provenance_manifest), ProvenanceManifest);
  if (source !== undefined) say("source", source, document.source);
  const module = await artifacts.document(manifest(module_manifest), ModuleManifest);
  if (module !== undefined) {
    const files = filesOf(module);
    say("inputs", files, document.inputs);
    for (const { artifact } of files) await artifacts.read({ ref: artifact, in: module_manifest, kind: "other" });
  }
  if (index !== undefined) {
    const files = index.files.map(({ path, artifact, size }) => ({ path, artifact, size }));
    say("outputs", files, document.outputs);
  }
}

function checkConfig({ skip_tags, tools }: ProvenanceDocument, { run }: ConfigManifest, say: Say): void {
  say("skip_tags", run.skip_tags, skip_tags);
  const programs = run.tools.map(({ program }) => program);
  const named = tools.map(({ name }) => name);
  say("tools", programs, named);
}
