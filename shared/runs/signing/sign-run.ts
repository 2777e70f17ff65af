import { type ArtifactRef, artifactId, type RunId } from "../../contracts/ids.ts";
import type { RunLogStatement, RunSignature } from "../../contracts/signature.ts";
import { ContractInputMissing } from "../../kernel/errors.ts";
import { isTerminal } from "../../kernel/run/transitions.ts";
import { canonicalBytes } from "../../stores/digest.ts";
import type { Head, Stores } from "../../stores/ports.ts";
import { readRun } from "../read-run.ts";
import { IN_TOTO, signEnvelope } from "./dsse.ts";
import type { SigningKey } from "./keys.ts";

/**
 * Signs where a run's bundle comes from, if it made one, and the end of its log, and keeps that beside the log. Signing again by the same key
 * makes the same bytes: whoever was interrupted does it again.
 * @throws {ContractInputMissing} for a run that has not ended
 */
export async function signRun(stores: Stores, runId: RunId, key: SigningKey): Promise<RunSignature> {
  const { record } = await readRun(stores, runId);
  if (!isTerminal(record.phase)) {
    throw new ContractInputMissing(`run ${runId}: expected a run that has ended, found one that is ${record.phase}`);
  }
  const [bundle, attestation] = [record.roles.get("bundle"), record.roles.get("attestation")];
  const made = { ...(bundle && { bundle }), ...(attestation && { attestation }) };
  const statement = attestation && (await stores.artifacts.get(attestation));
  const head = await stores.events.head(runId);
  const signature: RunSignature = {
    schema_version: 1,
    kind: "restep.signature",
    run_id: runId,
    keyid: key.keyId,
    public_key: key.publicKey,
    ...(statement && { attestation: signEnvelope(IN_TOTO, statement, key) }),
    log: signEnvelope(IN_TOTO, canonicalBytes(logStatement(runId, record.phase, head, made)), key),
  };
  await stores.signatures.put(runId, signature);
  return signature;
}

function logStatement(
  runId: RunId,
  phase: string,
  { seq, prev }: Head,
  made: { readonly bundle?: ArtifactRef; readonly attestation?: ArtifactRef },
): RunLogStatement {
  const { bundle } = made;
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [
      { name: `events.jsonl, line ${seq}`, digest: { sha256: prev } },
      ...(bundle === undefined ? [] : [{ name: "bundle.json", digest: { sha256: artifactId(bundle) } }]),
    ],
    predicateType: "https://restep.dev/run-log/v1",
    predicate: { run_id: runId, phase, events: { count: seq, head_sha256: prev }, ...made },
  };
}
