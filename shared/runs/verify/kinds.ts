import type { EventEnvelope } from "../../contracts/event.ts";
import type { ArtifactKind } from "../../stores/ports.ts";

/** What the artifact in a field of a document, or of an event's payload, was put as. */
export const KIND_OF_FIELD: Readonly<Record<string, ArtifactKind>> = {
  module_manifest: "manifest",
  config_manifest: "manifest",
  provenance_manifest: "manifest",
  submission: "manifest",
  child_manifest: "manifest",
  initial_snapshot: "context_snapshot",
  base_snapshot: "context_snapshot",
  context_snapshot: "context_snapshot",
  snapshot: "context_snapshot",
  final_snapshot: "context_snapshot",
  failure_snapshot: "other",
  binary: "other",
  symbols: "other",
  captures: "other",
  plan: "output",
  program: "output",
  module: "output",
  report: "output",
  bundle: "output",
  provenance: "output",
  attestation: "output",
  evidence: "output",
  subject: "output",
  reusable: "output",
};

/** What the artifact that an event refers to was put as. */
export function kindOfPayload({ name, payload }: EventEnvelope): ArtifactKind | undefined {
  if (name === "fact_recorded") return isSealedFact(payload) ? "secret_payload" : "fact_payload";
  if (name === "artifact_written") return payload.kind as ArtifactKind;
  if (name === "recomp.run.stage.completed" || name === "recomp.context.checkpointed") return "context_snapshot";
  return name.startsWith("recomp.") ? "output" : undefined;
}

/** Whether the payload of a fact, by what its event says, is sealed. */
export function isSealedFact({ meta }: EventEnvelope["payload"]): boolean {
  return (meta as { readonly sealed?: unknown } | undefined)?.sealed === true;
}
