import type { ConfigManifest } from "../../contracts/config-manifest.ts";
import type { EventEnvelope } from "../../contracts/event.ts";
import { FactIndex, FactPayload } from "../../contracts/facts.ts";
import type { ArtifactRef } from "../../contracts/ids.ts";
import { parseDocument } from "../../kernel/documents.ts";
import { requestSha256 } from "../../kernel/io/json.ts";
import { openSecret, sealKeyId } from "../../kernel/secrets/seal.ts";
import type { Json } from "../../stores/ports.ts";
import type { RunArtifacts } from "./artifacts.ts";
import { describeEvent } from "./events.ts";
import type { Findings } from "./findings.ts";
import { isSealedFact } from "./kinds.ts";

/**
 * Each recorded fact against its payload.
 * @param key opens those that are sealed; without it that is noticed, and they are not looked into
 * @returns the payloads, in the order of their events
 */
export async function checkFacts(
  events: readonly EventEnvelope[],
  artifacts: RunArtifacts,
  findings: Findings,
  key?: Uint8Array,
): Promise<FactPayload[]> {
  const payloads: FactPayload[] = [];
  for (const event of events) {
    if (event.name !== "fact_recorded") continue;
    const place = describeEvent(event);
    if (event.payload_ref === undefined) {
      findings.problem("fact", place, "a payload", "none");
      continue;
    }
    const fact = isSealedFact(event.payload)
      ? await sealedFact({ ref: event.payload_ref, place, key }, artifacts, findings)
      : await artifacts.document({ ref: event.payload_ref, in: place, kind: "fact_payload" }, FactPayload);
    if (fact === undefined) continue;
    payloads.push(fact);
    const { key: factKey, namespace, request, outcome } = fact;
    const stated = { key: factKey, request_sha256: requestSha256(namespace, request as Json), outcome: outcome.kind };
    findings.same("fact", `${place}, its payload`, stated.request_sha256, fact.request_sha256);
    const { meta: _, ...recorded } = event.payload;
    findings.same("fact", place, stated, recorded);
    const isItsOwn = factKey.split("/")[1] === namespace;
    if (!isItsOwn)
      findings.problem("fact", `${place}, its payload, at /key`, `a key of namespace ${namespace}`, factKey);
  }
  return payloads;
}

async function sealedFact(
  { ref, place, key }: { readonly ref: ArtifactRef; readonly place: string; readonly key: Uint8Array | undefined },
  artifacts: RunArtifacts,
  findings: Findings,
): Promise<FactPayload | undefined> {
  const sealed = await artifacts.read({ ref, in: place, kind: "secret_payload" });
  if (sealed === undefined) return undefined;
  const keyId = sealKeyId(sealed);
  if (keyId !== undefined && key === undefined) {
    findings.notice("fact", place, `sealed with the key ${keyId} and not looked into; set RESTEP_SECRET_KEY to it`);
    return undefined;
  }
  return findings.attempt("fact", `${place}, its sealed payload`, async () =>
    parseDocument(key === undefined ? sealed : await openSecret(sealed, key), FactPayload, "payload of the fact"),
  );
}

/** The facts of another run that answered this one's calls, as its config names them. */
export async function indexedFacts({ run }: ConfigManifest, artifacts: RunArtifacts): Promise<FactPayload[]> {
  if (run.io_mode !== "replay" || run.facts === undefined) return [];
  const index = await artifacts.document({ ref: run.facts, in: "the config manifest" }, FactIndex);
  const payloads: FactPayload[] = [];
  for (const { key, payload } of index?.facts ?? []) {
    const fact = await artifacts.document({ ref: payload, in: `fact ${key} of the index` }, FactPayload);
    if (fact !== undefined) payloads.push(fact);
  }
  return payloads;
}
