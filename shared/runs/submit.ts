import { v4 as uuidV4 } from "uuid";
import { ConfigManifest } from "../contracts/config-manifest.ts";
import { FactIndex } from "../contracts/facts.ts";
import { type ArtifactRef, RunId } from "../contracts/ids.ts";
import { filesOf, ModuleManifest } from "../contracts/module-manifest.ts";
import type { RunConfig } from "../contracts/run-config.ts";
import { Submission } from "../contracts/submission.ts";
import { parseDocument } from "../kernel/documents.ts";
import { ContractInputMissing } from "../kernel/errors.ts";
import { planFlow } from "../kernel/plan/plan-flow.ts";
import { withGuard } from "../kernel/run-configs.ts";
import { secretKeyIn } from "../kernel/secrets/seal.ts";
import { weakSecrets } from "../kernel/secrets-guard.ts";
import { flowFor } from "../stages/flows.ts";
import type { Stores } from "../stores/ports.ts";
import type { SubmissionSource } from "./submission-source.ts";

export interface SubmitOptions {
  readonly withFreshId?: boolean;
  /** The variables that the run config declares secret, to keep them out of the manifests. Default: none is set. */
  readonly environment?: (name: string) => string | undefined;
}

/**
 * Takes a submission in: reads and checks its manifest, finds every artifact it names (where it comes from, then in the
 * store), and only then writes artifacts and the run. Submitting the same run again changes nothing.
 * @throws {ContractInputMissing} naming file, field, expected and found; nothing is written then
 * @throws {CorruptionError} for an artifact of the store whose bytes are others; {StoreError} for one that cannot be read now
 * @throws {InvalidPlan} when the config asks for a run that cannot be
 * @throws {SecretRefused} when a manifest holds a secret
 * @throws {SecretKeyUnusable} when RESTEP_SECRET_KEY is no key
 * @throws {ConflictError} when the run id is taken by another submission
 */
export async function submit(
  stores: Stores,
  source: SubmissionSource,
  options: SubmitOptions = {},
): Promise<{ submission: Submission; isNew: boolean }> {
  const stated = parseDocument(await source.manifest(), Submission, source.name);
  const submission = options.withFreshId === true ? { ...stated, run_id: RunId.parse(uuidV4()) } : stated;
  const found = new Map<ArtifactRef, { bytes: Uint8Array; kind: "manifest" | "other" }>();
  const take = async (field: string, ref: ArtifactRef, kind: "manifest" | "other"): Promise<Uint8Array> => {
    const holder = (await source.artifacts.has(ref)) ? source : (await stores.artifacts.has(ref)) ? stores : undefined;
    if (holder === undefined) {
      throw new ContractInputMissing(
        `${source.name}: field ${field}: expected ${ref} in ${source.artifactsAt} or in the store, found it in neither`,
      );
    }
    const bytes = await holder.artifacts.get(ref).catch((error: Error) => {
      // What is handed in and is missing, or other than its name says, is bad input. What is damaged in the store, or cannot
      // be read now, is told as that.
      const isInput = error.name === "NotFoundError" || (error.name === "CorruptionError" && holder === source);
      if (!isInput) throw error;
      throw new ContractInputMissing(`${source.name}: field ${field}: ${error.message}`, { cause: error });
    });
    found.set(ref, { bytes, kind });
    return bytes;
  };
  const module = parseDocument(
    await take("module_manifest", submission.module_manifest, "manifest"),
    ModuleManifest,
    `module manifest (${submission.module_manifest})`,
  );
  const config = parseDocument(
    await take("config_manifest", submission.config_manifest, "manifest"),
    ConfigManifest,
    `config manifest (${submission.config_manifest})`,
  );
  if (config.run.facts !== undefined) {
    const index = await take("config_manifest: run.facts", config.run.facts, "other");
    for (const { key, payload } of parseDocument(index, FactIndex, `fact index (${config.run.facts})`).facts) {
      await take(`fact ${key}`, payload, "other");
    }
  }
  await take("provenance_manifest", submission.provenance_manifest, "manifest");
  for (const { role, artifact } of filesOf(module)) await take(`module_manifest: ${role}.artifact`, artifact, "other");
  expectReplayable(config.run, `${source.name}: field config_manifest`);
  planFlow(flowFor(config), config.run);
  const environment = options.environment ?? (() => undefined);
  secretKeyIn(environment);
  const { guard } = withGuard({ environment }, config.run);
  const [weak] = weakSecrets(config.run, environment);
  if (weak !== undefined) {
    throw new ContractInputMissing(
      `${source.name}: field config_manifest: run.secrets: expected at least 6 characters in the variable ${weak}, found fewer; a value this short cannot be kept out of what the run writes`,
    );
  }
  guard.refuse(source.name, submission);
  for (const [ref, { bytes, kind }] of found) if (kind === "manifest") guard.refuse(ref, decode(bytes));
  for (const { bytes, kind } of found.values()) await stores.artifacts.put(kind, bytes);
  const { isNew } = await stores.runs.create(submission.run_id, submission);
  // Once more: a collection at this moment, which did not see the run yet, may have taken what was there before.
  for (const { bytes, kind } of found.values()) await stores.artifacts.put(kind, bytes);
  return { submission, isNew };
}

/** A replay without facts would make no call and find no answer. @throws {ContractInputMissing} */
export function expectReplayable({ io_mode, facts }: RunConfig, what: string): void {
  if (io_mode !== "replay" || facts !== undefined) return;
  throw new ContractInputMissing(
    `${what}: run.facts: expected the artifact of a fact index, for run.io_mode is "replay", found nothing; \`restep facts <run> --keep\` makes one`,
  );
}

function decode(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}
