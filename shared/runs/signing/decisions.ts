import type { DecisionSignature } from "../../contracts/signature.ts";
import type { GateRecord } from "../../kernel/run/record.ts";
import { canonicalBytes } from "../../stores/digest.ts";
import { preAuthenticationEncoding } from "./dsse.ts";
import type { SigningKey, VerifyingKey } from "./keys.ts";

const DECISION = "application/vnd.restep.decision+json";

/** What a person decided, of what is signed. */
export type SignedDecision = Pick<GateRecord, "gate" | "state" | "by" | "reason" | "subject" | "evidence">;

export function signDecision(
  runId: DecisionSignature["run_id"],
  decision: SignedDecision,
  key: SigningKey,
): DecisionSignature {
  const sig = Buffer.from(key.sign(bytesOf(runId, decision))).toString("base64");
  return { run_id: runId, keyid: key.keyId, public_key: key.publicKey, sig };
}

export function isDecisionSignedBy(
  key: VerifyingKey,
  decision: SignedDecision,
  { run_id, sig }: DecisionSignature,
): boolean {
  return key.verifies(bytesOf(run_id, decision), Buffer.from(sig, "base64"));
}

/** What the word of whoever decided stands on. */
export function basisOf({ signature }: Pick<GateRecord, "signature">): string {
  return signature === undefined ? "said" : `key:${signature.keyid}`;
}

/** The evidence of an override is told by its event again; what it was decided on is the same. */
function bytesOf(runId: string, { gate, state, by, reason, subject, evidence }: SignedDecision): Uint8Array {
  const decision = {
    schema_version: 1,
    kind: "restep.decision",
    run_id: runId,
    gate,
    decision: state,
    by,
    reason,
    ...(subject === undefined ? {} : { subject }),
    ...(evidence === undefined ? {} : { evidence }),
  };
  return preAuthenticationEncoding(DECISION, canonicalBytes(decision));
}
