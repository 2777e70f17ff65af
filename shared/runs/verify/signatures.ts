import type { EventEnvelope } from "../../contracts/event.ts";
import { artifactId, type RunId } from "../../contracts/ids.ts";
import { type KeyId, RunLogStatement, type RunSignature } from "../../contracts/signature.ts";
import type { GateRecord, RunRecord } from "../../kernel/run/record.ts";
import { canonicalHash, sha256 } from "../../stores/digest.ts";
import { basisOf, isDecisionSignedBy } from "../signing/decisions.ts";
import { IN_TOTO, payloadSignedBy } from "../signing/dsse.ts";
import type { VerifyingKey } from "../signing/keys.ts";
import type { Findings } from "./findings.ts";
import { documentIn } from "./references.ts";

/** What is signed of a run, as far as the keys at hand tell. */
export interface Signed {
  readonly keyid: KeyId;
  /** Whether this key was at hand. Of what it says nothing is known otherwise. */
  readonly is_checked: boolean;
  /** The last event that is signed with all before it; left out where the signature does not hold. */
  readonly seq?: number;
}

/** A decision, and what the word of whoever took it stands on: `said`, or `key:<key id>`. */
export interface Decided {
  readonly gate: string;
  readonly decision: GateRecord["state"];
  readonly by?: string;
  readonly basis: string;
  readonly is_checked: boolean;
}

export interface SignedRun {
  readonly runId: RunId;
  /** Undefined where the log says what no run can do. */
  readonly record: RunRecord | undefined;
  readonly events: readonly EventEnvelope[];
}

/** Where a signature of the log is wrong: what was expected and found. */
type Flaw = readonly [where: string, expected: string, found: string];

/**
 * What keys say of a run: the statement of its bundle, byte for byte, and the end of its log. Once a key is named, one of them
 * must have signed the run.
 */
export function checkSignatures(
  run: SignedRun,
  signatures: readonly RunSignature[],
  keys: readonly VerifyingKey[],
  findings: Findings,
): Signed[] {
  const verdicts: Signed[] = [];
  for (const signature of signatures) {
    const { keyid } = signature;
    const key = keys.find(({ keyId }) => keyId === keyid);
    if (key === undefined) {
      findings.notice("signature", keyid, "not checked: its public key is not among those named with --key");
      verdicts.push({ keyid, is_checked: false });
      continue;
    }
    const flaws = [...flawsOfStatement(run, signature, key), ...flawsOfLog(run, signature, key)];
    for (const flaw of flaws) findings.problem("signature", `${keyid}, ${flaw[0]}`, flaw[1], flaw[2]);
    verdicts.push({ keyid, is_checked: true, ...(flaws.length === 0 ? { seq: run.events.length } : {}) });
  }
  if (keys.length > 0 && !verdicts.some(({ is_checked }) => is_checked)) {
    const named = keys.map(({ keyId }) => keyId).join(" or ");
    const found = signatures.map(({ keyid }) => keyid).join(", ");
    findings.problem("signature", `run ${run.runId}`, `provenance and log signed by ${named}`, found || "no signature");
  }
  return verdicts;
}

/** By its hash: retention may have removed what it is compared with. */
function flawsOfStatement({ record }: SignedRun, { attestation: envelope }: RunSignature, key: VerifyingKey): Flaw[] {
  const payload = payloadSignedBy(key, IN_TOTO, envelope);
  if (payload === undefined) return [["provenance", "its signature over the in-toto statement", "one that is not"]];
  const ref = record?.roles.get("attestation");
  if (ref !== undefined && sha256(payload) === artifactId(ref)) return [];
  return [["provenance", `the bytes of ${ref ?? "an attestation"}`, "a statement of another run or bundle"]];
}

function flawsOfLog({ runId, record, events }: SignedRun, { log }: RunSignature, key: VerifyingKey): Flaw[] {
  const payload = payloadSignedBy(key, IN_TOTO, log);
  if (payload === undefined) return [["log", "its signature over the statement of the log", "one that is not"]];
  const statement = RunLogStatement.safeParse(documentIn(payload)).data;
  if (statement === undefined) return [["log", "a statement of a run's log", "another document"]];
  const { run_id, phase, events: signed, bundle, attestation } = statement.predicate;
  const last = events.at(-1);
  const stated: Record<string, readonly [expected: unknown, found: unknown]> = {
    run_id: [runId, run_id],
    phase: [record?.phase, phase],
    "events.count": [events.length, signed.count],
    "events.head_sha256": [last === undefined ? undefined : canonicalHash(last), signed.head_sha256],
    bundle: [record?.roles.get("bundle"), bundle],
    attestation: [record?.roles.get("attestation"), attestation],
  };
  return Object.entries(stated)
    .filter(([, [expected, found]]) => expected !== found)
    .map(([field, [expected, found]]): Flaw => [`log, ${field}`, `${found} as signed`, `${expected}`]);
}

/** What people decided, and whether it is they who said so. */
export function checkDecisions(
  { runId, record }: SignedRun,
  keys: readonly VerifyingKey[],
  findings: Findings,
): Decided[] {
  const decided = [...(record?.gates.values() ?? [])].filter(({ decidedAt }) => decidedAt !== undefined);
  return decided.map((gate) => {
    const { signature, state, by } = gate;
    const key = signature && keys.find(({ keyId }) => keyId === signature.keyid);
    const place = `gate ${gate.gate}`;
    if (signature !== undefined && key !== undefined && !isDecisionSignedBy(key, gate, signature)) {
      findings.problem("decision", place, `signed by ${key.keyId} as it stands`, "a signature of something else");
    } else if (signature !== undefined && signature.run_id !== runId && record?.resumedFrom === undefined) {
      findings.problem("decision", place, `one for run ${runId}`, `one for run ${signature.run_id}`);
    } else if (signature === undefined && keys.length > 0) {
      findings.notice("decision", place, `${state} by ${by}: merely said, no key signed it`);
    }
    const is_checked = key !== undefined;
    return { gate: gate.gate, decision: state, ...(by === undefined ? {} : { by }), basis: basisOf(gate), is_checked };
  });
}
