import type { NewEvent } from "../../../shared/contracts/event.ts";
import { type ArtifactRef, PrincipalId, RunId } from "../../../shared/contracts/ids.ts";
import type { Json, Stores } from "../../../shared/stores/ports.ts";

/** The present of these tests; what is stored lies before it. */
export const NOW = Date.UTC(2100, 5, 1);
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export const ALICE = PrincipalId.parse("alice");

export function runId(n: number): RunId {
  return RunId.parse(`00000000-0000-4000-8000-${String(n).padStart(12, "0")}`);
}

/** A run as a test wants it: what it refers to, and where. */
export interface WrittenRun {
  readonly id: RunId;
  readonly state: "queued" | "running" | "succeeded" | "failed";
  /** Milliseconds since 1970; of a run that has not ended: of its last event. */
  readonly at: number;
  readonly manifests: readonly [module: ArtifactRef, config: ArtifactRef, provenance: ArtifactRef];
  readonly bundle?: ArtifactRef;
  /** Named by events of the role `provenance` or `attestation`. */
  readonly provenance?: readonly ArtifactRef[];
  readonly facts?: readonly ArtifactRef[];
  /** Named by other events. */
  readonly emitted?: readonly ArtifactRef[];
  /** Named by the history alone. */
  readonly history?: readonly ArtifactRef[];
}

/** Writes a run as a lifecycle would have: submission, events that fold, history. */
export async function writeRun(stores: Stores, run: WrittenRun): Promise<void> {
  const [module_manifest, config_manifest, provenance_manifest] = run.manifests;
  await stores.runs.create(run.id, { run_id: run.id, module_manifest, config_manifest, provenance_manifest });
  if (run.state === "queued") return;
  await stores.events.append(run.id, 0, eventsOf(run));
  const history: Json[] = (run.history ?? []).map((ref, id) => ({ id, output: JSON.stringify({ nested: ref }) }));
  if (history.length > 0) await stores.history.append(run.id, history);
}

function eventsOf(run: WrittenRun): NewEvent[] {
  const [snapshot] = run.manifests;
  const event = writer(run.at);
  const entered = (stage: string) =>
    event("kernel", "state_entered", { state_id: `recompile.${stage}.main`, base_snapshot: snapshot });
  const completed = (stage: string) =>
    event("kernel", "state_completed", { state_id: `recompile.${stage}.main`, context_snapshot: snapshot });
  const emitted = (role: string) => (ref: ArtifactRef) => event("domain", "recomp.artifact.emitted", { role }, ref);
  const fact = (ref: ArtifactRef, n: number) =>
    event(
      "domain",
      "fact_recorded",
      { key: `plan/value/${n}`, request_sha256: "0".repeat(64), outcome: "response", meta: {} },
      ref,
    );
  const status = run.state === "succeeded" ? "completed" : "failed";
  const bundle = run.bundle === undefined ? [] : [run.bundle];
  return [
    event("kernel", "run_started", {
      op_id: "recompile",
      manifest: snapshot,
      initial_snapshot: snapshot,
      plan: snapshot,
      states: ["recompile.intake.main", "recompile.plan.main"],
      skipped: {},
    }),
    entered("intake"),
    completed("intake"),
    entered("plan"),
    ...(run.facts ?? []).map(fact),
    ...(run.emitted ?? []).map(emitted("report")),
    ...bundle.map(emitted("bundle")),
    ...(run.provenance ?? []).map((ref, n) => emitted(n % 2 === 0 ? "provenance" : "attestation")(ref)),
    ...(run.state === "running" ? [] : [completed("plan"), event("kernel", "run_completed", { status })]),
  ];
}

function writer(at: number) {
  return (kind: NewEvent["kind"], name: string, payload: NewEvent["payload"], ref?: ArtifactRef): NewEvent => ({
    ts: new Date(at).toISOString(),
    actor: ALICE,
    attempt: 0,
    kind,
    name,
    payload,
    ...(ref === undefined ? {} : { payload_ref: ref }),
  });
}

/** A JSON artifact that names others. */
export function naming(label: string, ...refs: readonly ArtifactRef[]): Uint8Array {
  return Buffer.from(JSON.stringify({ label, refs }));
}

/** Bytes that name nothing, whatever they look like. */
export function binary(label: string, ...refs: readonly ArtifactRef[]): Uint8Array {
  return Buffer.from(`\0${[label, ...refs].join(" ")}`);
}
