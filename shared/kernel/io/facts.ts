import {
  type FactIndexEntry,
  FactKey,
  FactName,
  FactNamespace,
  type FactOutcome,
  FactPayload,
  FactScope,
} from "../../contracts/facts.ts";
import type { ArtifactRef } from "../../contracts/ids.ts";
import { canonicalBytes } from "../../stores/digest.ts";
import type { ArtifactReader, ArtifactStore, Json } from "../../stores/ports.ts";
import { parseDocument, putDocument } from "../documents.ts";
import { ContractInputMissing, ValidationFailed } from "../errors.ts";
import { SecretKeyUnusable } from "../secrets/errors.ts";
import { isSealed, openSecret, sealSecret } from "../secrets/seal.ts";
import { MissingFactKey } from "./errors.ts";

/** @throws {ValidationFailed} */
export function factScope(scope: string): FactScope {
  const parsed = FactScope.safeParse(scope);
  if (parsed.success) return parsed.data;
  throw new ValidationFailed(`fact scope: expected <stage> or <stage>.shard_<n>, found "${scope}"`);
}

/** @throws {MissingFactKey} when the call has no name, or one that cannot be part of a key */
export function factKey(scope: FactScope, namespace: string, name: string): FactKey {
  if (!FactNamespace.safeParse(namespace).success) {
    throw new MissingFactKey(`call in ${scope}: namespace: expected a name such as http, found "${namespace}"`);
  }
  if (!FactName.safeParse(name).success) {
    const found = name === undefined || name === "" ? "nothing" : `"${name}"`;
    throw new MissingFactKey(
      `call in ${scope}/${namespace}: name: expected A-Z a-z 0-9 _ . : - in parts between slashes, found ${found}`,
    );
  }
  return FactKey.parse(`${scope}/${namespace}/${name}`);
}

/** A call as it is looked up and recorded. */
export interface Asked {
  readonly key: FactKey;
  readonly namespace: string;
  readonly request: Json;
  readonly requestSha256: string;
}

/** A call that has ended, in whichever way, and is on record. */
export interface Ended {
  readonly outcome: FactOutcome;
  readonly payload: ArtifactRef;
  /** Live: what was thrown, for those who look at this process. */
  readonly cause?: unknown;
}

/** The key that facts with secrets in them are sealed with, where there is one. @throws {SecretKeyUnusable} */
export type SecretKey = () => Uint8Array | undefined;

/**
 * Keeps a fact as an artifact.
 * @param isSecret it is sealed then, and nothing of it can be read without the key
 */
export async function putFact(
  artifacts: ArtifactStore,
  fact: FactPayload,
  { isSecret, key }: { readonly isSecret: boolean; readonly key: Uint8Array | undefined },
): Promise<ArtifactRef> {
  if (!isSecret || key === undefined) return putDocument(artifacts, "fact_payload", fact);
  return artifacts.put("secret_payload", await sealSecret(canonicalBytes(fact), key));
}

/**
 * The payload of a fact, checked against the log's entry for it; opened where it is sealed.
 * @throws {ContractInputMissing} when it is another fact's, or malformed
 * @throws {SecretKeyUnusable}, {SealedSecretBroken} when it is sealed and cannot be opened
 * @throws NotFoundError, CorruptionError of the store
 */
export async function readFact(
  artifacts: ArtifactReader,
  entry: FactIndexEntry,
  secretKey: SecretKey = () => undefined,
): Promise<FactPayload> {
  const what = `payload of fact ${entry.key}`;
  const stored = await artifacts.get(entry.payload);
  const bytes = isSealed(stored) ? await openSecret(stored, expectKey(what, secretKey())) : stored;
  const payload = parseDocument(bytes, FactPayload, `${what} (${entry.payload})`);
  const { key, request_sha256: sha256, outcome } = payload;
  if (key === entry.key && sha256 === entry.request_sha256 && outcome.kind === entry.outcome) return payload;
  throw new ContractInputMissing(
    `${what} (${entry.payload}): expected ${entry.outcome} to request ${entry.request_sha256}, ` +
      `found ${outcome.kind} to request ${sha256} of ${key}`,
  );
}

function expectKey(what: string, key: Uint8Array | undefined): Uint8Array {
  if (key !== undefined) return key;
  throw new SecretKeyUnusable(
    `${what}: expected the key it was sealed with in RESTEP_SECRET_KEY, found nothing; set it, in this environment alone`,
  );
}
