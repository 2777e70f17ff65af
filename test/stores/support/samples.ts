import type { NewEvent } from "../../../shared/contracts/event.ts";
import { PrincipalId, RunId } from "../../../shared/contracts/ids.ts";
import type { RunSignature } from "../../../shared/contracts/signature.ts";

export const RUN = RunId.parse("11111111-1111-4111-8111-111111111111");
export const OTHER_RUN = RunId.parse("22222222-2222-4222-8222-222222222222");
export const ALICE = PrincipalId.parse("user:alice@host/1");
export const BOB = PrincipalId.parse("bob");

export function event(name: string, payload: NewEvent["payload"] = {}): NewEvent {
  return { ts: "2026-01-01T00:00:00.000Z", actor: ALICE, attempt: 0, kind: "domain", name, payload };
}

/** As far as a store looks into it: nobody signed this. */
export function signatureOf(runId: RunId, digit: string, payload = "aGVsbG8="): RunSignature {
  const envelope = { payloadType: "text/plain", payload, signatures: [{ keyid: "a", sig: "AAAA" }] };
  return {
    schema_version: 1,
    kind: "restep.signature",
    run_id: runId,
    keyid: `ed25519:${digit.repeat(64)}`,
    public_key: "AAAA",
    attestation: envelope,
    log: envelope,
  };
}

/** Events named e1, e2 ... */
export function events(from: number, count: number): NewEvent[] {
  return Array.from({ length: count }, (_, index) => event(`e${from + index}`));
}
