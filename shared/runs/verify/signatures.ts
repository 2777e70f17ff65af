import type { EventEnvelope } from "../../contracts/event.ts";
import { artifactId, type RunId } from "../../contracts/ids.ts";
import { type DsseEnvelope, type KeyId, RunLogStatement, type RunSignature } from "../../contracts/signature.ts";
import type { GateRecord, RunRecord } from "../../kernel/run/record.ts";
import { sha256 } from "../../stores/digest.ts";
import { basisOf, isDecisionSignedBy } from "../signing/decisions.ts";
import { IN_TOTO, payloadSignedBy } from "../signing/dsse.ts";
import { keyBeside, type VerifyingKey } from "../signing/keys.ts";
import type { RunAsFound } from "./as-found.ts";
import type { Findings } from "./findings.ts";
import { documentIn } from "./references.ts";

/** What a key has signed of a run. That it did is checked by the key itself; whose it is, only who names it knows. */
export interface Signed {
  readonly keyid: KeyId;
  /** Whether it is one of the keys that must have signed. */
  readonly is_named: boolean;
  /** The last event that is signed with all before it; left out where the signature does not hold. */
  readonly seq?: number;
}

/** A decision, and what the word of whoever took it stands on: `said`, or `key:<key id>`. */
export interface Decided {
  readonly gate: string;
  readonly decision: GateRecord["state"];
  readonly by?: string;
  readonly basis: string;
  readonly is_named: boolean;
}

export interface SignedRun extends Pick<RunAsFound, "signatures" | "head"> {
  readonly runId: RunId;
  /** Undefined where the log says what no run can do. */
  readonly record: RunRecord | undefined;
  readonly events: readonly EventEnvelope[];
}

/** Where a signature is wrong: what was expected and found. */
type Flaw = readonly [where: string, expected: string, found: string];

/**
 * What keys say of a run: the statement of its bundle, byte for byte, and the end of its log. Once a key is named, one of them
 * must have signed the run.
 */
export function checkSignatures(run: SignedRun, keys: readonly VerifyingKey[], findings: Findings): Signed[] {
  const verdicts = run.signatures.map((signature): Signed => {
    const { keyid } = signature;
    const is_named = keys.some(({ keyId }) => keyId === keyid);
    const flaws = flawsOf(run, signature);
    for (const flaw of flaws) findings.problem("signature", `${keyid}, ${flaw[0]}`, flaw[1], flaw[2]);
    if (flaws.length > 0) return { keyid, is_named };
    if (!is_named) findings.notice("signature", keyid, "holds, by a key that no --key names: anybody may have made it");
    return { keyid, is_named, seq: run.events.length };
  });
  if (keys.length > 0 && !verdicts.some(({ is_named }) => is_named)) {
    const named = keys.map(({ keyId }) => keyId).join(" or ");
    const found = verdicts.map(({ keyid }) => keyid).join(", ");
    findings.problem("signature", `run ${run.runId}`, `provenance and log signed by ${named}`, found || "no signature");
  }
  return verdicts;
}

function flawsOf(run: SignedRun, signature: RunSignature): Flaw[] {
  const { run_id, attestation, log } = signature;
  if (run_id !== run.runId) return [["run", `one of run ${run.runId}`, `one of run ${run_id}`]];
  const key = keyBeside(signature);
  if (key === undefined) return [["public key", "the ed25519 key that has this id", "another"]];
  const end = payloadOf(log, key);
  return [
    ...flawsOfAttestation(run, attestation, key),
    ...(end === undefined ? [unsigned("log")] : flawsOfLog(run, end)),
  ];
}

/** Of an envelope as it is kept here: with the signature of the one key. */
function payloadOf(envelope: DsseEnvelope, key: VerifyingKey): Uint8Array | undefined {
  const [first, ...others] = envelope.signatures;
  if (first?.keyid !== key.keyId || others.length > 0) return undefined;
  return payloadSignedBy(key, IN_TOTO, envelope);
}

function unsigned(statement: string): Flaw {
  return [statement, "an in-toto statement that this key signed", "one that it did not"];
}

/** A run that came to no attestation has none that is signed; one that did has. */
function flawsOfAttestation(run: SignedRun, envelope: DsseEnvelope | undefined, key: VerifyingKey): Flaw[] {
  if (envelope === undefined && run.record?.roles.has("attestation") === false) return [];
  const statement = envelope && payloadOf(envelope, key);
  return statement === undefined ? [unsigned("provenance")] : flawsOfStatement(run, statement);
}

/** By its hash: retention may have removed what it is compared with. */
function flawsOfStatement({ record }: SignedRun, statement: Uint8Array): Flaw[] {
  const ref = record?.roles.get("attestation");
  if (ref !== undefined && sha256(statement) === artifactId(ref)) return [];
  return [["provenance", `the bytes of ${ref ?? "an attestation"}`, "a statement of another run or bundle"]];
}

function flawsOfLog({ runId, record, events, head }: SignedRun, end: Uint8Array): Flaw[] {
  const statement = RunLogStatement.safeParse(documentIn(end)).data;
  if (statement === undefined) return [["log", "a statement of a run's log", "another document"]];
  const { run_id, phase, events: signed, bundle, attestation } = statement.predicate;
  const stated: Record<string, readonly [expected: unknown, found: unknown]> = {
    run_id: [runId, run_id],
    phase: [record?.phase, phase],
    "events.count": [events.length, signed.count],
    "events.head_sha256": [head?.prev, signed.head_sha256],
    bundle: [record?.roles.get("bundle"), bundle],
    attestation: [record?.roles.get("attestation"), attestation],
  };
  return Object.entries(stated)
    .filter(([, [expected, found]]) => expected !== found)
    .map(([field, [expected, found]]): Flaw => [`log, ${field}`, `${found} as signed`, `${expected}`]);
}

/** What people decided, and whether it is they who said so. */
export function checkDecisions(
  { runId, record }: Pick<SignedRun, "runId" | "record">,
  keys: readonly VerifyingKey[],
  findings: Findings,
): Decided[] {
  const decided = [...(record?.gates.values() ?? [])].filter(({ decidedAt }) => decidedAt !== undefined);
  return decided.map((gate) => {
    const { signature, state, by, stateId } = gate;
    const place = `gate ${gate.gate}`;
    const is_named = keys.some(({ keyId }) => keyId === signature?.keyid);
    // A state that another run did came with what was decided there.
    const decidedIn = (stateId && record?.steps.get(stateId)?.reusedFrom) ?? runId;
    const key = signature && keyBeside(signature);
    if (signature === undefined) {
      if (keys.length > 0) findings.notice("decision", place, `${state} by ${by}: merely said, no key signed it`);
    } else if (key === undefined || !isDecisionSignedBy(key, gate, signature)) {
      findings.problem("decision", place, `signed by ${signature.keyid} as it stands`, "a signature of something else");
    } else if (signature.run_id !== decidedIn) {
      findings.problem("decision", place, `one in run ${decidedIn}`, `one in run ${signature.run_id}`);
    }
    return { gate: gate.gate, decision: state, ...(by === undefined ? {} : { by }), basis: basisOf(gate), is_named };
  });
}
